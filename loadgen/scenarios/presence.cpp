#include "loadgen/scenarios/loads.hpp"

#include "loadgen/pacer.hpp"
#include "loadgen/worker.hpp"

#include <algorithm>

namespace wsd::loadgen {
namespace {

using namespace std::chrono_literals;
using phase = virtual_user::phase;

constexpr auto look = 10ms;
constexpr auto ticks_to_settle = 1s; // until everybody has been told of those who became its contacts
constexpr auto longest_notice = 500ms;
constexpr auto away = 1s; // longer than two changes that would cancel out

} // namespace

// With a second connection a user does not go offline.
void have_one_connection_each(run_options& options) { options.users = options.connections; }

// Contacts are users who have both written: each says something once.
task<> prepare_watching(worker& on) {
    on.count().preparing = 1;
    on.for_each_user([&on](virtual_user& user) {
        if (user.may_send()) user.send(on.now());
    });
    while (on.count().unanswered != 0) co_await on.pause(look);
    co_await on.pause(ticks_to_settle);
    on.watch_presence();
    on.count().preparing = 0;
}

task<> watch_presence(worker& on) {
    const auto& options = on.plan().options;
    const double usual = std::clamp(static_cast<double>(options.connections) / 20, 1.0, 500.0);
    pacer schedule(
        {.start = on.load_start(),
         .profile = load_profile((options.cuts_per_second > 0 ? options.cuts_per_second : usual) / on.plan().workers)});
    // Nobody leaves so late that the news could not arrive.
    const auto end = on.load_start() + options.duration - away - 2 * longest_notice;
    while (!on.load_over()) {
        const auto now = on.now();
        while (schedule.due(now)) {
            schedule.take();
            if (now < end) on.send_somebody_away(away);
        }
        co_await on.pause(look);
    }
    const auto& watch = *on.presence();
    on.expect("comings and goings that nobody was told of", 0, watch.missed());
    on.expect("news of comings and goings that were none", 0, watch.unexpected());
    const auto slowest = on.times().presence.max();
    on.expect("slowest news", "within 500ms", slowest <= longest_notice ? "within 500ms" : format_duration(slowest));
}

} // namespace wsd::loadgen
