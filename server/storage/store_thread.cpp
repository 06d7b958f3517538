#include "server/storage/store_thread.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace wsd {
namespace {

std::size_t text_bytes(const std::vector<user_id>& users) {
    std::size_t bytes = users.size() * sizeof(user_id);
    for (const user_id& user : users) bytes += user.value.size();
    return bytes;
}

std::size_t text_bytes(const room_action::any& action) {
    if (const auto* create = std::get_if<room_action::create>(&action))
        return create->name.size() + create->thumbnail_url.size() + text_bytes(create->members);
    if (const auto* add = std::get_if<room_action::add>(&action)) return text_bytes(add->users);
    return 0;
}

std::size_t text_bytes(const log_operation& operation) {
    if (const auto* append = std::get_if<append_direct>(&operation)) {
        return append->sender.value.size() + append->recipient.value.size() + append->content.size() +
               append->client_message_id.size();
    }
    if (const auto* edit = std::get_if<edit_message>(&operation)) return edit->user.value.size() + edit->content.size();
    if (const auto* open = std::get_if<open_user>(&operation)) {
        std::size_t bytes = open->user.value.size() + open->device.value.size();
        for (const auto& id : open->pending) bytes += sizeof id + id.size();
        return bytes;
    }
    if (const auto* post = std::get_if<append_room>(&operation)) {
        return post->sender.value.size() + post->room.value.size() + post->content.size() +
               post->client_message_id.size() + post->message_type.size();
    }
    if (const auto* change = std::get_if<change_room>(&operation)) return text_bytes(change->action);
    return 0; // ids only, which the fixed part covers
}

std::size_t bytes_of(const store_request& request) {
    const auto* operation = std::get_if<log_operation>(&request.command);
    return sizeof request + (operation != nullptr ? text_bytes(*operation) : 0);
}

std::uint64_t count_messages(std::span<const log_outcome> outcomes) {
    return static_cast<std::uint64_t>(std::count_if(outcomes.begin(), outcomes.end(), [](const log_outcome& outcome) {
        if (const auto* post = std::get_if<posted>(&outcome))
            return post->status == post_status::stored && !post->duplicate;
        const auto* stored = std::get_if<appended>(&outcome);
        return stored != nullptr && !stored->duplicate;
    }));
}

void raise_to(std::atomic<std::uint64_t>& highest, std::uint64_t value) {
    auto seen = highest.load(std::memory_order_relaxed);
    while (seen < value && !highest.compare_exchange_weak(seen, value, std::memory_order_relaxed)) {
    }
}

} // namespace

store_thread::store_thread(message_log& log, const clock& time, store_sink& sink, const store_options& options)
    : log_(log), time_(time), sink_(sink), options_(options),
      queue_({.items = options.max_requests, .bytes = options.max_bytes}),
      router_(options.shards, options.max_attached) {}

store_thread::~store_thread() { drain_and_stop(); }

bool store_thread::try_submit(store_request&& request) {
    const auto bytes = bytes_of(request);
    if (queue_.try_push(std::move(request), bytes)) return true;
    metrics_.refused.fetch_add(1, std::memory_order_relaxed);
    return false;
}

void store_thread::submit_reserved(store_request&& request) {
    const auto bytes = bytes_of(request);
    queue_.push_reserved(std::move(request), bytes);
}

void store_thread::wake() { queue_.wake(); }

void store_thread::start() {
    thread_ = std::thread([this] { run(); });
}

void store_thread::drain_and_stop() {
    if (stopped_) return;
    stopped_ = true;
    queue_.close();
    if (thread_.joinable()) {
        thread_.join();
    } else {
        while (run_once() > 0) {
        }
    }
    log_.close();
}

void store_thread::run() {
    for (;;) {
        if (run_once() > 0) continue;
        if (queue_.closed() && queue_.size() == 0) return;
        if (log_ok()) {
            queue_.wait();
        } else {
            queue_.wait_for(options_.recover_interval);
        }
    }
}

std::size_t store_thread::run_once() {
    if (!log_ok()) try_recover();
    raise_to(metrics_.queue_depth_max, queue_.size());
    const std::size_t most = options_.max_operations_per_commit;
    const std::size_t again = log_ok() ? router_.add_postponed(most) : 0; // they go before what was asked since
    const std::size_t taken =
        again + queue_.take(most - again, [this](store_request&& request) { router_.add(std::move(request)); });
    if (taken == 0) return 0;
    if (!log_ok() || !commit()) {
        router_.route_failure([this](const open_user& operation) -> log_outcome {
            auto opened = log_.open_unwritten(operation);
            if (!opened) return opened.error();
            return *std::move(opened);
        });
    }
    if (auto moved = router_.take_moved(); !moved.empty()) sink_.members_moved(std::move(moved));
    router_.hand_out([this](std::uint16_t shard, store_batch&& batch) { sink_.deliver(shard, std::move(batch)); },
                     [this](const user_id& a, const user_id& b) { sink_.contacts_made(a, b); });
    return taken;
}

bool store_thread::commit() {
    const auto operations = router_.operations();
    if (!operations.empty()) {
        const auto begin = time_.now();
        const auto outcome = log_.commit(operations, router_.outcomes(), time_.wall_ms());
        if (!outcome) {
            fail();
            return false;
        }
        const auto took = std::chrono::duration_cast<std::chrono::microseconds>(time_.now() - begin);
        metrics_.commit_us.add(static_cast<std::uint64_t>(std::max<std::int64_t>(took.count(), 0)));
        metrics_.batch_operations.add(operations.size());
        metrics_.commits.fetch_add(1, std::memory_order_relaxed);
        metrics_.operations.fetch_add(operations.size(), std::memory_order_relaxed);
        metrics_.messages.fetch_add(count_messages(router_.outcomes()), std::memory_order_relaxed);
    }
    router_.route_success();
    return true;
}

void store_thread::fail() {
    metrics_.failures.fetch_add(1, std::memory_order_relaxed);
    next_recovery_ = time_.now() + options_.recover_interval;
    {
        const std::lock_guard lock(error_mutex_);
        last_error_ = log_.last_error();
    }
    log_ok_.store(false, std::memory_order_release);
}

void store_thread::try_recover() {
    if (time_.now() < next_recovery_) return;
    if (!log_.recover()) {
        fail();
        return;
    }
    {
        const std::lock_guard lock(error_mutex_);
        last_error_.clear();
    }
    log_ok_.store(true, std::memory_order_release);
}

std::string store_thread::last_error() const {
    const std::lock_guard lock(error_mutex_);
    return last_error_;
}

} // namespace wsd
