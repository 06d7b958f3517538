#pragma once

#include "server/storage/memory_log.hpp"
#include "server/storage/store_sink.hpp"

#include <atomic>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace wsd::test {

class manual_clock final : public clock {
  public:
    [[nodiscard]] steady_time now() const override { return now_; }
    [[nodiscard]] timestamp wall_ms() const override { return wall_; }
    void advance(milliseconds by) {
        now_ += by;
        wall_ += by.count();
    }

  private:
    steady_time now_{};
    timestamp wall_ = 1'782'036'000'000;
};

// A log in memory that fails when it is told to, and counts what is asked of it.
class scripted_log final : public message_log {
  public:
    std::atomic<bool> failing{false};
    std::atomic<bool> unreadable{false};
    std::vector<std::size_t> batches;
    int recoveries = 0;
    int closes = 0;

    [[nodiscard]] const log_identity& identity() const override { return log_.identity(); }
    [[nodiscard]] result<void> commit(std::span<const log_operation> operations, std::span<log_outcome> outcomes,
                                      timestamp now) override {
        if (failing) broken_ = true;
        if (broken_) return errc::persistence;
        batches.push_back(operations.size());
        return log_.commit(operations, outcomes, now);
    }
    [[nodiscard]] result<opened_user> open_unwritten(const open_user& operation) override {
        if (unreadable) return errc::persistence;
        return log_.open_unwritten(operation);
    }
    [[nodiscard]] result<std::vector<exclusion>> read_exclusions() override { return log_.read_exclusions(); }
    [[nodiscard]] std::string last_error() const override { return "the script says so"; }
    [[nodiscard]] bool recover() override {
        ++recoveries;
        broken_ = failing;
        return !broken_;
    }
    [[nodiscard]] result<std::unique_ptr<log_reader>> open_reader() override {
        if (unreadable) return errc::persistence;
        return log_.open_reader();
    }
    void close() override { ++closes; }

  private:
    memory_log log_{make_store_name()};
    bool broken_ = false;
};

// Keeps what is delivered, in order.
class recording_sink final : public store_sink {
  public:
    void deliver(std::uint16_t shard, store_batch&& batch) override {
        const std::lock_guard lock(mutex_);
        batches_.emplace_back(shard, std::move(batch));
    }
    void deliver_read(std::uint16_t shard, read_reply&& reply) override {
        const std::lock_guard lock(mutex_);
        replies_.emplace_back(shard, std::move(reply));
    }
    void members_moved(std::vector<membership_change>&& changes) override {
        const std::lock_guard lock(mutex_);
        for (const membership_change& change : changes)
            moved_.push_back((change.joined ? "+" : "-") + change.user.value + "@" + change.room.value);
    }
    void contacts_made(const user_id& a, const user_id& b) override {
        const std::lock_guard lock(mutex_);
        contacts_.emplace_back(a.value, b.value);
    }

    std::vector<std::pair<std::uint16_t, store_batch>> take_batches() {
        const std::lock_guard lock(mutex_);
        return std::exchange(batches_, {});
    }
    std::vector<std::pair<std::uint16_t, read_reply>> take_replies() {
        const std::lock_guard lock(mutex_);
        return std::exchange(replies_, {});
    }
    std::vector<std::pair<std::string, std::string>> take_contacts() {
        const std::lock_guard lock(mutex_);
        return std::exchange(contacts_, {});
    }
    std::vector<std::string> take_moved() { // "+user@room", "-user@room"
        const std::lock_guard lock(mutex_);
        return std::exchange(moved_, {});
    }
    // All completions so far, in order.
    std::vector<store_completion> take_completions() {
        std::vector<store_completion> all;
        for (auto& [shard, batch] : take_batches()) {
            for (auto& completion : batch.completions) all.push_back(std::move(completion));
        }
        return all;
    }

  private:
    std::mutex mutex_;
    std::vector<std::pair<std::uint16_t, store_batch>> batches_;
    std::vector<std::pair<std::uint16_t, read_reply>> replies_;
    std::vector<std::pair<std::string, std::string>> contacts_;
    std::vector<std::string> moved_;
};

} // namespace wsd::test
