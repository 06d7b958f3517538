#pragma once

#include "server/runtime/mailbox.hpp"
#include "server/runtime/shard.hpp"
#include "server/runtime/shard_message.hpp"
#include "server/runtime/steady_timer.hpp"
#include "server/transport/listener.hpp"

#include <atomic>
#include <cstddef>
#include <memory>
#include <thread>

namespace wsd {

// One shard with what makes it run: its context, its mailbox, its listener and its thread. The composition root owns it
// and calls it from the control thread unless said otherwise.
class shard_runner {
  public:
    // All references outlive the runner.
    shard_runner(std::uint16_t index, const shard_services& services, metrics_block& metrics, const hash_seed& seed);
    ~shard_runner();
    shard_runner(const shard_runner&) = delete;
    shard_runner& operator=(const shard_runner&) = delete;

    // The error of the system, or success. Before start().
    [[nodiscard]] boost::system::error_code listen(const boost::asio::ip::tcp::endpoint& endpoint, bool shared,
                                                   const handshake_rules& rules,
                                                   std::shared_ptr<const tls_context> tls);
    // Before start(): the user does not get in.
    void exclude(const exclusion& what, timestamp now) { shard_.exclusions.apply(what, now); }
    void start();
    // Ends the loop and the thread. Nothing may be posted any more.
    void stop();

    // Any thread.
    void post(shard_message&& message) { inbox_.push_reserved(std::move(message)); }
    [[nodiscard]] bool try_post(shard_message&& message) { return inbox_.try_push(std::move(message)); }
    [[nodiscard]] std::size_t inbox_depth() const { return inbox_.size(); }
    [[nodiscard]] std::size_t open_connections() const noexcept { return open_.load(std::memory_order_acquire); }

    // On the shard's thread: a message has arrived.
    void on_message(shard_message&& message);

  private:
    void run();
    [[nodiscard]] bool turn_ends();
    void serve_in_time();

    boost::asio::io_context io_{1};
    shard shard_;
    mailbox<shard_message, shard_runner> inbox_;
    std::unique_ptr<listener> listener_;
    steady_timer next_token_;
    std::atomic<std::size_t> open_{0};
    std::thread thread_;
};

} // namespace wsd
