#include "loadgen/scenarios/loads.hpp"
#include "loadgen/worker.hpp"

namespace wsd::loadgen {

// Every room is asked for by the first user of its chat. Who creates a room has its members seated by that, so that all
// of them have to be shown what is said from then on.
task<> make_rooms(worker& on) {
    const auto& who = on.plan().who;
    on.for_each_user([&who](virtual_user& user) {
        const bool first_connection = user.connection() == user.user();
        if (first_connection && user.may_send() && who.leads_chat(user.user())) user.create_room();
    });
    co_return;
}

} // namespace wsd::loadgen
