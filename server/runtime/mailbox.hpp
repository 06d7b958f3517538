#pragma once

#include "common/queues/batch_queue.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <atomic>
#include <cstddef>

namespace wsd {

// Messages to one thread from all others: bounded, first in first out per sender, one wake-up per burst. `Message` is a
// variant; Receiver has on_message(Message&&) and is called on the thread that runs the io_context.
template <class Message, class Receiver> class mailbox {
  public:
    using queue = batch_queue<Message>;

    // Both references outlive the mailbox.
    mailbox(boost::asio::io_context& io, Receiver& receiver, typename queue::limits bounds)
        : io_(io), receiver_(receiver), queue_(bounds) {}
    mailbox(const mailbox&) = delete;
    mailbox& operator=(const mailbox&) = delete;

    // Any thread. False: full, the message is untouched.
    [[nodiscard]] bool try_push(Message&& message, std::size_t bytes = sizeof(Message)) {
        if (!queue_.try_push(std::move(message), bytes)) return false;
        schedule();
        return true;
    }
    // Any thread. For answers and notices, which are bounded where they are caused.
    void push_reserved(Message&& message, std::size_t bytes = sizeof(Message)) {
        queue_.push_reserved(std::move(message), bytes);
        schedule();
    }
    [[nodiscard]] std::size_t size() const { return queue_.size(); } // any thread

  private:
    static constexpr std::size_t taken_at_once = 256;

    void schedule() {
        if (!scheduled_.exchange(true, std::memory_order_acq_rel)) boost::asio::post(io_, [this] { drain(); });
    }
    void drain() {
        scheduled_.store(false, std::memory_order_release);
        const std::size_t taken =
            queue_.take(taken_at_once, [this](Message&& message) { receiver_.on_message(std::move(message)); });
        if (taken == taken_at_once) schedule(); // let others have a turn
    }

    boost::asio::io_context& io_;
    Receiver& receiver_;
    queue queue_;
    std::atomic<bool> scheduled_{false};
};

} // namespace wsd
