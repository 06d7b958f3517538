#pragma once

#include "common/base/ids.hpp"
#include "common/state/log_tables.hpp"

#include <cstdint>

namespace wsd {

// An entry of a user's log in eight bytes: 48 bits of offset, 8 of kind, 1 of authorship.
[[nodiscard]] constexpr std::uint64_t encode_entry(const entry_row& entry) noexcept {
    return (entry.offset & message_id::offset_mask) | static_cast<std::uint64_t>(entry.kind) << 48 |
           static_cast<std::uint64_t>(entry.own) << 56;
}
[[nodiscard]] constexpr entry_row decode_entry(std::uint64_t code) noexcept {
    return {.offset = code & message_id::offset_mask,
            .kind = static_cast<entry_kind>(code >> 48 & 0xff),
            .own = (code >> 56 & 1) != 0};
}

// A place in a chat, likewise.
[[nodiscard]] constexpr std::uint64_t encode_place(const place_row& place) noexcept {
    return (place.offset & message_id::offset_mask) | static_cast<std::uint64_t>(place.author) << 48 |
           static_cast<std::uint64_t>(place.by_low) << 56;
}
[[nodiscard]] constexpr place_row decode_place(std::uint64_t code) noexcept {
    return {.offset = code & message_id::offset_mask,
            .by_low = (code >> 56 & 1) != 0,
            .author = static_cast<std::uint8_t>(code >> 48 & 0xff)};
}

} // namespace wsd
