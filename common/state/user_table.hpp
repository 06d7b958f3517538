#pragma once

#include "common/base/ids.hpp"
#include "common/base/octet_words.hpp"
#include "common/base/seeded_hash.hpp"
#include "common/state/slot_table.hpp"

#include <boost/unordered/unordered_flat_set.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

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
    explicit user_table(const hash_seed& seed) : hash_(seed), index_(0, key_hash{}, same_key{&slots_}) {}
    user_table(const user_table&) = delete;
    user_table& operator=(const user_table&) = delete;

    [[nodiscard]] std::uint32_t find(std::string_view user) const noexcept {
        guess& likely = guess_for(user);
        for (const std::uint32_t slot : {likely.last, likely.before})
            if (slot != no_slot && slots_[slot].user.view() == user) return slot;
        const auto at = index_.find(name_key{.name = user, .hash = hash_of(user)});
        if (at == index_.end()) return no_slot;
        likely.put(at->slot);
        return at->slot;
    }
    [[nodiscard]] std::uint32_t find(const user_id& user) const noexcept { return find(user.view()); }

    // Precondition: the user has no record.
    [[nodiscard]] std::uint32_t insert(const user_id& user) {
        const std::uint32_t hash = hash_of(user.view());
        const std::uint32_t slot = slots_.insert(user, hash);
        index_.insert({.slot = slot, .hash = hash});
        if (slots_.size() > guesses_.size()) guesses_.assign(guesses_.size() * 2, guess{});
        guess_for(user.view()).put(slot);
        return slot;
    }
    void erase(std::uint32_t slot) {
        guess_for(slots_[slot].user.view()).remove(slot);
        index_.erase({.slot = slot, .hash = slots_[slot].hash});
        slots_.erase(slot);
        shrink_when_sparse(index_);
        if (guesses_.size() > guesses_min && slots_.size() < guesses_.size() / 8)
            guesses_ = std::vector<guess>(guesses_.size() / 4);
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
        entry(const user_id& name, std::uint32_t name_hash) : user(name), hash(name_hash), record() {}
        user_id user;
        std::uint32_t hash;
        Record record;
    };
    // The hash stands beside the slot, so that growing the index touches neither names nor records.
    struct key {
        std::uint32_t slot = no_slot;
        std::uint32_t hash = 0;
    };
    struct name_key {
        std::string_view name;
        std::uint32_t hash = 0;
    };
    struct key_hash {
        using is_transparent = void;
        std::size_t operator()(const key& k) const noexcept { return k.hash; }
        std::size_t operator()(const name_key& k) const noexcept { return k.hash; }
    };
    struct same_key {
        using is_transparent = void;
        const slot_table<entry>* slots;
        bool operator()(const key& a, const key& b) const noexcept { return a.slot == b.slot; }
        bool operator()(const name_key& n, const key& k) const noexcept {
            return n.hash == k.hash && (*slots)[k.slot].user.view() == n.name;
        }
        bool operator()(const key& k, const name_key& n) const noexcept { return (*this)(n, k); }
    };

    // The two users who were last asked for under one code. The code is cheap and not secret: names chosen to have the
    // same one only take the way over the index, whose hash is keyed.
    struct guess {
        std::uint32_t last = no_slot;
        std::uint32_t before = no_slot;

        void put(std::uint32_t slot) noexcept { before = std::exchange(last, slot); }
        void remove(std::uint32_t slot) noexcept {
            if (before == slot) before = no_slot;
            if (last == slot) last = std::exchange(before, no_slot);
        }
    };
    [[nodiscard]] guess& guess_for(std::string_view name) const noexcept {
        return guesses_[cheap_code(name) & (guesses_.size() - 1)];
    }
    static std::size_t cheap_code(std::string_view name) noexcept {
        std::uint64_t first = 0;
        std::uint64_t last = 0;
        if (name.size() >= 8) {
            first = word_at<std::uint64_t>(name.data());
            last = word_at<std::uint64_t>(name.data() + name.size() - 8);
        } else {
            for (const char c : name) first = first << 8 | static_cast<unsigned char>(c);
        }
        // Names mostly differ in their last characters, the highest bits of a word, and a product's bits depend only on
        // lower ones.
        const std::uint64_t both = std::rotl(first, 29) ^ last ^ name.size();
        return static_cast<std::size_t>((both ^ both >> 32) * 0x9e37'79b9'7f4a'7c15 >> 32);
    }
    [[nodiscard]] std::uint32_t hash_of(std::string_view name) const noexcept {
        return static_cast<std::uint32_t>(hash_(name));
    }

    static constexpr std::size_t guesses_min = 64;

    seeded_hash hash_;
    slot_table<entry> slots_;
    boost::unordered_flat_set<key, key_hash, same_key> index_;
    mutable std::vector<guess> guesses_ = std::vector<guess>(guesses_min); // a power of two
};

} // namespace wsd
