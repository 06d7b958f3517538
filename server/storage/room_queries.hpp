#pragma once

#include "common/state/log_tables.hpp"

#include <optional>

// What readers ask about rooms, the same for every log. See log_queries.hpp about failures.
namespace wsd {

[[nodiscard]] room_lookup find_room(log_source& source, const room_request& request);
[[nodiscard]] contact_list list_contacts(log_source& source, const contacts_request& request);
[[nodiscard]] member_page read_members(log_source& source, const members_request& request);
[[nodiscard]] room_list list_rooms(log_source& source, const room_list_request& request);

// The state of a room's message as this member sees it; of its own: sent.
[[nodiscard]] message_state state_for(const member_row& member, const message_row& row);

// What a user sees of its entries by what rooms it is a member of now. Remembers the last room it was asked for: lives
// no longer than a query.
class room_sight {
  public:
    room_sight(log_source& source, user_key user) : source_(source), user_(user) {}

    struct seen {
        bool hidden = false;
        message_state state = message_state::sent;
    };
    [[nodiscard]] seen look(const message_row& row);
    // Of a message that somebody else wrote.
    [[nodiscard]] bool is_undelivered(const message_row& row);

  private:
    log_source& source_;
    user_key user_;
    chat_key last_ = chat_key::none;
    std::optional<member_row> member_; // in last_
};

} // namespace wsd
