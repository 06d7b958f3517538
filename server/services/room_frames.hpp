#pragma once

#include "common/config/settings.hpp"
#include "common/protocol/server_room_events.hpp"
#include "common/state/room_records.hpp"

#include <string_view>

// Rooms in the form of frames. What is returned views the strings of its argument.
namespace wsd {

[[nodiscard]] std::string_view role_text(room_role role) noexcept;
[[nodiscard]] std::string_view policy_text(join_policy policy) noexcept;
[[nodiscard]] join_policy read_policy(std::string_view word) noexcept; // of a frame that passed its schema

[[nodiscard]] from_server::room_info info_of(const room_head& head);
[[nodiscard]] from_server::room_summary summary_of(const listed_room& room);
[[nodiscard]] from_server::room_snapshot snapshot_of(const room_view& room);
[[nodiscard]] from_server::room_members_updated members_of(const room_view& room);
[[nodiscard]] from_server::room_updated update_of(const room_head& room, const room_patch& patch);

// What the options say about rooms.
[[nodiscard]] room_rules rules_of(const settings& options);

} // namespace wsd
