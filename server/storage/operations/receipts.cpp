#include "common/base/planted_fault.hpp"
#include "common/protocol/chat_id.hpp"
#include "server/storage/operations/operations.hpp"
#include "server/storage/operations/room_receipts.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <utility>
#include <vector>

namespace wsd {
namespace {

// A receipt for one message looks at most at this many further entries for what else is settled.
constexpr std::uint64_t settle_steps_max = 128;
// It does so when the message is this far above the mark: not for every one of a few that come out of order.
constexpr std::uint64_t settle_distance = 64;
constexpr std::uint64_t settle_step = 16; // entries read in one go: mostly the first one stops it, or none does

state_change make_change(log_state& state, const message_row& row, const user_id& recipient) {
    return {.id = state.id_of(row),
            .author = state.user_name(row.sender),
            .recipient = recipient,
            .author_seq = row.sender_seq,
            .recipient_seq = row.recipient_seq,
            .state = row.state};
}

bool is_undelivered(log_state& state, const user_id& user, const message_row& row) {
    if (!is_room(row.chat)) return row.state == message_state::sent;
    return state_in_room(state, user, row) == message_state::sent;
}

// Moves the mark over entries that are settled, at most to `to`. Not over what has left the log: nobody confirmed it.
void settle_on(log_state& state, const user_id& name, log_state::user_head& user, std::uint64_t to) {
    if (user.row.settled + 1 < user.row.floor) return;
    std::vector<entry_row> entries;
    for (auto from = user.row.settled + 1; from <= to; from += settle_step) {
        entries.clear();
        state.tables().read_entries(user.row.key, from, std::min(to, from + settle_step - 1), entries);
        user.row.settled = from - 1;
        for (const entry_row& entry : entries) {
            if (is_addressed(entry)) {
                const auto message = state.find_message(entry.offset);
                if (message && is_undelivered(state, name, *message)) return;
            }
            ++user.row.settled;
        }
        if (entries.size() < std::min(to - from + 1, settle_step)) return; // damaged
    }
}

// How the tables learn that direct messages are delivered: by the user's settled mark, which then is put behind all of
// them at the price of one row, or by the row of each.
enum class delivered_by : std::uint8_t { mark, rows };

// Everything addressed to the user in from..to becomes delivered. False: the log is damaged there.
bool deliver_range(log_state& state, const user_id& name, const log_state::user_head& user, std::uint64_t from,
                   std::uint64_t to, delivered_by how, confirmed& outcome) {
    if (from > to) return true;
#ifdef WSD_PLANTED // and what the user may not have been sent yet
    if (is_planted("delivered_unconfirmed")) to = std::min(user.row.head, to + 5);
#endif
    std::vector<entry_row> entries;
    std::map<chat_key, message_row> newest; // of rooms: it stands for all before it
    state.tables().read_entries(user.row.key, from, to, entries);
    if (entries.size() != to - from + 1) return false;
    for (const entry_row& entry : entries) {
        if (!is_addressed(entry)) continue;
        auto message = state.find_message(entry.offset);
        if (!message || !is_undelivered(state, name, *message)) continue;
        if (is_room(message->chat)) {
            newest.insert_or_assign(message->chat, *message);
            continue;
        }
        message->state = message_state::delivered;
        if (how == delivered_by::mark) {
            state.state_moved(*message);
        } else {
            state.set_state(*message);
        }
        outcome.changes.push_back(make_change(state, *message, name));
    }
    for (const auto& [chat, message] : newest) move_position(state, name, message, receipt_kind::delivered, outcome);
    if (!outcome.changes.empty()) outcome.status = confirm_status::changed;
    return true;
}

// What left the user's log before it was confirmed. Of direct messages the mark tells; of each room all counts as
// delivered that is older than what is left of the log.
void deliver_trimmed(log_state& state, const user_id& name, const log_state::user_head& user, confirmed& outcome) {
    std::vector<entry_row> oldest;
    state.tables().read_entries(user.row.key, user.row.floor, user.row.floor, oldest);
    if (oldest.empty() && user.row.floor <= user.row.head) return; // damaged
    const auto below = oldest.empty() ? std::numeric_limits<std::uint64_t>::max() : oldest.front().offset;
    std::vector<room_row> rooms;
    state.tables().read_rooms(user.row.key, rooms);
    for (const room_row& each : rooms) {
        const auto last = find_last_below(state, name, each.key, below);
        if (last) move_position(state, name, *last, receipt_kind::delivered, outcome);
    }
}

std::optional<confirmed::read_position> move_read_position(log_state& state, const message_row& row,
                                                           const state_change& change) {
#ifdef WSD_PLANTED
    if (!is_planted("read_goes_back"))
#endif
        if (state.tables().find_read_position(row.recipient, row.chat) >= row.chat_seq) return std::nullopt;
    state.tables().set_read_position(row.recipient, row.chat, row.chat_seq);
    return confirmed::read_position{.chat = direct_chat_id(change.author, change.recipient), .chat_seq = row.chat_seq};
}

confirmed refuse(confirm_status status, message_state current = message_state::sent) {
    confirmed outcome;
    outcome.status = status;
    outcome.state = current;
    return outcome;
}

confirmed confirm_in_room(log_state& state, const confirm_message& operation, log_state::user_head& user,
                          const message_row& row) {
    const auto current = state_in_room(state, operation.user, row);
    if (!current) return refuse(confirm_status::not_found);
    if (row.sender == user.row.key) return refuse(confirm_status::not_authorized);
    const bool read = operation.kind == receipt_kind::read;
    const auto wanted = read ? message_state::read : message_state::delivered;
    if (*current >= wanted) return refuse(confirm_status::already, *current);
    if (read && *current == message_state::sent) return refuse(confirm_status::invalid_transition, *current);
    confirmed outcome;
    outcome.state = wanted;
    move_position(state, operation.user, row, operation.kind, outcome);
    // Where the message is in the user's log is not looked up: now and then all that is settled is passed.
    if (user.row.head > user.row.settled + settle_distance) {
        settle_on(state, operation.user, user, std::min(user.row.head, user.row.settled + settle_steps_max));
        state.put(user);
    }
    return outcome;
}

} // namespace

log_outcome apply(log_state& state, const confirm_message& operation, timestamp) {
    state.trim_rooms();
    auto user = state.find_user(operation.user);
    auto row = user ? state.find_message(operation.id) : std::nullopt;
    if (!row || row->kind != entry_kind::message) return refuse(confirm_status::not_found);
    if (is_room(row->chat)) return confirm_in_room(state, operation, *user, *row);
    if (row->sender == user->row.key) return refuse(confirm_status::not_authorized, row->state);
    if (row->recipient != user->row.key) return refuse(confirm_status::not_found);

    const bool read = operation.kind == receipt_kind::read;
    const auto wanted = read ? message_state::read : message_state::delivered;
    if (row->state >= wanted) return refuse(confirm_status::already, row->state);
    if (read && row->state == message_state::sent) return refuse(confirm_status::invalid_transition, row->state);

    row->state = wanted;
    state.set_state(*row);
    confirmed outcome;
    outcome.state = wanted;
    outcome.changes.push_back(make_change(state, *row, operation.user));
    if (read) outcome.read_position_moved = move_read_position(state, *row, outcome.changes.front());

    const auto seq = row->recipient_seq;
    if (seq == user->row.settled + 1) {
        user->row.settled = seq;
        state.put(*user);
    } else if (seq > user->row.settled + settle_distance) {
        settle_on(state, operation.user, *user, std::min(seq, user->row.settled + settle_steps_max));
        state.put(*user);
    }
    return outcome;
}

log_outcome apply(log_state& state, const confirm_up_to& operation, timestamp) {
    state.trim_rooms();
    auto user = state.find_user(operation.user);
    if (operation.up_to > (user ? user->row.head : 0)) return refuse(confirm_status::cursor_ahead);
    confirmed outcome = refuse(confirm_status::already, message_state::delivered);
    if (!user) return outcome;

    if (user->row.settled < operation.up_to) {
        const bool trimmed = user->row.settled + 1 < user->row.floor && operation.up_to + 1 >= user->row.floor;
        const auto from = std::max(user->row.settled + 1, user->row.floor);
        outcome.more = operation.up_to >= from && operation.up_to - from >= operation.entries_max;
        const auto to = outcome.more ? from + operation.entries_max - 1 : operation.up_to;
        if (!deliver_range(state, operation.user, *user, from, to, delivered_by::mark, outcome))
            return errc::persistence;
        if (trimmed) deliver_trimmed(state, operation.user, *user, outcome);
        user->row.settled = to;
        state.put_settled(*user);
        if (outcome.more) return outcome;
    }
    bool moved = false;
    if (!operation.device.empty()) {
        std::vector<device_row> devices;
        state.tables().read_devices(user->row.key, devices);
        const auto device = std::find_if(devices.begin(), devices.end(),
                                         [&](const device_row& row) { return row.device == operation.device; });
        if (device != devices.end() && (!device->position || *device->position < operation.up_to)) {
            device->position = operation.up_to;
            state.tables().put_device(user->row.key, *device);
            moved = true;
        }
    }
    if (moved) outcome.status = confirm_status::changed;
    return outcome;
}

log_outcome apply(log_state& state, const confirm_replayed& operation, timestamp) {
    state.trim_rooms();
    confirmed outcome = refuse(confirm_status::already, message_state::delivered);
    auto user = state.find_user(operation.user);
    if (!user) return outcome;
    const auto from = std::max({operation.from, user->row.settled + 1, user->row.floor});
    const auto to = std::min(operation.to, user->row.head);
    if (from > to) return outcome;
    const bool from_mark = operation.from <= user->row.settled + 1;
    const auto how = from_mark ? delivered_by::mark : delivered_by::rows;
    if (!deliver_range(state, operation.user, *user, from, to, how, outcome)) return errc::persistence;
    if (from_mark) {
        user->row.settled = to;
        state.put_settled(*user);
    }
    return outcome;
}

} // namespace wsd
