#pragma once

#include "common/base/clock.hpp"
#include "common/queues/batch_queue.hpp"
#include "common/state/commit_router.hpp"
#include "common/state/store_records.hpp"
#include "server/storage/message_log.hpp"
#include "server/storage/store_metrics.hpp"
#include "server/storage/store_sink.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>

namespace wsd {

struct store_options {
    std::uint16_t shards = 1;
    std::size_t max_requests = 16'384;        // queued and not yet taken
    std::size_t max_bytes = 64 * 1024 * 1024; // of their strings and fixed parts
    std::size_t max_attached = 10'000'000;    // users served at once
    std::size_t max_operations_per_commit = 256;
    milliseconds recover_interval{500}; // while the log can't be written
};

// The sequencer: takes requests from all shards, commits them in groups, and routes what came of them. It never waits
// for a group to grow: while one commit runs the next one gathers. Owns the thread, the request queue and the map of
// which shard serves which user. Requests of one thread are applied in the order in which it submitted them. When a
// commit fails, every request in it and all that follow are answered errc::persistence at once until
// message_log::recover() succeeds (open_user is answered from what can be read), which is tried every recover_interval,
// also when nothing is asked. leave_rooms, which nobody repeats, is done then.
class store_thread {
  public:
    // All references outlive the object. Runs nothing until start() or run_once().
    store_thread(message_log& log, const clock& time, store_sink& sink, const store_options& options);
    ~store_thread(); // as drain_and_stop
    store_thread(const store_thread&) = delete;
    store_thread& operator=(const store_thread&) = delete;

    // Any thread. False: the queue is full (count or bytes), the request is untouched and the caller says busy. Does
    // not wake the thread: call wake() once per burst.
    [[nodiscard]] bool try_submit(store_request&& request);
    // Any thread. For what can't be refused and is bounded by its nature: close_user (one per served user),
    // confirm_replayed (one in flight per connection). Goes beyond the bounds of try_submit.
    void submit_reserved(store_request&& request);
    // Any thread; cheap when nothing sleeps.
    void wake();

    void start();
    // Commits and answers everything queued, closes the log, ends the thread. Producers have stopped before; what is
    // submitted later is dropped. Idempotent. Any thread but the store thread.
    void drain_and_stop();
    // One round without a thread: what is queued, at most one commit's worth, and due recovery. Returns the number of
    // requests answered. Only while not started.
    std::size_t run_once();

    // Any thread.
    [[nodiscard]] bool log_ok() const noexcept { return log_ok_.load(std::memory_order_acquire); }
    [[nodiscard]] std::string last_error() const; // of the log; empty while log_ok
    [[nodiscard]] std::size_t queue_depth() const { return queue_.size(); }
    [[nodiscard]] bool half_full() const { return queue_.half_full(); } // the queue, by count or by bytes
    [[nodiscard]] const store_metrics& metrics() const noexcept { return metrics_; }

  private:
    void run();
    bool commit();
    void fail();
    void try_recover();

    message_log& log_;
    const clock& time_;
    store_sink& sink_;
    const store_options options_;
    batch_queue<store_request> queue_;
    commit_router router_; // the store thread's, as next_recovery_
    steady_time next_recovery_{};
    std::atomic<bool> log_ok_{true};
    mutable std::mutex error_mutex_; // guards last_error_
    std::string last_error_;
    store_metrics metrics_;
    std::thread thread_;
    bool stopped_ = false; // of the thread that starts and stops
};

} // namespace wsd
