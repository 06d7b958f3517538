#include "server/app/shard_runner.hpp"

#include "server/runtime/run_loop.hpp"
#include "server/runtime/steady_timer.hpp"
#include "server/services/delivery.hpp"
#include "server/services/outbound.hpp"
#include "server/services/presence_delivery.hpp"
#include "server/services/typing.hpp"
#include "server/session/deadlines.hpp"
#include "server/session/rate_gate.hpp"
#include "server/session/shard_events.hpp"
#include "server/transport/socket_arrival.hpp"

#include <boost/asio/executor_work_guard.hpp>

namespace wsd {
namespace {

namespace net = boost::asio;

constexpr milliseconds wheel_interval{20};
// One step of a handshake for so much of a turn. A step takes about 50 us: who comes gets a fifth of the time of a
// shard that has no rest from those who are in.
constexpr std::chrono::microseconds handshake_step_interval{200};
constexpr std::size_t inbox_messages_max = 65'536;
constexpr std::size_t inbox_bytes_max = 64 * 1024 * 1024;

struct message_visitor {
    shard& home;
    listener* door; // null: the shard accepts nobody

    void operator()(store_batch&& batch) const { deliver_batch(home, std::move(batch)); }
    void operator()(read_reply&& reply) const { read_answered(home, std::move(reply)); }
    void operator()(presence_snapshot&& snapshot) const { presence_answered(home, std::move(snapshot)); }
    void operator()(presence_batch&& batch) const { deliver_presence(home, batch); }
    void operator()(typing_notice&& notice) const { announce_typing(home, notice); }
    void operator()(room_typing&& notice) const { announce_typing(home, notice); }
    void operator()(std::unique_ptr<arrival>&& arrived) const { receive_arrival(home, std::move(arrived)); }
    void operator()(begin_shutdown&& order) const { begin_shutdown_of(home, order); }
    void operator()(new_keys&& fresh) const { home.keys = std::move(fresh.keys); }
    void operator()(new_certificate&& fresh) const {
        if (door != nullptr) door->replace_certificate(std::move(fresh.certificate));
    }
};

} // namespace

shard_runner::shard_runner(std::uint16_t index, const shard_services& services, metrics_block& metrics,
                           const hash_seed& seed)
    : shard_(index, io_, services, metrics, seed),
      inbox_(io_, *this, {.items = inbox_messages_max, .bytes = inbox_bytes_max}), next_token_(io_) {}

shard_runner::~shard_runner() { stop(); }

boost::system::error_code shard_runner::listen(const net::ip::tcp::endpoint& endpoint, bool shared,
                                               const handshake_rules& rules, std::shared_ptr<const tls_context> tls) {
    listener_ = std::make_unique<listener>(shard_, rules, std::move(tls));
    return listener_->open(endpoint, shared);
}

void shard_runner::start() {
    if (listener_) listener_->start();
    thread_ = std::thread([this] { run(); });
}

void shard_runner::stop() {
    if (!thread_.joinable()) return;
    io_.stop();
    thread_.join();
}

void shard_runner::on_message(shard_message&& message) {
    std::visit(message_visitor{shard_, listener_.get()}, std::move(message));
}

void shard_runner::run() {
    const auto work = net::make_work_guard(io_);
    steady_timer timer(io_);
    milliseconds wall_lead{};
    const auto arm = [&](auto&& self) -> void {
        timer.expires_after(wheel_interval);
        timer.async_wait([this, self, &wall_lead](boost::system::error_code ec) {
            if (ec) return;
            tick(shard_);
            notice_clock_step(shard_, wall_lead);
            self(self);
        });
    };
    arm(arm);
    run_loop(io_, shard_.time, [this] { return turn_ends(); });
}

// A frame that waits goes on when its token is there. The tick would be late for it: by then a flood has tokens for
// several frames.
void shard_runner::serve_in_time() {
    const auto due = shard_.rates.next_due();
    if (!due || *due == next_token_.expiry()) return;
    next_token_.expires_at(*due);
    next_token_.async_wait([this](boost::system::error_code ec) {
        if (ec) return;
        shard_.time.expire(); // or it might not be due yet by the time of the handlers before
        serve_waiting(shard_);
    });
}

bool shard_runner::turn_ends() {
    if (shard_.store_touched) {
        shard_.store_touched = false;
        shard_.services.store.wake();
    }
    const bool idle = flush_dirty(shard_);
    open_.store(shard_.connections.count(), std::memory_order_release);
    // A flush may have asked the store thread for something.
    if (shard_.store_touched) shard_.services.store.wake();
    shard_.store_touched = false;
    serve_in_time();
    if (shard_.handshakes.waiting() == 0) return idle;
    const auto took = shard_.services.time.now() - shard_.time.turn_began();
    (void)shard_.handshakes.release(1 + static_cast<std::size_t>(took / handshake_step_interval));
    return false;
}

} // namespace wsd
