#pragma once

#include <cstdint>
#include <vector>

namespace wsd::loadgen {

// A set of numbers 1, 2, 3 … that is filled mostly in order: everything up to base() is in it, what lies above is one
// bit a number in words that slide along. In order it costs nothing; a hole costs a bit for each number after it.
class sequence_set {
  public:
    enum class outcome : std::uint8_t {
        added,
        present,
        refused, // 0, or further than span_max above base()
    };
    static constexpr std::uint32_t span_max = 1u << 26; // 8 MB of bits

    outcome insert(std::uint32_t number);
    [[nodiscard]] bool contains(std::uint32_t number) const;
    // 1..base() are all in the set; base() + 1 is not.
    [[nodiscard]] std::uint32_t base() const { return base_; }
    // The highest number in the set; 0 when it is empty.
    [[nodiscard]] std::uint32_t top() const { return top_; }
    [[nodiscard]] std::uint64_t size() const { return size_; }

    // How many numbers ≤ limit are in this set but not in `other`.
    [[nodiscard]] std::uint64_t count_missing_in(const sequence_set& other, std::uint32_t limit) const;

  private:
    // The 64 numbers 64 * index + 1 .. 64 * index + 64 as bits, lowest first.
    [[nodiscard]] std::uint64_t word(std::uint32_t index) const;
    void advance();

    std::uint32_t base_ = 0;
    std::uint32_t top_ = 0;
    std::uint32_t size_ = 0;
    std::uint32_t first_word_ = 0; // index of words_[0]; every number before it is in the set
    std::vector<std::uint64_t> words_;
};

} // namespace wsd::loadgen
