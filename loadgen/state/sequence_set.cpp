#include "loadgen/state/sequence_set.hpp"

#include <algorithm>
#include <bit>
#include <limits>

namespace wsd::loadgen {
namespace {
constexpr std::uint64_t full = std::numeric_limits<std::uint64_t>::max();
} // namespace

sequence_set::outcome sequence_set::insert(std::uint32_t number) {
    if (number == 0) return outcome::refused;
    if (number <= base_) return outcome::present;
    if (number - base_ > span_max) return outcome::refused;
    if (number == base_ + 1 && words_.empty()) {
        // In order: no bits at all.
        base_ = top_ = number;
        ++size_;
        return outcome::added;
    }
    if (words_.empty()) {
        first_word_ = base_ / 64;
        words_.push_back((std::uint64_t{1} << (base_ % 64)) - 1);
    }
    const std::uint32_t at = (number - 1) / 64 - first_word_;
    if (at >= words_.size()) words_.resize(std::size_t{at} + 1);
    const std::uint64_t bit = std::uint64_t{1} << ((number - 1) % 64);
    if ((words_[at] & bit) != 0) return outcome::present;
    words_[at] |= bit;
    ++size_;
    top_ = std::max(top_, number);
    if (number == base_ + 1) advance();
    return outcome::added;
}

void sequence_set::advance() {
    std::size_t at = base_ / 64 - first_word_;
    while (at < words_.size() && words_[at] == full) ++at;
    base_ = (first_word_ + static_cast<std::uint32_t>(at)) * 64;
    if (at < words_.size()) base_ += static_cast<std::uint32_t>(std::countr_one(words_[at]));
    if (base_ >= top_) {
        words_.clear();
        if (words_.capacity() > 64) words_.shrink_to_fit();
    } else if (at >= 64 && at * 2 >= words_.size()) {
        // Erased rarely and in large steps, so that sliding costs a constant each number.
        words_.erase(words_.begin(), words_.begin() + static_cast<std::ptrdiff_t>(at));
        first_word_ += static_cast<std::uint32_t>(at);
    }
}

std::uint64_t sequence_set::word(std::uint32_t index) const {
    const std::uint64_t begin = std::uint64_t{index} * 64; // numbers begin+1 .. begin+64
    if (base_ >= begin + 64) return full;
    if (words_.empty()) return base_ <= begin ? 0 : (std::uint64_t{1} << (base_ - begin)) - 1;
    if (index < first_word_) return full;
    const std::size_t at = index - first_word_;
    return at < words_.size() ? words_[at] : 0;
}

bool sequence_set::contains(std::uint32_t number) const {
    return number != 0 && (word((number - 1) / 64) >> ((number - 1) % 64) & 1) != 0;
}

std::uint64_t sequence_set::count_missing_in(const sequence_set& other, std::uint32_t limit) const {
    const std::uint32_t last = std::min(limit, top_);
    std::uint64_t missing = 0;
    for (std::uint32_t index = std::min(base_, other.base_) / 64; std::uint64_t{index} * 64 < last; ++index) {
        std::uint64_t bits = word(index) & ~other.word(index);
        const std::uint64_t left = last - std::uint64_t{index} * 64;
        if (left < 64) bits &= (std::uint64_t{1} << left) - 1;
        missing += static_cast<std::uint64_t>(std::popcount(bits));
    }
    return missing;
}

} // namespace wsd::loadgen
