#pragma once

#include "common/base/ids.hpp"
#include "common/base/seeded_hash.hpp"
#include "common/state/slot_table.hpp"

#include <boost/unordered/unordered_flat_set.hpp>

#include <string_view>
#include <utility>

namespace wsd {

// Gives memory back after a burst: a flat table keeps its size when elements go.
template <class FlatTable> void shrink_when_sparse(FlatTable& table) {
    constexpr std::size_t small = 1024;
    if (table.bucket_count() > small && table.size() < table.bucket_count() / 8) table.rehash(table.size() * 2);
}

// One Record per user, found by name or by slot; the name is stored once. Addresses and slots are stable until the
// record is erased. Owns the records; bounded by its owner. One thread.
template <class Record> class user_table {
  public:
    explicit user_table(const hash_seed& seed) : index_(0, by_name{seeded_hash(seed), &slots_}, same_name{&slots_}) {}
    user_table(const user_table&) = delete;
    user_table& operator=(const user_table&) = delete;

    [[nodiscard]] std::uint32_t find(std::string_view user) const noexcept {
        const auto at = index_.find(user);
        return at == index_.end() ? no_slot : *at;
    }
    [[nodiscard]] std::uint32_t find(const user_id& user) const noexcept { return find(user.view()); }

    // Precondition: the user has no record.
    [[nodiscard]] std::uint32_t insert(const user_id& user) {
        const std::uint32_t slot = slots_.insert(user);
        index_.insert(slot);
        return slot;
    }
    void erase(std::uint32_t slot) {
        index_.erase(slot);
        slots_.erase(slot);
        shrink_when_sparse(index_);
    }

    // Precondition of all three: the slot is in use.
    [[nodiscard]] Record& operator[](std::uint32_t slot) noexcept { return slots_[slot].record; }
    [[nodiscard]] const Record& operator[](std::uint32_t slot) const noexcept { return slots_[slot].record; }
    [[nodiscard]] const user_id& user_of(std::uint32_t slot) const noexcept { return slots_[slot].user; }

    [[nodiscard]] bool contains(std::uint32_t slot) const noexcept { return slots_.contains(slot); }
    [[nodiscard]] std::size_t size() const noexcept { return slots_.size(); }

    // fn(slot, Record&). fn may erase any record; what it inserts may or may not be visited.
    template <class Fn> void for_each(Fn&& fn) {
        slots_.for_each([&fn](std::uint32_t slot, entry& e) { fn(slot, e.record); });
    }
    template <class Fn> void for_each(Fn&& fn) const {
        slots_.for_each([&fn](std::uint32_t slot, const entry& e) { fn(slot, e.record); });
    }

  private:
    struct entry {
        explicit entry(const user_id& name) : user(name), record() {}
        user_id user;
        Record record;
    };
    struct by_name {
        using is_transparent = void;
        using is_avalanching = void;
        seeded_hash hash;
        const slot_table<entry>* slots;
        std::size_t operator()(std::string_view name) const noexcept { return hash(name); }
        std::size_t operator()(std::uint32_t slot) const noexcept { return hash((*slots)[slot].user); }
    };
    struct same_name {
        using is_transparent = void;
        const slot_table<entry>* slots;
        bool operator()(std::uint32_t a, std::uint32_t b) const noexcept { return a == b; }
        bool operator()(std::string_view name, std::uint32_t slot) const noexcept {
            return (*slots)[slot].user.view() == name;
        }
        bool operator()(std::uint32_t slot, std::string_view name) const noexcept { return (*this)(name, slot); }
    };

    slot_table<entry> slots_;
    boost::unordered_flat_set<std::uint32_t, by_name, same_name> index_;
};

} // namespace wsd
