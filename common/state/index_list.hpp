#pragma once

#include "common/state/slot_table.hpp"

namespace wsd {

struct list_links {
    std::uint32_t previous = no_slot;
    std::uint32_t next = no_slot;
    bool linked = false;
};

// A doubly linked list through elements that live elsewhere under slot numbers: oldest first, O(1) to leave from any
// place. Owns nothing. links(slot) → list_links& is passed in, because the elements belong to the caller.
struct index_list {
    std::uint32_t first = no_slot;
    std::uint32_t last = no_slot;

    [[nodiscard]] bool empty() const noexcept { return first == no_slot; }

    // Precondition: the slot is in no list of these links.
    template <class Links> void push_back(std::uint32_t slot, Links&& links) noexcept {
        list_links& own = links(slot);
        own = {.previous = last, .next = no_slot, .linked = true};
        (last == no_slot ? first : links(last).next) = slot;
        last = slot;
    }
    // Does nothing when the slot is not linked.
    template <class Links> void remove(std::uint32_t slot, Links&& links) noexcept {
        list_links& own = links(slot);
        if (!own.linked) return;
        (own.previous == no_slot ? first : links(own.previous).next) = own.next;
        (own.next == no_slot ? last : links(own.next).previous) = own.previous;
        own = {};
    }
};

} // namespace wsd
