#include "server/storage/operations/room_receipts.hpp"

#include "common/protocol/chat_id.hpp"
#include "server/storage/room_queries.hpp"

#include <algorithm>
#include <unordered_set>
#include <vector>

namespace wsd {
namespace {

// Of what one receipt reaches, authors are looked for among so many messages, the newest ones: no log holds more by
// default. Authors of older ones only are not told.
constexpr std::uint64_t searched_max = 16'384;
constexpr std::uint64_t search_step = 256;

struct reached {
    const user_id& reader;
    receipt_kind kind;
    std::uint64_t from = 0; // chat_seq
    std::uint64_t to = 0;
};

// Finds each author's newest message among those reached, newest first.
class author_search {
  public:
    author_search(log_state& state, const room& where, const reached& range, confirmed& outcome)
        : state_(state), where_(where), range_(range), outcome_(outcome), left_(where.size() - 1) {}

    void run() {
        const auto end = std::max(range_.from, range_.to - std::min(range_.to, searched_max - 1));
        std::vector<place_row> places;
        for (auto to = range_.to; to >= end && left_ > 0;) {
            const auto from = to - end >= search_step ? to - search_step + 1 : end;
            places.clear();
            state_.tables().read_places(where_.key(), from, to, places);
            for (auto i = places.size(); i-- > 0 && left_ > 0;) look_at(places[i].offset);
            to = from - 1;
        }
    }

  private:
    void look_at(std::uint64_t offset) {
        const auto row = state_.find_message(offset);
        if (!row || !seen_.insert(static_cast<std::uint64_t>(row->sender)).second) return;
        const user_id author = state_.user_name(row->sender);
        // Who has left, or come again since, does not see the message any more.
        if (author == range_.reader || !room::sees(where_.find(author), row->offset)) return;
        --left_;
        const auto counts = where_.count_receipts(author, *row);
        const auto moved = range_.kind == receipt_kind::read ? counts.read : counts.delivered;
        outcome_.deliveries.push_back({.author = author,
                                       .room = where_.head().id,
                                       .message = state_.id_of(*row),
                                       .chat_seq = row->chat_seq,
                                       .counts = counts,
                                       .complete = moved == counts.total});
    }

    log_state& state_;
    const room& where_;
    const reached& range_;
    confirmed& outcome_;
    std::uint64_t left_; // members who may still be found as authors
    std::unordered_set<std::uint64_t> seen_;
};

} // namespace

std::optional<message_state> state_in_room(log_state& state, const user_id& user, const message_row& row) {
    const room* where = state.find_room(row.chat);
    const room::member* who = where != nullptr ? where->find(user) : nullptr;
    if (!room::sees(who, row.offset)) return std::nullopt;
    return state_for(who->row, row);
}

// Offsets ascend with the places in a room.
std::optional<message_row> find_last_below(log_state& state, const user_id& member, chat_key where,
                                           std::uint64_t offset) {
    const room* at = state.find_room(where);
    const room::member* who = at != nullptr ? at->find(member) : nullptr;
    if (who == nullptr) return std::nullopt;
    std::uint64_t found = 0;
    auto low = who->row.delivered + 1;
    auto high = state.tables().find_chat_head(where) + 1;
    std::vector<place_row> place;
    while (low < high) {
        const auto middle = low + (high - low) / 2;
        place.clear();
        state.tables().read_places(where, middle, middle, place);
        // None: it went by age, or what is read is damaged.
        const bool older = place.empty() || place.front().offset < offset;
        if (older && !place.empty()) found = place.front().offset;
        (older ? low : high) = older ? middle + 1 : middle;
    }
    const auto row = found == 0 ? std::nullopt : state.find_message(found);
    const bool whole = row && row->chat == where && row->kind == entry_kind::message && row->chat_seq + 1 == low;
    return whole ? row : std::nullopt;
}

void move_position(log_state& state, const user_id& user, const message_row& row, receipt_kind kind,
                   confirmed& outcome) {
    room& where = *state.find_room(row.chat);
    const member_row before = where.find(user)->row;
    const bool read = kind == receipt_kind::read;
    if (!where.move_position(user, row.chat_seq, read ? row.chat_seq : 0)) return;
    const member_row& now = where.find(user)->row;
    state.tables().set_positions(where.key(), now);
    outcome.status = confirm_status::changed;
    outcome.positions.push_back({.user = user, .room = where.head().id, .delivered = now.delivered, .read = now.read});
    if (read) outcome.read_position_moved = {.chat = room_chat_id(where.head().id), .chat_seq = now.read};
    const reached range{
        .reader = user, .kind = kind, .from = (read ? before.read : before.delivered) + 1, .to = row.chat_seq};
    author_search(state, where, range, outcome).run();
}

} // namespace wsd
