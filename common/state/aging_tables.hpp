#pragma once

#include "common/state/log_tables.hpp"

#include <cstddef>
#include <cstdint>

namespace wsd {

// What of the tables goes with time.
class aging_tables : public log_tables {
  public:
    // What was committed with offsets up to this was removed by age; 0: nothing was.
    [[nodiscard]] virtual std::uint64_t removed_up_to() = 0;
    // Removes what was committed first, with client ids and all, of what has offsets below `below`, and at most `max`
    // of it. Their numbers stay taken. What can't be removed yet is made ready for it.
    virtual void remove_oldest(std::uint64_t below, std::size_t max) = 0;

    // Messages of the chat up to this chat_seq are of rooms of one id that have ended, see clear_room: they are gone
    // for everybody, be they still in the tables or not.
    [[nodiscard]] virtual std::uint64_t ended_up_to(chat_key room) = 0;
    // Leaves nothing but places of at most `max` more of these messages.
    virtual void blank_ended(std::size_t max) = 0;
};

} // namespace wsd
