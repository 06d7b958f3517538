#pragma once

#include "common/state/room_records.hpp"

#include <cstdint>

// Who may do what in a room: one matrix, looked at by everything that changes a room.
namespace wsd {

enum class room_verb : std::uint8_t {
    look,
    post,
    leave,
    delete_message, // of somebody else
    update_meta,
    add_members,
    remove_member,
    set_role,
    erase
};

// Whether members of this role may do it at all; of remove_member see may_remove as well.
[[nodiscard]] constexpr bool may(room_role caller, room_verb verb) noexcept {
    switch (verb) {
    case room_verb::look:
    case room_verb::post:
    case room_verb::leave:
        return caller >= room_role::member;
    case room_verb::delete_message:
    case room_verb::update_meta:
    case room_verb::add_members:
    case room_verb::remove_member:
        return caller >= room_role::admin;
    case room_verb::set_role:
    case room_verb::erase:
        return caller == room_role::owner;
    }
    return false;
}

[[nodiscard]] constexpr bool may_remove(room_role caller, room_role target) noexcept {
    return may(caller, room_verb::remove_member) && target != room_role::none && target < caller;
}

} // namespace wsd
