#include "server/storage/operations/operations.hpp"

#include <utility>
#include <variant>
#include <vector>

namespace wsd {

// One after the other as if it had left each of them, in one commit.
log_outcome apply(log_state& state, const leave_rooms& operation, timestamp now) {
    rooms_left outcome;
    const auto user = state.find_user(operation.user);
    if (!user) return outcome;
    std::vector<room_row> rooms;
    state.tables().read_rooms(user->row.key, rooms);
    for (const room_row& room : rooms) {
        const change_room leave{.caller = operation.user,
                                .room = room.head.id,
                                .action = room_action::leave{.disconnected = true},
                                .rules = operation.rules};
        log_outcome left = apply(state, leave, now);
        if (auto* changed = std::get_if<room_changed>(&left)) outcome.rooms.push_back(std::move(*changed));
    }
    return outcome;
}

} // namespace wsd
