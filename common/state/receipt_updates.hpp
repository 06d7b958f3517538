#pragma once

#include "common/base/clock.hpp"
#include "common/base/seeded_hash.hpp"
#include "common/state/index_list.hpp"
#include "common/state/receipt_records.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>

namespace wsd {

// Merges what authors are told of receipts for their messages in a room: the first at once, what follows within a
// second in one at its end, about the newest message; at once whatever completes a count. Lives on the authors' shard's
// thread. Holds the pairs of author and room that were told something within the last second, under a keyed hash of
// 64 bits; beyond pairs_max nothing is merged.
class receipt_updates {
  public:
    struct options {
        std::size_t pairs_max = 1 << 16;
        hash_seed seed{};
    };
    explicit receipt_updates(const options& o) : pairs_max_(o.pairs_max), hash_(o.seed) {}

    static constexpr milliseconds interval{1000};

    // What the author is to be told now; nullopt: it waits.
    [[nodiscard]] std::optional<room_delivery> offer(room_delivery update, steady_time now);
    // fn(const room_delivery&) for what has waited long enough. fn must not change the store.
    template <class Fn> void take_due(steady_time now, Fn&& fn);
    // The author is no member of the room any more: what waits is not said.
    void forget(const user_id& author, const room_id& room);

    [[nodiscard]] std::size_t size() const noexcept { return records_.size(); }

  private:
    struct record {
        std::uint64_t key = 0;
        steady_time due; // until then nothing is said; what waits is said then
        std::optional<room_delivery> waiting;
        list_links links;
    };
    struct already_hashed {
        using is_avalanching = void;
        std::size_t operator()(std::uint64_t key) const noexcept { return key; }
    };
    [[nodiscard]] auto links() noexcept {
        return [this](std::uint32_t slot) -> list_links& { return records_[slot].links; };
    }
    void wait_again(std::uint32_t slot, steady_time now);
    void erase(std::uint32_t slot);

    std::size_t pairs_max_;
    seeded_hash hash_;
    slot_table<record> records_;
    boost::unordered_flat_map<std::uint64_t, std::uint32_t, already_hashed> index_;
    index_list by_due_;
};

template <class Fn> void receipt_updates::take_due(steady_time now, Fn&& fn) {
    while (!by_due_.empty() && records_[by_due_.first].due <= now) {
        const std::uint32_t slot = by_due_.first;
        record& oldest = records_[slot];
        if (!oldest.waiting) {
            erase(slot);
            continue;
        }
        fn(*oldest.waiting);
        oldest.waiting.reset();
        wait_again(slot, now);
    }
}

} // namespace wsd
