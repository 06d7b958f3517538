#pragma once

#include "common/base/clock.hpp"

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace wsd {

// A bounded queue of many producers and one consumer, first in first out per producer. Bounded by count and by bytes;
// an item counts until the consumer takes it. Pushing never waits and does not wake the consumer: producers call wake()
// once per burst. The two vectors are swapped back and forth, so a busy queue allocates nothing.
template <class T> class batch_queue {
  public:
    struct limits {
        std::size_t items = 1;
        std::size_t bytes = 1; // one item is taken however big it is when the queue is empty
    };

    explicit batch_queue(limits bounds) : limits_(bounds) {}

    // Any thread. False: full or closed, and `item` is untouched.
    [[nodiscard]] bool try_push(T&& item, std::size_t bytes) {
        const std::lock_guard lock(mutex_);
        if (closed_) return false;
        if (items_ > 0 && (items_ >= limits_.items || bytes_ + bytes > limits_.bytes)) return false;
        push(std::move(item), bytes);
        return true;
    }
    // Any thread. Takes no notice of the bounds: for what its producers bound themselves. False: closed.
    bool push_reserved(T&& item, std::size_t bytes) {
        const std::lock_guard lock(mutex_);
        if (closed_) return false;
        push(std::move(item), bytes);
        return true;
    }

    // Any thread. Ends a wait of the consumer, or keeps the next one from beginning.
    void wake() {
        {
            const std::lock_guard lock(mutex_);
            if (woken_) return;
            woken_ = true;
            if (!waiting_) return;
        }
        condition_.notify_one();
    }
    // Any thread. Nothing is accepted from here on; what is queued stays to be taken. Wakes the consumer.
    void close() {
        {
            const std::lock_guard lock(mutex_);
            closed_ = true;
            woken_ = true;
        }
        condition_.notify_one();
    }

    // Consumer. Hands up to `max` items to `use`, oldest first; returns how many. An item counts until all are handed
    // over.
    template <class Use> std::size_t take(std::size_t max, Use&& use) {
        refill();
        const std::size_t count = std::min(max, taken_.size() - next_);
        if (count == 0) return 0;
        std::size_t bytes = 0;
        for (std::size_t i = 0; i < count; ++i, ++next_) {
            bytes += taken_[next_].bytes;
            use(std::move(taken_[next_].item));
        }
        const std::lock_guard lock(mutex_);
        items_ -= count;
        bytes_ -= bytes;
        return count;
    }
    // Consumer. The oldest item; nullopt: none is queued.
    [[nodiscard]] std::optional<T> take_one() {
        std::optional<T> item;
        take(1, [&](T&& taken) { item.emplace(std::move(taken)); });
        return item;
    }

    // Consumer. Returns at once when something taken is left over; else after wake() or close() (also one that came
    // before), or when `time` has passed. Pushing alone does not end it.
    void wait_for(milliseconds time) {
        if (next_ < taken_.size()) return;
        std::unique_lock lock(mutex_);
        waiting_ = true;
        condition_.wait_for(lock, time, [this] { return woken_; });
        waiting_ = false;
        woken_ = closed_;
    }
    // Consumer. As above without an end.
    void wait() {
        if (next_ < taken_.size()) return;
        std::unique_lock lock(mutex_);
        waiting_ = true;
        condition_.wait(lock, [this] { return woken_; });
        waiting_ = false;
        woken_ = closed_;
    }

    // Any thread.
    [[nodiscard]] std::size_t size() const {
        const std::lock_guard lock(mutex_);
        return items_;
    }
    [[nodiscard]] std::size_t bytes() const {
        const std::lock_guard lock(mutex_);
        return bytes_;
    }
    // By count or by bytes.
    [[nodiscard]] bool half_full() const {
        const std::lock_guard lock(mutex_);
        return items_ >= (limits_.items + 1) / 2 || bytes_ >= (limits_.bytes + 1) / 2;
    }
    [[nodiscard]] bool closed() const {
        const std::lock_guard lock(mutex_);
        return closed_;
    }

  private:
    void refill() {
        if (next_ < taken_.size()) return;
        taken_.clear();
        next_ = 0;
        const std::lock_guard lock(mutex_);
        taken_.swap(queued_);
    }

    struct slot {
        T item;
        std::size_t bytes;
    };

    void push(T&& item, std::size_t bytes) {
        queued_.push_back({std::move(item), bytes});
        ++items_;
        bytes_ += bytes;
    }

    const limits limits_;

    mutable std::mutex mutex_; // guards what follows up to the blank line
    std::condition_variable condition_;
    std::vector<slot> queued_;
    std::size_t items_ = 0;
    std::size_t bytes_ = 0;
    bool woken_ = false;
    bool waiting_ = false;
    bool closed_ = false;

    std::vector<slot> taken_; // the consumer's
    std::size_t next_ = 0;
};

} // namespace wsd
