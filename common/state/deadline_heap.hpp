#pragma once

#include "common/base/clock.hpp"
#include "common/state/slot_table.hpp"

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace wsd {

// The earliest of many deadlines, at most one for a slot. O(log n) to set and to clear. Owns the deadlines;
// position(slot) → std::uint32_t& is passed in and belongs to the slot's record: no_slot means that it has none.
// Bounded by the slots.
class deadline_heap {
  public:
    [[nodiscard]] bool empty() const noexcept { return entries_.empty(); }
    [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
    // Precondition of both: not empty.
    [[nodiscard]] steady_time earliest() const noexcept { return entries_.front().due; }
    [[nodiscard]] std::uint32_t earliest_slot() const noexcept { return entries_.front().slot; }

    template <class Position> void set(std::uint32_t slot, steady_time due, Position&& position) {
        if (position(slot) == no_slot) {
            entries_.push_back({.due = due, .slot = slot});
            position(slot) = static_cast<std::uint32_t>(entries_.size() - 1);
        }
        entries_[position(slot)].due = due;
        down(up(position(slot), position), position);
    }

    // Does nothing when the slot has no deadline.
    template <class Position> void clear(std::uint32_t slot, Position&& position) {
        const std::uint32_t at = std::exchange(position(slot), no_slot);
        if (at == no_slot) return;
        const entry last = entries_.back();
        entries_.pop_back();
        if (entries_.capacity() > 64 && entries_.size() < entries_.capacity() / 4) entries_.shrink_to_fit();
        if (at == entries_.size()) return;
        put(at, last, position);
        down(up(at, position), position);
    }

  private:
    struct entry {
        steady_time due;
        std::uint32_t slot = no_slot;
    };

    template <class Position> void put(std::uint32_t at, const entry& e, Position& position) {
        entries_[at] = e;
        position(e.slot) = at;
    }
    template <class Position> std::uint32_t up(std::uint32_t at, Position& position) {
        const entry moving = entries_[at];
        while (at > 0 && moving.due < entries_[(at - 1) / 2].due) {
            put(at, entries_[(at - 1) / 2], position);
            at = (at - 1) / 2;
        }
        put(at, moving, position);
        return at;
    }
    template <class Position> void down(std::uint32_t at, Position& position) {
        const entry moving = entries_[at];
        for (std::size_t child = std::size_t{at} * 2 + 1; child < entries_.size(); child = std::size_t{at} * 2 + 1) {
            if (child + 1 < entries_.size() && entries_[child + 1].due < entries_[child].due) ++child;
            if (moving.due <= entries_[child].due) break;
            put(at, entries_[child], position);
            at = static_cast<std::uint32_t>(child);
        }
        put(at, moving, position);
    }

    std::vector<entry> entries_;
};

} // namespace wsd
