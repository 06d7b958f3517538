#include "loadgen/scenarios/loads.hpp"
#include "loadgen/worker.hpp"

#include <cmath>

namespace wsd::loadgen {
namespace {

using namespace std::chrono_literals;

// Chats are numbered at random, so that the first ones are as good as any.
bool chosen(const virtual_user& user, const worker& on) {
    const auto& who = on.plan().who;
    const double share = on.plan().options.storm_share;
    return who.chat_of(user.user()) < std::ceil(share * who.chats());
}

task<> blow(worker& on) {
    const auto& options = on.plan().options;
    on.for_each_user([&on](virtual_user& user) {
        if (!chosen(user, on)) user.leave_alone();
    });
    // Late enough for figures of the calm, early enough for those after the storm.
    while (on.now() < on.load_start() + options.duration / 3 && !on.load_over()) co_await on.pause(5ms);
    on.set_storm(true);
    std::uint64_t broken = 0;
    on.for_each_user([&](virtual_user& user) {
        if (!chosen(user, on)) return;
        user.cut(virtual_user::cut_kind::reset);
        ++broken;
    });
    const auto count_back = [&] {
        std::uint64_t back = 0;
        on.for_each_user([&](virtual_user& user) {
            if (chosen(user, on) && user.state() == virtual_user::phase::live) ++back;
        });
        return back;
    };
    // What was cut leaves phase live at once, so that nothing is counted as back that has not been away.
    auto back = count_back();
    while (back < broken && !on.load_over()) {
        co_await on.pause(5ms);
        back = count_back();
    }
    on.set_storm(false);
    on.expect("connections that came back before the end of the load", broken, back);
}

} // namespace

task<> break_all_at_once(worker& on) {
    on.spawn(exchange_messages(on));
    co_await blow(on);
    co_await on.until_load_over();
}

} // namespace wsd::loadgen
