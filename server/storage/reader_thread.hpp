#pragma once

#include "common/queues/batch_queue.hpp"
#include "common/state/store_records.hpp"
#include "server/storage/message_log.hpp"
#include "server/storage/store_metrics.hpp"
#include "server/storage/store_sink.hpp"

#include <cstddef>
#include <memory>
#include <thread>

namespace wsd {

struct reader_options {
    std::size_t max_jobs = 65'536; // queued; one per resuming connection
};

// Serves replay and other reads beyond the tails, from committed data, beside the store thread. Jobs are done in the
// order of their arrival; a page is bounded and the next one is asked for after it, so users take turns. Owns the
// thread, the job queue and the reader of the log.
class reader_thread {
  public:
    // Both references outlive the object. Runs nothing until start() or run_once().
    reader_thread(message_log& log, store_sink& sink, const reader_options& options);
    ~reader_thread(); // as stop
    reader_thread(const reader_thread&) = delete;
    reader_thread& operator=(const reader_thread&) = delete;

    // Any thread. False: the queue is full, the job is untouched and the caller says busy. Wakes the thread. The answer
    // is errc::persistence when the log can't be read.
    [[nodiscard]] bool try_submit(read_job&& job);

    void start();
    // Drops what is queued and ends the thread. Before the log is closed. Idempotent.
    void stop();
    // One job without a thread; false when none is queued. Only while not started.
    bool run_once();

    [[nodiscard]] std::size_t queue_depth() const { return queue_.size(); } // any thread
    [[nodiscard]] const reader_metrics& metrics() const noexcept { return metrics_; }

  private:
    message_log& log_;
    store_sink& sink_;
    std::unique_ptr<log_reader> reader_;
    batch_queue<read_job> queue_;
    reader_metrics metrics_;
    std::thread thread_;
};

} // namespace wsd
