#pragma once

#include "common/base/ids.hpp"
#include "common/protocol/field_table.hpp"

#include <string_view>

// The user begins or ends typing. The room wins when both are given; with neither nothing happens.
namespace wsd::from_client {

struct typing_start {
    static constexpr std::string_view type = "TYPING_START";

    wsd::room_id room_id{};        // empty: none
    wsd::user_id target_user_id{}; // empty: none

    using fields = field::table<field::optional<"roomId", &typing_start::room_id, field::id>,
                                field::optional<"targetUserId", &typing_start::target_user_id, field::id>>;
};

struct typing_stop {
    static constexpr std::string_view type = "TYPING_STOP";

    wsd::room_id room_id{};
    wsd::user_id target_user_id{};

    using fields = field::table<field::optional<"roomId", &typing_stop::room_id, field::id>,
                                field::optional<"targetUserId", &typing_stop::target_user_id, field::id>>;
};

} // namespace wsd::from_client
