#include "common/protocol/chat_id.hpp"
#include "server/storage/operations/operations.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace wsd {
namespace {

// A receipt for one message looks at most at this many further entries for what else is settled.
constexpr std::uint64_t settle_steps_max = 128;
// It does so when the message is this far above the mark: not for every one of a few that come out of order.
constexpr std::uint64_t settle_distance = 64;

state_change make_change(log_state& state, const message_row& row, const user_id& recipient) {
    return {.id = state.id_of(row),
            .author = state.user_name(row.sender),
            .recipient = recipient,
            .author_seq = row.sender_seq,
            .recipient_seq = row.recipient_seq,
            .state = row.state};
}

// Moves the mark over entries that are settled, at most to `to`.
void settle_on(log_state& state, log_state::user_head& user, std::uint64_t to) {
    std::vector<entry_row> entries;
    const auto from = std::max(user.row.settled + 1, user.row.floor);
    state.tables().read_entries(user.row.key, from, to, entries);
    user.row.settled = from - 1;
    for (const entry_row& entry : entries) {
        if (is_addressed(entry)) {
            const auto message = state.find_message(entry.offset);
            if (message && message->state == message_state::sent) return;
        }
        ++user.row.settled;
    }
}

// Everything addressed to the user in from..to becomes delivered.
std::vector<state_change> deliver_range(log_state& state, const user_id& name, const log_state::user_head& user,
                                        std::uint64_t from, std::uint64_t to) {
    std::vector<state_change> changes;
    std::vector<entry_row> entries;
    state.tables().read_entries(user.row.key, from, to, entries);
    for (const entry_row& entry : entries) {
        if (!is_addressed(entry)) continue;
        auto message = state.find_message(entry.offset);
        if (!message || message->state != message_state::sent) continue;
        message->state = message_state::delivered;
        state.set_state(*message);
        changes.push_back(make_change(state, *message, name));
    }
    return changes;
}

std::optional<confirmed::read_position> move_read_position(log_state& state, const message_row& row,
                                                           const state_change& change) {
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

} // namespace

log_outcome apply(log_state& state, const confirm_message& operation, timestamp) {
    auto user = state.find_user(operation.user);
    auto row = user ? state.find_message(operation.id) : std::nullopt;
    if (!row) return refuse(confirm_status::not_found);
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
        state.put(operation.user, *user);
    } else if (seq > user->row.settled + settle_distance) {
        settle_on(state, *user, std::min(seq, user->row.settled + settle_steps_max));
        state.put(operation.user, *user);
    }
    return outcome;
}

log_outcome apply(log_state& state, const confirm_up_to& operation, timestamp) {
    auto user = state.find_user(operation.user);
    if (operation.up_to > (user ? user->row.head : 0)) return refuse(confirm_status::cursor_ahead);
    confirmed outcome = refuse(confirm_status::already, message_state::delivered);
    if (!user) return outcome;

    const auto from = std::max(user->row.settled + 1, user->row.floor);
    if (from <= operation.up_to) {
        outcome.changes = deliver_range(state, operation.user, *user, from, operation.up_to);
        user->row.settled = operation.up_to;
        state.put(operation.user, *user);
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
    if (moved || !outcome.changes.empty()) outcome.status = confirm_status::changed;
    return outcome;
}

log_outcome apply(log_state& state, const confirm_replayed& operation, timestamp) {
    confirmed outcome = refuse(confirm_status::already, message_state::delivered);
    auto user = state.find_user(operation.user);
    if (!user) return outcome;
    const auto from = std::max({operation.from, user->row.settled + 1, user->row.floor});
    const auto to = std::min(operation.to, user->row.head);
    if (from > to) return outcome;
    outcome.changes = deliver_range(state, operation.user, *user, from, to);
    if (operation.from <= user->row.settled + 1) {
        user->row.settled = to;
        state.put(operation.user, *user);
    }
    if (!outcome.changes.empty()) outcome.status = confirm_status::changed;
    return outcome;
}

} // namespace wsd
