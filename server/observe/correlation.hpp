#pragma once

#include "common/base/ids.hpp"

#include <array>
#include <bit>
#include <cstdint>
#include <string>

namespace wsd {

// UUIDv4 (RFC 9562 §5.4) that names one inbound frame on every log line it causes. Sixteen bytes; text only when a line
// is written.
struct correlation_id {
    std::uint64_t high = 0;
    std::uint64_t low = 0;

    void append_to(std::string& out) const { message_id{.high = high, .low = low}.append_to(out); } // 36 characters

    friend bool operator==(const correlation_id&, const correlation_id&) = default;
};

// Makes correlation ids: xoshiro256++ (Blackman, Vigna), no generator for secrets, and these ids are none.
// Owned and used by one thread.
class correlation_source {
  public:
    using seed = std::array<std::uint64_t, 4>;

    // At least one word of the seed differs from 0.
    explicit correlation_source(const seed& state) noexcept : state_(state) {}

    // A seed from the operating system. Throws std::system_error when it gives none (start-up only).
    [[nodiscard]] static seed os_seed();

    [[nodiscard]] correlation_id next() noexcept {
        constexpr std::uint64_t version_mask = 0xf000;
        constexpr std::uint64_t version = 0x4000;
        constexpr std::uint64_t variant_mask = std::uint64_t{3} << 62;
        constexpr std::uint64_t variant = std::uint64_t{2} << 62;
        const std::uint64_t high = next_word();
        const std::uint64_t low = next_word();
        return {.high = (high & ~version_mask) | version, .low = (low & ~variant_mask) | variant};
    }

  private:
    std::uint64_t next_word() noexcept {
        const std::uint64_t word = std::rotl(state_[0] + state_[3], 23) + state_[0];
        const std::uint64_t shifted = state_[1] << 17;
        state_[2] ^= state_[0];
        state_[3] ^= state_[1];
        state_[1] ^= state_[2];
        state_[0] ^= state_[3];
        state_[2] ^= shifted;
        state_[3] = std::rotl(state_[3], 45);
        return word;
    }

    seed state_;
};

} // namespace wsd
