#pragma once

#include "server/storage/sqlite_connection.hpp"

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace wsd {

// Copies the write-ahead log into the database beside the writer, which would stand still for 10 ms and more if it did
// that itself. Owns a thread and a connection. It can't finish while commits go on: what has come meanwhile, and
// starting the log anew, is left to the writer.
// SQLite before 3.51.3 loses commits when a checkpoint begins while a commit starts the log anew
// (https://sqlite.org/wal.html#walresetbug). A commit does that only when everything has been copied, so start() is
// called only while the log has pages that were not, and copies once.
class sqlite_checkpointer {
  public:
    explicit sqlite_checkpointer(const sqlite_connection::options& how, const char* pragmas);
    ~sqlite_checkpointer();
    sqlite_checkpointer(const sqlite_checkpointer&) = delete;
    sqlite_checkpointer& operator=(const sqlite_checkpointer&) = delete;

    // All of these: the writer's thread; only wait() waits for the copying.
    enum class progress : std::uint8_t { idle, running, copied, failed };
    [[nodiscard]] progress state() const;
    void start();       // idle or copied → running → copied or failed
    void acknowledge(); // copied → idle
    void wait();        // until it is not running
    // Pages of the write-ahead log that were copied when it last ended.
    [[nodiscard]] int copied_pages() const;
    [[nodiscard]] std::string failure() const;

  private:
    void run();

    sqlite_connection connection_; // the thread's
    mutable std::mutex mutex_;     // guards what follows up to the thread
    std::condition_variable condition_;
    progress state_ = progress::idle;
    bool stopping_ = false;
    int copied_pages_ = 0;
    std::string failure_;
    std::thread thread_;
};

} // namespace wsd
