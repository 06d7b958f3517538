#include "server/storage/sync_queries.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace wsd {
namespace {

// Entries looked at in one go, from the head downwards.
constexpr std::uint64_t sync_step = 256;

class sync_reader {
  public:
    sync_reader(log_source& source, const store_name& store) : source_(source), store_(store) {}

    sync_state read(const sync_request& request) {
        sync_state state;
        const user_row user = source_.find_user(request.user).value_or(user_row{});
        state.head = user.head;
        state.floor = user.floor;
        if (!find(user, request.last_message, last_message_)) {
            state.unknown = request.last_message;
            return state;
        }
        if (!find(user, request.last_read, last_read_)) {
            state.unknown = request.last_read;
            return state;
        }
        room_sight sight(source_, user.key);
        const auto end = std::max(user.floor, std::min(last_message_, last_read_) + 1);
        std::vector<entry_row> entries;
        for (auto to = user.head; to >= end && !source_.failed() && !is_full(state);) {
            const auto from = to - end >= sync_step ? to - sync_step + 1 : end;
            entries.clear();
            source_.read_entries(user.key, from, to, entries);
            for (auto i = entries.size(); i-- > 0;) add(state, sight, entries[i], from + i);
            to = from - 1;
        }
        std::reverse(state.delivered.begin(), state.delivered.end());
        std::reverse(state.read.begin(), state.read.end());
        return state;
    }

  private:
    bool find(const user_row& user, const std::string& id, std::uint64_t& position) {
        if (id.empty()) return true;
        const auto seq = find_in_log(source_, store_, user, id);
        position = seq.value_or(0);
        return seq.has_value();
    }

    static bool is_full(const sync_state& state) {
        return state.undelivered >= sync_state::ids_max && state.delivered.size() >= sync_state::ids_max &&
               state.read.size() >= sync_state::ids_max;
    }

    void add(sync_state& state, room_sight& sight, const entry_row& entry, std::uint64_t seq) {
        if (!is_addressed(entry)) return;
        const auto row = source_.find_message(entry.offset);
        if (!row) return;
        const room_sight::seen now = sight.look(*row);
        if (now.hidden) return;
        if (now.state == message_state::sent) {
            if (seq > last_message_ && state.undelivered < sync_state::ids_max) ++state.undelivered;
            return;
        }
        const bool delivered = now.state == message_state::delivered;
        auto& ids = delivered ? state.delivered : state.read;
        if (seq > (delivered ? last_message_ : last_read_) && ids.size() < sync_state::ids_max)
            ids.push_back(message_id::make(row->sent_at, store_.tag, row->offset));
    }

    log_source& source_;
    const store_name& store_;
    std::uint64_t last_message_ = 0; // seq
    std::uint64_t last_read_ = 0;
};

} // namespace

sync_state read_sync(log_source& source, const store_name& store, const sync_request& request) {
    return sync_reader(source, store).read(request);
}

} // namespace wsd
