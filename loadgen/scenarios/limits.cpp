#include "loadgen/scenarios/loads.hpp"
#include "loadgen/worker.hpp"

#include <algorithm>
#include <string>

namespace wsd::loadgen {
namespace {

using namespace std::chrono_literals;
using phase = virtual_user::phase;

constexpr auto patience = 5s;
constexpr std::uint32_t places_tried = 3;

std::string_view refusal(limit_option::scope of) {
    switch (of) {
    case limit_option::scope::user:
        return "503 CONNECTION_LIMIT_USER";
    case limit_option::scope::address:
        return "503 CONNECTION_LIMIT_IP";
    case limit_option::scope::server:
        return "503 CONNECTION_LIMIT";
    }
    return "";
}

virtual_user* find(worker& on, phase state) {
    virtual_user* found = nullptr;
    on.for_each_user([&](virtual_user& user) {
        if (user.state() == state && !user.was_sent_away()) found = &user;
    });
    return found;
}

task<> until_dead_or_live(worker& on, const virtual_user& user) {
    const auto end = on.now() + patience;
    while (user.state() != phase::live && user.state() != phase::dead && on.now() < end) co_await on.pause(2ms);
}

// One leaves, and one of those that were refused comes in its place; the next one is refused again.
task<> pass_a_place_on(worker& on, const std::string& reason) {
    auto* leaving = find(on, phase::live);
    auto* coming = find(on, phase::dead);
    if (leaving == nullptr || coming == nullptr) co_return;
    leaving->leave();
    const auto end = on.now() + patience;
    while (leaving->state() != phase::dead && on.now() < end) co_await on.pause(2ms);
    // The place is free when the server has seen the end of TCP, which it has sent the close frame before.
    co_await on.pause(50ms);
    on.reopen(*coming);
    co_await until_dead_or_live(on, *coming);
    on.expect("a place that was given back is taken", "yes", coming->state() == phase::live ? "yes" : "no");
    auto* next = find(on, phase::dead);
    if (next == nullptr) co_return;
    const auto before = on.names().connect_failures.count(reason);
    on.reopen(*next);
    co_await until_dead_or_live(on, *next);
    on.expect("and the next one is refused again", 1, on.names().connect_failures.count(reason) - before);
}

} // namespace

void open_too_many(run_options& options) {
    const auto& limit = options.limit;
    options.connections = limit.allowed + limit.excess;
    options.users = limit.of == limit_option::scope::user ? 1 : options.connections;
    options.ramp = {};
    if (limit.of == limit_option::scope::address) options.sources.count = std::min(options.sources.count, 1u);
}

task<> exceed_limit(worker& on) {
    const auto& limit = on.plan().options.limit;
    const std::string reason(refusal(limit.of));
    const auto& failures = on.names().connect_failures;
    on.expect("connections admitted", limit.allowed, on.count().live);
    on.expect("connections refused with " + reason, limit.excess, failures.count(reason));
    on.expect("connections that failed otherwise", 0, failures.total() - failures.count(reason));
    for (std::uint32_t tried = 0; tried < std::min(places_tried, limit.excess) && !on.load_over(); ++tried)
        co_await pass_a_place_on(on, reason);
}

} // namespace wsd::loadgen
