#pragma once

#include "common/base/clock.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace wsd::loadgen {

// The messages of one connection that are not settled yet: scheduled, on their way, or waiting to be repeated after a
// break. Numbers are given in order and never twice.
class outbox {
  public:
    struct slot {
        steady_time due;
        steady_time sent; // the first time it was sent
        bool on_the_way = false;
        bool repeated = false;
        bool settled = false;
        bool overtaken = false; // sent again after a later one was settled
    };
    static constexpr std::uint32_t slots_max = 65'536;

    // Its number; nullopt: slots_max messages are unsettled, this one is not sent at all.
    std::optional<std::uint32_t> add(steady_time due);
    // The lowest number that is neither on the way nor settled.
    [[nodiscard]] std::optional<std::uint32_t> next_to_send();
    void mark_sent(std::uint32_t number, steady_time now);
    // A reply came; what is known of the message. nullopt: nothing is expected under this number.
    std::optional<slot> settle(std::uint32_t number);
    // The connection broke: everything unsettled is to be sent again.
    void break_off();

    [[nodiscard]] std::uint32_t unsettled() const { return unsettled_; }
    [[nodiscard]] std::uint32_t last_number() const { return first_ + size() - 1; }
    // The oldest unsettled messages that were sent at least once, at most `limit`.
    [[nodiscard]] std::vector<std::uint32_t> pending(std::size_t limit) const;
    [[nodiscard]] const slot* find(std::uint32_t number) const;

  private:
    [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(slots_.size() - head_); }
    void drop_settled();

    std::vector<slot> slots_; // from head_ on
    std::uint32_t head_ = 0;
    std::uint32_t first_ = 1; // number of slots_[head_]
    std::uint32_t next_ = 1;  // every number before it is on the way or settled
    std::uint32_t unsettled_ = 0;
    std::uint32_t settled_top_ = 0; // the highest number settled
};

} // namespace wsd::loadgen
