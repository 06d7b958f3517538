#include "server/storage/operations/operations.hpp"

#include <algorithm>
#include <vector>

namespace wsd {
namespace {

void remove_old_messages(log_state& state, timestamp now) {
    const log_retention& limits = state.retention();
    if (limits.history_max_ms == 0) return;
    state.remove_oldest(state.tables().find_first_since(now - limits.history_max_ms), limits.portion_max);
}

} // namespace

log_outcome apply(log_state& state, const trim_logs& operation, timestamp now) {
    trimmed outcome;
    state.age(now);
    const log_retention& limits = state.retention();
    const std::uint64_t first_kept =
        limits.age_max_ms > 0 ? state.tables().find_first_since(now - limits.age_max_ms) : 0;
    std::vector<user_key> users;
    state.tables().read_users(state.swept_up_to(), operation.users_max, users);
    state.set_swept_up_to(users.size() < operation.users_max ? user_key::none : users.back());
    for (const user_key key : users) {
        const user_id name = state.user_name(key);
        auto user = state.find_user(name);
        if (!user) continue;
        user->row.floor = find_entry_from(state.tables(), user->row, first_kept);
        if (user->row.floor <= user->row.stored_floor) continue;
        state.tables().set_floor(key, user->row.floor);
        user->row.stored_floor = user->row.floor;
        state.put(*user);
        ++outcome.users;
    }
    state.tables().blank_ended(limits.portion_max);
    remove_old_messages(state, now);
    return outcome;
}

} // namespace wsd
