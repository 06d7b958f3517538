#pragma once

#include <chrono>
#include <cstdint>

namespace wsd {

// Monotonic: deadlines, intervals, limits. Never goes back, unaffected by steps of the wall clock.
using steady_time = std::chrono::steady_clock::time_point;
using milliseconds = std::chrono::milliseconds;

// `ts` of the protocol: milliseconds since the Unix epoch, wall clock.
using timestamp = std::int64_t;

// The only source of time. Stores, codecs and handlers take `now` as an argument; tests pass a clock of their own.
class clock {
  public:
    virtual ~clock() = default;
    [[nodiscard]] virtual steady_time now() const = 0;
    [[nodiscard]] virtual timestamp wall_ms() const = 0;
};

class system_clock final : public clock {
  public:
    [[nodiscard]] steady_time now() const override { return std::chrono::steady_clock::now(); }
    [[nodiscard]] timestamp wall_ms() const override {
        return std::chrono::duration_cast<milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
    }
};

} // namespace wsd
