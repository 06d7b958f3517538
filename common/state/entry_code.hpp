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

} // namespace wsd
