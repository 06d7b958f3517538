#pragma once

#include "common/state/log_records.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace wsd {

// A request that the log was asked about and whose reply is to come. Knows how to give it.
class due_reply {
  public:
    virtual ~due_reply() = default;
    // The commit is done, or has failed. Called once.
    virtual void give(const log_outcome& outcome) = 0;

  private:
    friend class reply_queue;
    std::uint64_t request_ = 0;
    std::unique_ptr<due_reply> next_;
};

// The requests of one connection that wait for commits, in the order in which they came. The log answers in the order
// in which it was asked, so the answer is always for the oldest. Lives on the connection's shard; whoever adds keeps
// size() within its bound.
class reply_queue {
  public:
    reply_queue() = default;
    reply_queue(const reply_queue&) = delete;
    reply_queue& operator=(const reply_queue&) = delete;
    ~reply_queue() {
        while (first_) first_ = std::move(first_->next_); // one by one: a chain of destructors could exhaust the stack
    }

    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }

    // `request` names the question in its ticket.
    void add(std::uint64_t request, std::unique_ptr<due_reply> reply) {
        reply->request_ = request;
        due_reply* added = reply.get();
        (last_ == nullptr ? first_ : last_->next_) = std::move(reply);
        last_ = added;
        ++size_;
    }
    // The reply to this request when it is the oldest; else null, and nothing is taken.
    [[nodiscard]] std::unique_ptr<due_reply> take(std::uint64_t request) {
        if (!first_ || first_->request_ != request) return nullptr;
        auto taken = std::exchange(first_, std::move(first_->next_));
        if (!first_) last_ = nullptr;
        --size_;
        return taken;
    }

  private:
    std::unique_ptr<due_reply> first_;
    due_reply* last_ = nullptr;
    std::size_t size_ = 0;
};

} // namespace wsd
