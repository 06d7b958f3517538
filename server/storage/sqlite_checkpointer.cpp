#include "server/storage/sqlite_checkpointer.hpp"

namespace wsd {

sqlite_checkpointer::sqlite_checkpointer(const sqlite_connection::options& how, const char* pragmas)
    : connection_(how) {
    connection_.execute(pragmas);
    thread_ = std::thread([this] { run(); });
}

sqlite_checkpointer::~sqlite_checkpointer() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    condition_.notify_all();
    thread_.join();
}

sqlite_checkpointer::progress sqlite_checkpointer::state() const {
    const std::lock_guard lock(mutex_);
    return state_;
}

void sqlite_checkpointer::start() {
    {
        const std::lock_guard lock(mutex_);
        if (state_ != progress::idle) return;
        state_ = progress::running;
    }
    condition_.notify_all();
}

void sqlite_checkpointer::acknowledge() {
    const std::lock_guard lock(mutex_);
    if (state_ == progress::copied) state_ = progress::idle;
}

void sqlite_checkpointer::wait() {
    std::unique_lock lock(mutex_);
    condition_.wait(lock, [this] { return state_ != progress::running; });
}

std::string sqlite_checkpointer::failure() const {
    const std::lock_guard lock(mutex_);
    return failure_;
}

// Each round copies what was committed during the one before, so the rest that is left to the writer shrinks.
bool sqlite_checkpointer::copy() {
    constexpr int rounds_max = 6;
    constexpr int small_rest_pages = 64;
    int copied = 0;
    for (int round = 0; round < rounds_max; ++round) {
        if (!connection_.checkpoint(sqlite_connection::checkpoint_kind::passive)) return false;
        if (connection_.copied_pages() - copied <= small_rest_pages) break;
        copied = connection_.copied_pages();
    }
    return true;
}

void sqlite_checkpointer::run() {
    std::unique_lock lock(mutex_);
    for (;;) {
        condition_.wait(lock, [this] { return stopping_ || state_ == progress::running; });
        if (stopping_) return;
        lock.unlock();
        const bool done = copy();
        lock.lock();
        state_ = done ? progress::copied : progress::failed;
        if (!done) failure_ = connection_.failure();
        condition_.notify_all();
    }
}

} // namespace wsd
