#include "common/state/room_broadcasts.hpp"

#include <algorithm>

namespace wsd {
namespace {

void remove_users(std::optional<room_update>& waiting, std::span<const user_id> gone) {
    if (!waiting) return;
    std::erase_if(waiting->users,
                  [gone](const user_id& user) { return std::find(gone.begin(), gone.end(), user) != gone.end(); });
    if (waiting->users.empty()) waiting.reset();
}

} // namespace

bool room_broadcasts::offer(const room_update& update, steady_time now) {
    if (!update.patch) {
        const auto [at, fresh] = rooms_.try_emplace(update.room->head.id, record{.next = now + interval});
        if (!fresh) at->second.members = update;
        return fresh;
    }
    const auto at = rooms_.find(update.room->head.id);
    if (at == rooms_.end() || (!at->second.members && !at->second.patch)) return true;
    std::optional<room_update>& waiting = at->second.patch;
    room_patch earlier = waiting ? *waiting->patch : room_patch{};
    waiting = update;
    if (!waiting->patch->name) waiting->patch->name = std::move(earlier.name);
    if (!waiting->patch->thumbnail_url) waiting->patch->thumbnail_url = std::move(earlier.thumbnail_url);
    if (!waiting->patch->policy) waiting->patch->policy = earlier.policy;
    return false;
}

void room_broadcasts::drop(const room_id& room, std::span<const user_id> users) {
    const auto at = rooms_.find(room);
    if (at == rooms_.end()) return;
    remove_users(at->second.members, users);
    remove_users(at->second.patch, users);
}

} // namespace wsd
