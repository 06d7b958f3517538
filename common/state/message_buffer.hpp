#pragma once

#include "common/state/log_tables.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace wsd {

// Messages of the running transaction that are not in their table yet, so that several go there with one statement.
// Offsets ascend. Bounded by who empties it when it has `max` messages.
class message_buffer {
  public:
    struct item {
        message_row row;
        std::shared_ptr<const message_record> record;
    };

    explicit message_buffer(std::size_t max) { items_.reserve(max); }

    void add(const message_row& row, std::shared_ptr<const message_record> record) {
        items_.push_back({row, std::move(record)});
    }
    [[nodiscard]] std::size_t size() const { return items_.size(); }
    // Whether the message is, or would be, among those in here.
    [[nodiscard]] bool reaches(std::uint64_t offset) const {
        return !items_.empty() && offset >= items_.front().row.offset;
    }
    // All, oldest first; until the next add() or clear().
    [[nodiscard]] std::span<const item> view() const { return items_; }
    void clear() { items_.clear(); }

  private:
    std::vector<item> items_;
};

} // namespace wsd
