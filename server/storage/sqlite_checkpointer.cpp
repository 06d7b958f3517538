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
        if (state_ != progress::idle && state_ != progress::copied) return;
        state_ = progress::running;
    }
    condition_.notify_all();
}

void sqlite_checkpointer::acknowledge() {
    const std::lock_guard lock(mutex_);
    if (state_ == progress::copied) state_ = progress::idle;
}

int sqlite_checkpointer::copied_pages() const {
    const std::lock_guard lock(mutex_);
    return copied_pages_;
}

void sqlite_checkpointer::wait() {
    std::unique_lock lock(mutex_);
    condition_.wait(lock, [this] { return state_ != progress::running; });
}

std::string sqlite_checkpointer::failure() const {
    const std::lock_guard lock(mutex_);
    return failure_;
}

void sqlite_checkpointer::run() {
    std::unique_lock lock(mutex_);
    for (;;) {
        condition_.wait(lock, [this] { return stopping_ || state_ == progress::running; });
        if (stopping_) return;
        lock.unlock();
        const bool done = connection_.checkpoint(sqlite_connection::checkpoint_kind::passive);
        lock.lock();
        copied_pages_ = connection_.copied_pages();
        state_ = done ? progress::copied : progress::failed;
        if (!done) failure_ = connection_.failure();
        condition_.notify_all();
    }
}

} // namespace wsd
