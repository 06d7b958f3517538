#pragma once

#include "common/base/ids.hpp"

#include <boost/hash2/siphash.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace wsd {

// Drawn at random once per process. Who does not know it can't choose keys that collide.
using hash_seed = std::array<std::uint8_t, 16>;

// Hash of bytes that a user may have chosen (ids, addresses): SipHash-2-4 under the seed. Different seeds give
// different hashes, so a value never leaves the process. For a transparent map use it together with same_text.
class seeded_hash {
  public:
    using is_transparent = void;
    using is_avalanching = void;

    explicit seeded_hash(const hash_seed& seed) noexcept : keyed_(seed.data(), seed.size()) {}

    [[nodiscard]] std::size_t operator()(std::string_view text) const noexcept {
        boost::hash2::siphash_64 hash = keyed_;
        hash.update(text.data(), text.size());
        return hash.result();
    }
    template <class Tag> [[nodiscard]] std::size_t operator()(const strong_id<Tag>& id) const noexcept {
        return (*this)(id.view());
    }
    [[nodiscard]] std::size_t operator()(std::span<const std::uint8_t> bytes) const noexcept {
        boost::hash2::siphash_64 hash = keyed_;
        hash.update(bytes.data(), bytes.size());
        return hash.result();
    }
    // Of a pair: ("ab", "c") and ("a", "bc") are different.
    [[nodiscard]] std::size_t operator()(std::string_view first, std::string_view second) const noexcept;

  private:
    boost::hash2::siphash_64 keyed_;
};

struct same_text {
    using is_transparent = void;
    template <class A, class B> [[nodiscard]] bool operator()(const A& a, const B& b) const noexcept {
        return text(a) == text(b);
    }

  private:
    static std::string_view text(std::string_view value) noexcept { return value; }
    template <class Tag> static std::string_view text(const strong_id<Tag>& id) noexcept { return id.view(); }
};

} // namespace wsd
