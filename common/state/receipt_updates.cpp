#include "common/state/receipt_updates.hpp"

#include "common/state/user_table.hpp"

#include <utility>

namespace wsd {

std::optional<room_delivery> receipt_updates::offer(room_delivery update, steady_time now) {
    const std::uint64_t key = hash_(update.author.view(), update.room.view());
    const auto found = index_.find(key);
    if (found == index_.end()) {
        if (records_.size() >= pairs_max_) return update;
        const std::uint32_t slot = records_.insert(record{.key = key, .due = {}, .waiting = {}, .links = {}});
        index_.emplace(key, slot);
        wait_again(slot, now);
        return update;
    }
    const std::uint32_t slot = found->second;
    record& known = records_[slot];
    const bool newer_waits = known.waiting && known.waiting->chat_seq > update.chat_seq;
    if (update.complete) {
        if (newer_waits) return update; // what waits is about another message, and keeps its time
    } else if (now < known.due) {
        if (!newer_waits) known.waiting = std::move(update);
        return std::nullopt;
    } else if (newer_waits) {
        update = *std::move(known.waiting);
    }
    known.waiting.reset();
    wait_again(slot, now);
    return update;
}

void receipt_updates::forget(const user_id& author, const room_id& room) {
    const auto found = index_.find(hash_(author.view(), room.view()));
    if (found != index_.end()) erase(found->second);
}

void receipt_updates::wait_again(std::uint32_t slot, steady_time now) {
    by_due_.remove(slot, links());
    records_[slot].due = now + interval;
    by_due_.push_back(slot, links());
}

void receipt_updates::erase(std::uint32_t slot) {
    by_due_.remove(slot, links());
    index_.erase(records_[slot].key);
    records_.erase(slot);
    shrink_when_sparse(index_);
}

} // namespace wsd
