#pragma once

#include "common/state/log_tables.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace wsd {

// The rows of the youngest messages: most receipts are for one of them. A ring of fixed size; belongs to the writer.
class recent_messages {
  public:
    explicit recent_messages(std::size_t size) : rows_(size) {}

    [[nodiscard]] std::optional<message_row> find(std::uint64_t offset) const {
        const message_row& row = rows_[offset % rows_.size()];
        return offset != 0 && row.offset == offset ? std::optional(row) : std::nullopt;
    }
    // A message older than what has its place is not kept.
    void put(const message_row& row) {
        message_row& place = rows_[row.offset % rows_.size()];
        if (place.offset <= row.offset) place = row;
    }
    void forget(std::uint64_t from, std::uint64_t to) {
        if (to >= rows_.size()) from = std::max(from, to - rows_.size() + 1);
        for (auto offset = from; offset <= to; ++offset) {
            message_row& place = rows_[offset % rows_.size()];
            if (place.offset == offset) place = message_row{};
        }
    }
    void clear() { rows_.assign(rows_.size(), message_row{}); }

  private:
    std::vector<message_row> rows_; // by offset modulo the size; offset 0: nothing
};

} // namespace wsd
