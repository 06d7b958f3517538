#pragma once

#include <cstdint>

namespace wsd {

// How many of the frames queued for a connection the operating system has not accepted. Counted in two halves, so that
// it costs nothing per frame: an upper bound, in which frames that were accepted count until as many octets more have
// gone as were queued behind them. A part of the connection.
class unsent_frames {
  public:
    void add_reply() noexcept { ++younger_.replies; }
    void add_other() noexcept { ++younger_.others; }
    // Of all octets queued so far the system has accepted some, but not all.
    void accepted(std::uint64_t octets, std::uint64_t queued) noexcept {
        if (octets < older_end_) return;
        older_ = younger_;
        younger_ = {};
        older_end_ = queued;
    }
    void accepted_all() noexcept { older_ = younger_ = {}; }

    [[nodiscard]] std::uint32_t replies() const noexcept { return older_.replies + younger_.replies; }
    [[nodiscard]] std::uint32_t others() const noexcept { return older_.others + younger_.others; } // state, ephemeral

  private:
    struct counts {
        std::uint32_t replies = 0;
        std::uint32_t others = 0;
    };
    counts older_; // they end at or before older_end_
    counts younger_;
    std::uint64_t older_end_ = 0;
};

} // namespace wsd
