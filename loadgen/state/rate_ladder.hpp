#pragma once

#include "common/base/clock.hpp"
#include "loadgen/state/check_list.hpp"

#include <cstdint>
#include <optional>

namespace wsd::loadgen {

// What a server owes a user who sends a burst beyond the limit and then does not stop: a warning, refusals, then delay,
// and in the end close 4008. Told of every frame; judges in the end. A plain value of fixed size.
class rate_ladder {
  public:
    struct limit {
        std::uint64_t messages = 100;
        std::chrono::milliseconds window{60'000};
        double warning = 0.8;       // share of the messages
        std::uint32_t throttle = 2; // the violation from which on frames are delayed
        std::uint32_t close = 5;    // the violation that ends the connection, which is above throttle; 0: never
    };
    explicit rate_ladder(const limit& of) : limit_(of) {}

    // More than the limit by what shows the refusals and a delay.
    [[nodiscard]] std::uint64_t burst() const { return limit_.messages + refused_of_burst() + delayed_of_burst; }
    // From the first frame to the close, when the server is as slow as it may be.
    [[nodiscard]] std::chrono::nanoseconds climb_longest() const;
    // How long a flood has to be borne.
    [[nodiscard]] std::chrono::nanoseconds flood_longest() const;
    [[nodiscard]] std::chrono::nanoseconds per_token() const {
        return std::chrono::nanoseconds(limit_.window) / static_cast<std::int64_t>(limit_.messages);
    }

    void sent_burst(steady_time now) { start_ = now; }
    void sent_flood(steady_time now) { flood_ = now; }
    void acknowledged(steady_time now);
    void refused(steady_time now);
    void throttled(steady_time now);
    void warned(steady_time now);
    void closed(std::uint16_t code, steady_time now);

    // Of the burst.
    [[nodiscard]] std::uint64_t answered() const { return acks_ + refusals_; }
    // Messages per second, while the flood was held back.
    [[nodiscard]] std::optional<double> admitted_per_second() const;
    [[nodiscard]] bool is_closed() const { return close_code_.has_value(); }
    void judge(check_list& into) const;

  private:
    static constexpr std::uint64_t delayed_of_burst = 4;
    // Violations of the burst: frames that are refused, and the beginning of the delay.
    [[nodiscard]] std::uint32_t violations_of_burst() const { return limit_.throttle < 1 ? 1 : limit_.throttle; }
    [[nodiscard]] std::uint64_t refused_of_burst() const { return violations_of_burst() - 1; }
    [[nodiscard]] std::chrono::nanoseconds tenth() const { return std::chrono::nanoseconds(limit_.window) / 10; }
    // Tokens that have come back since the burst began, rounded up.
    [[nodiscard]] std::uint64_t refilled(steady_time until) const;
    void judge_burst(check_list& into) const;
    void judge_flood(check_list& into) const;

    limit limit_;
    steady_time start_;
    std::optional<steady_time> flood_;
    std::uint64_t acks_ = 0;
    std::uint64_t refusals_ = 0;
    std::uint64_t notices_ = 0;
    std::uint64_t warnings_ = 0;
    std::uint64_t acks_before_warning_ = 0;
    std::uint64_t acks_before_refusal_ = 0;
    steady_time warned_at_;
    steady_time refused_at_;
    steady_time last_burst_ack_;
    std::uint64_t flood_acks_ = 0;
    std::uint64_t flood_refusals_ = 0;
    steady_time first_flood_ack_;
    steady_time last_flood_ack_;
    std::optional<std::uint16_t> close_code_;
    steady_time closed_at_;
};

} // namespace wsd::loadgen
