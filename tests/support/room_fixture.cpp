#include "tests/support/room_fixture.hpp"

#include <utility>

namespace wsd::test {

change_room room_fixture::change(std::string by, std::string room, room_action::any what) const {
    return {.caller = {std::move(by)}, .room = {std::move(room)}, .action = std::move(what), .rules = rules};
}

} // namespace wsd::test
