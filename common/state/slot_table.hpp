#pragma once

#include "common/base/ensure.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace wsd {

constexpr std::uint32_t no_slot = 0xffffffff;

// Values at small numbers. Owns them; an address is stable until its value is erased. Insertion takes the lowest chunk
// with a free place and an empty chunk is given back, so that memory follows the number of values down again.
// Bounded by its owner. One thread.
template <class T> class slot_table {
  public:
    slot_table() = default;
    slot_table(const slot_table&) = delete;
    slot_table& operator=(const slot_table&) = delete;
    ~slot_table() {
        for_each([this](std::uint32_t slot, T&) { erase(slot); });
    }

    template <class... Args> [[nodiscard]] std::uint32_t insert(Args&&... args) {
        const std::size_t at = chunk_with_place();
        chunk& c = *chunks_[at];
        const auto place = static_cast<unsigned>(std::countr_one(c.used));
        std::construct_at(c.at(place), std::forward<Args>(args)...);
        c.used |= std::uint64_t{1} << place;
        if (c.used == full) set_open(at, false);
        ++size_;
        return static_cast<std::uint32_t>(at * 64 + place);
    }

    // Precondition: the slot is in use.
    void erase(std::uint32_t slot) {
        ensure(contains(slot), "slot in use");
        const std::size_t at = slot / 64;
        chunk& c = *chunks_[at];
        std::destroy_at(c.at(slot % 64));
        c.used &= ~(std::uint64_t{1} << slot % 64);
        set_open(at, true);
        --size_;
        if (c.used == 0) drop_chunk(at);
    }

    [[nodiscard]] bool contains(std::uint32_t slot) const noexcept {
        const std::size_t at = slot / 64;
        return at < chunks_.size() && chunks_[at] && (chunks_[at]->used >> slot % 64 & 1) != 0;
    }
    // nullptr: not in use. The pointer is good until the slot is erased.
    [[nodiscard]] T* find(std::uint32_t slot) noexcept {
        return contains(slot) ? chunks_[slot / 64]->at(slot % 64) : nullptr;
    }
    [[nodiscard]] const T* find(std::uint32_t slot) const noexcept {
        return contains(slot) ? chunks_[slot / 64]->at(slot % 64) : nullptr;
    }
    // Precondition: the slot is in use; not checked.
    [[nodiscard]] T& operator[](std::uint32_t slot) noexcept { return *chunks_[slot / 64]->at(slot % 64); }
    [[nodiscard]] const T& operator[](std::uint32_t slot) const noexcept { return *chunks_[slot / 64]->at(slot % 64); }

    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] std::size_t memory_bytes() const noexcept {
        return allocated_ * sizeof(chunk) + chunks_.capacity() * sizeof(chunks_[0]) +
               open_.capacity() * sizeof(open_[0]);
    }

    // fn(slot, T&) in order of slots. fn may erase any slot; what it inserts may or may not be visited.
    template <class Fn> void for_each(Fn&& fn) {
        for (std::size_t at = 0; at < chunks_.size(); ++at)
            for (unsigned place = 0; place < 64 && at < chunks_.size() && chunks_[at]; ++place)
                if ((chunks_[at]->used >> place & 1) != 0)
                    fn(static_cast<std::uint32_t>(at * 64 + place), *chunks_[at]->at(place));
    }
    template <class Fn> void for_each(Fn&& fn) const {
        const_cast<slot_table*>(this)->for_each([&fn](std::uint32_t slot, const T& value) { fn(slot, value); });
    }

  private:
    static constexpr std::uint64_t full = ~std::uint64_t{0};
    struct chunk {
        std::uint64_t used = 0;
        alignas(T) std::byte storage[64 * sizeof(T)];
        T* at(std::size_t place) noexcept { return reinterpret_cast<T*>(storage + place * sizeof(T)); }
    };

    std::size_t chunk_with_place() {
        for (; first_open_ < open_.size(); ++first_open_)
            if (open_[first_open_] != 0) {
                const auto bit = static_cast<std::size_t>(std::countr_zero(open_[first_open_]));
                const std::size_t at = first_open_ * 64 + bit;
                if (!chunks_[at]) make_chunk(at);
                return at;
            }
        const std::size_t at = chunks_.size();
        ensure(at < no_slot / 64, "slots fit 32 bits");
        chunks_.emplace_back();
        if (at / 64 == open_.size()) open_.push_back(0);
        set_open(at, true);
        make_chunk(at);
        return at;
    }
    void make_chunk(std::size_t at) {
        chunks_[at].reset(new chunk); // not make_unique: the storage stays uninitialised
        ++allocated_;
    }
    void drop_chunk(std::size_t at) {
        chunks_[at].reset();
        --allocated_;
        while (!chunks_.empty() && !chunks_.back()) {
            chunks_.pop_back();
            set_open(chunks_.size(), false);
        }
        open_.resize((chunks_.size() + 63) / 64);
    }
    void set_open(std::size_t at, bool open) noexcept {
        const std::uint64_t bit = std::uint64_t{1} << at % 64;
        open_[at / 64] = open ? open_[at / 64] | bit : open_[at / 64] & ~bit;
        if (open) first_open_ = std::min(first_open_, at / 64);
    }

    std::vector<std::unique_ptr<chunk>> chunks_; // nullptr: no value in these 64 slots
    std::vector<std::uint64_t> open_;            // a bit per chunk: it has a free place
    std::size_t first_open_ = 0;                 // words of open_ before it have no bit
    std::size_t size_ = 0;
    std::size_t allocated_ = 0;
};

} // namespace wsd
