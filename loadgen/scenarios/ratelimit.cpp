#include "loadgen/scenarios/loads.hpp"

#include "common/protocol/encode.hpp"
#include "loadgen/probe.hpp"
#include "loadgen/state/rate_ladder.hpp"
#include "loadgen/units.hpp"
#include "loadgen/worker.hpp"

#include <algorithm>
#include <string>

namespace wsd::loadgen {
namespace {

using namespace std::chrono_literals;
using kind = incoming::kind;

constexpr std::uint64_t limit_max = 100'000; // a burst beyond it would be our bottleneck
constexpr std::uint64_t flood_width = 10;    // frames under way, so that the server always has one waiting
constexpr auto look = 2ms;

// Sends to nobody: whatever id is accepted as recipient.
class climber {
  public:
    climber(worker& on, probe& connection, rate_ladder& ladder) : on_(on), connection_(connection), ladder_(ladder) {
        message_.recipient_id.value = "wsload-nobody-" + std::to_string(on.plan().run);
        message_.content = "a step of the ladder";
    }
    void send() {
        text_.clear();
        encode(text_, message_);
        connection_.send(text_);
    }
    void take(const incoming& frame) {
        const auto now = on_.now();
        if (frame.what == kind::acked) {
            ladder_.acknowledged(now);
            if (flooding_) send();
        } else if (frame.throttled) {
            ladder_.throttled(now);
        } else if (frame.what == kind::refused && frame.code == "RATE_LIMIT_EXCEEDED") {
            ladder_.refused(now);
            if (flooding_) send();
        } else if (frame.what == kind::notice && frame.type == "RATE_LIMIT_WARNING") {
            ladder_.warned(now);
        }
    }
    void flood() {
        flooding_ = true;
        ladder_.sent_flood(on_.now());
        for (std::uint64_t i = 0; i < flood_width; ++i) send();
    }

  private:
    worker& on_;
    probe& connection_;
    rate_ladder& ladder_;
    from_client::message_send message_;
    std::string text_;
    bool flooding_ = false;
};

// Why a server with this limit can't be judged in so long; empty: it can.
std::string find_unfit(const rate_ladder::limit& limit, std::chrono::nanoseconds duration) {
    const auto told = "HELLO_ACK tells a limit of " + std::to_string(limit.messages) + " messages in " +
                      format_duration(limit.window);
    if (limit.messages == 0 || limit.messages > limit_max || limit.window.count() == 0)
        return told + "; ratelimit can climb limits of 1 to " + std::to_string(limit_max) + " messages";
    const auto needed = rate_ladder(limit).climb_longest();
    if (duration >= needed) return "";
    return told + "; -d has to be at least " + format_duration(needed) + " to climb that";
}

} // namespace

// The others only show that the server is there.
void open_few(run_options& options) { options.connections = options.users = 1; }

task<> climb_rate_ladder(worker& on) {
    climber* listener = nullptr;
    auto& connection = on.add_probe([&listener](const incoming& frame) {
        if (listener != nullptr) listener->take(frame);
    });
    const auto problem = co_await connection.open({}, 0);
    on.expect("connection of the user who sends too much", "open", problem ? *problem : "open");
    if (problem) {
        connection.abort();
        co_return;
    }
    const auto& said = on.plan().options.ladder;
    const rate_ladder::limit limit{.messages = connection.rate_messages(),
                                   .window = std::chrono::milliseconds(connection.rate_window_ms()),
                                   .warning = said.warning,
                                   .throttle = said.throttle,
                                   .close = said.close};
    if (auto why = find_unfit(limit, on.plan().options.duration); !why.empty()) {
        on.refuse(std::move(why));
        connection.abort();
        co_return;
    }
    rate_ladder ladder(limit);
    climber sender(on, connection, ladder);
    listener = &sender;
    connection.start_reading();
    ladder.sent_burst(on.now());
    for (std::uint64_t i = 0; i < ladder.burst(); ++i) sender.send();
    const auto burst_end = on.now() + 10 * ladder.per_token() + 5s;
    while (ladder.answered() < ladder.burst() && !connection.close_code() && on.now() < burst_end && !on.load_over())
        co_await on.pause(look);
    sender.flood();
    const auto flood_end = on.now() + ladder.flood_longest() + 5s;
    while (!connection.close_code() && on.now() < flood_end && !on.load_over()) co_await on.pause(look);
    if (connection.close_code()) ladder.closed(*connection.close_code(), on.now());
    ladder.judge(on.checks());
    connection.abort();
}

} // namespace wsd::loadgen
