#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace wsd {

// A string of one meaning, so that a user id can't be passed where a room id is expected.
template <class Tag> struct strong_id {
    std::string value;

    [[nodiscard]] std::string_view view() const noexcept { return value; }
    [[nodiscard]] bool empty() const noexcept { return value.empty(); }
    friend auto operator<=>(const strong_id&, const strong_id&) = default;
};

using user_id = strong_id<struct user_tag>;
using room_id = strong_id<struct room_tag>;
using session_id = strong_id<struct session_tag>; // the pair (user, session) names a session
using device_id = strong_id<struct device_tag>;   // scoped to its user
using chat_id = strong_id<struct chat_tag>;       // `dm:<a>:<b>` or `room:<id>`, see protocol/chat_id.hpp

// Names a connection from any thread: the shard is found without a look-up, and an id whose slot has been reused is
// recognised by its generation.
struct connection_id {
    std::uint16_t shard = 0;
    std::uint16_t unused = 0;
    std::uint32_t slot = 0;
    std::uint64_t generation = 0; // 0 = no connection

    friend auto operator<=>(const connection_id&, const connection_id&) = default;
};

// UUIDv7 (RFC 9562 §5.7): 48 bits of milliseconds, then a tag of the store and the message's offset in it, so that ids
// ascend in commit order and a message is found by its id without an index of its own.
struct message_id {
    std::uint64_t high = 0;
    std::uint64_t low = 0;

    static constexpr std::uint64_t offset_mask = (std::uint64_t{1} << 48) - 1;

    // time_ms < 2^48, offset < 2^48; the low 14 bits of store_tag are used.
    [[nodiscard]] static message_id make(std::int64_t time_ms, std::uint16_t store_tag, std::uint64_t offset) noexcept;
    // Lower-case canonical form only; anything else is no id of ours: nullopt.
    [[nodiscard]] static std::optional<message_id> parse(std::string_view text) noexcept;

    [[nodiscard]] std::uint64_t offset() const noexcept { return low & offset_mask; }
    [[nodiscard]] std::int64_t time_ms() const noexcept { return static_cast<std::int64_t>(high >> 16); }
    void append_to(std::string& out) const; // 36 characters
    [[nodiscard]] std::string to_string() const;

    friend auto operator<=>(const message_id&, const message_id&) = default;
};

} // namespace wsd

template <class Tag> struct std::hash<wsd::strong_id<Tag>> {
    std::size_t operator()(const wsd::strong_id<Tag>& id) const noexcept { return std::hash<std::string>{}(id.value); }
};
template <> struct std::hash<wsd::connection_id> {
    std::size_t operator()(const wsd::connection_id& id) const noexcept {
        return std::hash<std::uint64_t>{}((std::uint64_t{id.slot} << 16 | id.shard) ^ (id.generation << 24));
    }
};
