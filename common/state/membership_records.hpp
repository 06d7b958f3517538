#pragma once

#include "common/state/room_records.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

// What is asked and told about who is a member of which rooms. Plain values.
namespace wsd {

// The user has gone offline and leaves all its rooms.
struct leave_rooms {
    user_id user;
    room_rules rules = {};
};
struct rooms_left {
    std::vector<room_changed> rooms; // travel to the shards; empty in a store_completion
};

struct membership_change {
    user_id user;
    room_id room;
    bool joined = false; // else it left, was removed, or the room is gone
};

// Where a page of contacts ended; means something to the log that gave it alone.
struct contact_place {
    std::uint64_t chat = 0;
    std::uint64_t user = 0;
};
struct contacts_request {
    user_id user;
    contact_place after{}; // contact_list::last of the page before
    std::size_t max = 1000;
};
// With whom a user has to do, a page of them.
struct contact_list {
    std::vector<user_id> users; // of direct chats in which both have written; fewer than asked for: there are no more
    std::vector<room_id> rooms; // of which it is a member; all of them, on the last page
    contact_place last{};
};
// Users who are members of a room, a page of them.
struct members_request {
    std::uint64_t after = 0; // member_page::last of the page before; 0: from the beginning
    std::size_t max = 1000;
};
struct member_page {
    std::vector<user_id> users; // fewer than asked for: there are no more
    std::uint64_t last = 0;
};

} // namespace wsd
