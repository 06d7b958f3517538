#pragma once

#include "common/base/ids.hpp"
#include "common/protocol/field_table.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Frames by which clients ask for what they missed. An id that is absent, null or "" is an empty string.
namespace wsd::from_client {

struct resume {
    static constexpr std::string_view type = "RESUME";

    std::optional<std::string> epoch{}; // with seq
    std::optional<std::uint64_t> seq{};
    std::string last_seen_message_id{};
    std::optional<std::uint32_t> limit{}; // 1..500
    std::optional<std::vector<std::string>> pending{};

    using fields =
        field::table<field::optional<"epoch", &resume::epoch, field::text<>>,
                     field::optional<"seq", &resume::seq, field::natural>,
                     field::optional_or_null<"lastSeenMessageId", &resume::last_seen_message_id, field::text<>>,
                     field::optional<"limit", &resume::limit, field::clamped<1, 500>>,
                     field::optional<"pending", &resume::pending, field::list<field::tag<>, 0, 100>>>;

    [[nodiscard]] constexpr std::string_view broken_rule() const noexcept {
        return epoch.has_value() == seq.has_value() ? "" : "epoch, seq: both or neither is required";
    }
};

struct message_replay {
    static constexpr std::string_view type = "MESSAGE_REPLAY";

    std::string last_message_id{};
    std::uint32_t limit = 100; // 1..500

    using fields =
        field::table<field::optional_or_null<"lastMessageId", &message_replay::last_message_id, field::text<>>,
                     field::defaulted<"limit", &message_replay::limit, field::clamped<1, 500>>>;
};

struct state_sync {
    static constexpr std::string_view type = "STATE_SYNC";

    std::string last_message_id{};
    std::string last_read_message_id{};

    using fields =
        field::table<field::optional_or_null<"lastMessageId", &state_sync::last_message_id, field::text<>>,
                     field::optional_or_null<"lastReadMessageId", &state_sync::last_read_message_id, field::text<>>>;
};

struct history {
    static constexpr std::string_view type = "HISTORY";

    wsd::chat_id chat_id{}; // begins with `dm:` or `room:`
    std::optional<std::uint64_t> before_chat_seq{};
    std::optional<std::uint64_t> after_chat_seq{};
    std::uint32_t limit = 50; // 1..200

    using fields = field::table<field::required<"chatId", &history::chat_id, field::text<>>,
                                field::optional<"beforeChatSeq", &history::before_chat_seq, field::integer<1>>,
                                field::optional<"afterChatSeq", &history::after_chat_seq, field::natural>,
                                field::defaulted<"limit", &history::limit, field::clamped<1, 200>>>;

    [[nodiscard]] constexpr std::string_view broken_rule() const noexcept {
        if (before_chat_seq && after_chat_seq) return "beforeChatSeq, afterChatSeq: at most one of them is allowed";
        const bool known = chat_id.view().starts_with("dm:") || chat_id.view().starts_with("room:");
        return known ? "" : "chatId: begins with neither dm: nor room:";
    }
};

} // namespace wsd::from_client
