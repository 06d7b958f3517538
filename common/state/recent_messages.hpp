#pragma once

#include "common/state/log_tables.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace wsd {

// The rows of the youngest messages: most receipts are for one of them. A ring of at most `size` rows, which takes
// memory as offsets reach it: a log of few messages is made, forgotten and made again at no cost. Belongs to the
// writer.
class recent_messages {
  public:
    explicit recent_messages(std::size_t size) : size_(size) {}

    [[nodiscard]] std::optional<message_row> find(std::uint64_t offset) const {
        const auto at = offset % size_;
        if (offset == 0 || at >= rows_.size() || rows_[at].offset != offset) return std::nullopt;
        return rows_[at];
    }
    // A message older than what has its place is not kept.
    void put(const message_row& row) {
        const auto at = row.offset % size_;
        if (at >= rows_.size()) rows_.resize(std::min(size_, std::bit_ceil(at + 1)));
        if (rows_[at].offset <= row.offset) rows_[at] = row;
    }
    void forget(std::uint64_t from, std::uint64_t to) {
        if (to >= size_) from = std::max(from, to - size_ + 1);
        for (auto offset = from; offset <= to; ++offset) {
            const auto at = offset % size_;
            if (at < rows_.size() && rows_[at].offset == offset) rows_[at] = message_row{};
        }
    }
    void clear() { rows_.clear(); }

  private:
    std::size_t size_;
    std::vector<message_row> rows_; // by offset modulo the size, up to the highest there was; offset 0: nothing
};

} // namespace wsd
