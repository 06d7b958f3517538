#pragma once

#include "common/state/admission_store.hpp"

#include <cstdint>
#include <mutex>
#include <utility>

namespace wsd {

// The limits on connections that hold for all shards together: in all, per address, and on upgrades per second. Exact
// under any concurrency, since one lock serialises the decisions, which take well under a microsecond each and are as
// rare as upgrades. Any thread. Outlives its slots.
class admission {
  public:
    explicit admission(const admission_store::options& limits) : store_(limits) {}
    admission(const admission&) = delete;
    admission& operator=(const admission&) = delete;

    // A place that is taken until this is destroyed, on any thread: until the upgrade has failed or the TCP connection
    // has ended. Empty after a move.
    class slot {
      public:
        slot() = default;
        slot(slot&& other) noexcept : from_(std::exchange(other.from_, nullptr)), ip_(other.ip_) {}
        slot& operator=(slot&& other) noexcept {
            if (this != &other) {
                release();
                from_ = std::exchange(other.from_, nullptr);
                ip_ = other.ip_;
            }
            return *this;
        }
        ~slot() { release(); }

        [[nodiscard]] explicit operator bool() const noexcept { return from_ != nullptr; }

      private:
        friend class admission;
        slot(admission& from, const ip_key& ip) noexcept : from_(&from), ip_(ip) {}
        void release() noexcept;

        admission* from_ = nullptr;
        ip_key ip_;
    };
    struct outcome {
        admission_store::verdict verdict = admission_store::verdict::admitted;
        slot place; // holds exactly when admitted
    };
    [[nodiscard]] outcome reserve(const ip_key& ip, steady_time now);

    // Places taken now, of connections and of upgrades in progress.
    [[nodiscard]] std::uint64_t count() const;

  private:
    mutable std::mutex mutex_;
    admission_store store_; // guarded by mutex_
};

} // namespace wsd
