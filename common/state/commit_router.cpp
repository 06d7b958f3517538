#include "common/state/commit_router.hpp"

#include "common/base/ensure.hpp"

#include <algorithm>
#include <variant>

namespace wsd {

commit_router::commit_router(std::uint16_t shards, std::size_t max_attached)
    : attachments_(max_attached), batches_(std::max<std::size_t>(shards, 1)) {}

void commit_router::add(store_request&& request) {
    ensure(request.ticket.connection.shard < batches_.size(), "a ticket names a shard that exists");
    if (auto* operation = std::get_if<log_operation>(&request.command)) {
        steps_.push_back({request.ticket, operations_.size(), {}});
        operations_.push_back(std::move(*operation));
        outcomes_.emplace_back(errc::persistence);
    } else {
        steps_.push_back({request.ticket, no_operation, std::get<close_user>(std::move(request.command)).user});
    }
}

std::size_t commit_router::add_postponed(std::size_t max) {
    std::size_t added = 0;
    for (; added < max; ++added) {
        std::optional<leave_rooms> leave = postponed_.take();
        if (!leave) break;
        log_operation operation = std::move(*leave);
        add({.ticket = {}, .command = std::move(operation)});
    }
    return added;
}

void commit_router::route_success() {
    for (step& at : steps_) {
        if (at.operation == no_operation) {
            attachments_.detach(at.closed);
            continue;
        }
        const log_operation& operation = operations_[at.operation];
        log_outcome& outcome = outcomes_[at.operation];
        if (const auto* open = std::get_if<open_user>(&operation)) {
            attach(*open, at, outcome);
        } else if (const auto* done = std::get_if<appended>(&outcome)) {
            route(std::get<append_direct>(operation), *done);
        } else if (auto* receipt = std::get_if<confirmed>(&outcome)) {
            route(*receipt);
        } else if (auto* mutation = std::get_if<mutated>(&outcome)) {
            route(*mutation);
        } else if (auto* post = std::get_if<posted>(&outcome)) {
            route(*post);
        } else if (auto* change = std::get_if<room_changed>(&outcome)) {
            route(*change);
        } else if (auto* left = std::get_if<rooms_left>(&outcome)) {
            route(*left);
        }
        complete(at, std::move(outcome));
    }
}

void commit_router::route_failure(const reopen_function& reopen) {
    for (step& at : steps_) {
        if (at.operation == no_operation) {
            attachments_.detach(at.closed);
            continue;
        }
        log_outcome outcome = errc::persistence;
        if (auto* leave = std::get_if<leave_rooms>(&operations_[at.operation])) {
            postponed_.add(std::move(*leave));
            continue;
        }
        if (const auto* open = std::get_if<open_user>(&operations_[at.operation])) {
            outcome = reopen(*open);
            attach(*open, at, outcome);
        }
        complete(at, std::move(outcome));
    }
}

void commit_router::hand_out(const deliver_function& deliver, const contacts_function& contacts_made) {
    const bool several = batches_.size() > 1;
    for (std::size_t shard = 0; several && shard < batches_.size(); ++shard) {
        store_batch& all = batches_[shard];
        if (all.completions.empty() && all.entries.empty()) continue;
        // A second batch follows when there are entries, also an empty one: it tells that the commit is settled.
        all.settled = all.entries.empty();
        store_batch first;
        first.settled = all.settled;
        first.completions.swap(all.completions);
        first.entries.swap(all.entries);
        deliver(static_cast<std::uint16_t>(shard), std::move(first));
    }
    for (std::size_t shard = 0; shard < batches_.size(); ++shard) {
        if (batches_[shard].empty() && batches_[shard].settled) continue;
        batches_[shard].settled = true;
        deliver(static_cast<std::uint16_t>(shard), std::move(batches_[shard]));
        batches_[shard] = {};
    }
    for (const auto& [a, b] : contacts_) contacts_made(a, b);
    contacts_.clear();
    steps_.clear();
    operations_.clear();
    outcomes_.clear();
}

void commit_router::attach(const open_user& operation, const step& at, log_outcome& outcome) {
    if (!std::holds_alternative<opened_user>(outcome)) return;
    if (!attachments_.attach(operation.user, at.ticket.connection.shard)) outcome = errc::busy;
}

void commit_router::route(const append_direct& operation, const appended& outcome) {
    if (outcome.duplicate) return;
    const auto sender_shard = attachments_.find(operation.sender);
    const auto recipient_shard = attachments_.find(operation.recipient);
    const auto entry = [&](std::uint64_t seq) {
        return log_entry{
            .seq = seq, .kind = entry_kind::message, .state = message_state::sent, .message = outcome.message};
    };
    const auto add = [&](std::uint16_t shard, const user_id& user, std::uint64_t seq) {
        auto& entries = batches_[shard].entries;
        if (entries.empty()) entries.reserve(2 * steps_.size());
        entries.push_back({user, entry(seq), outcome.contacts});
    };
    if (sender_shard) add(*sender_shard, operation.sender, outcome.sender_seq);
    if (recipient_shard) {
        add(*recipient_shard, operation.recipient, outcome.recipient_seq);
    } else if (sender_shard) {
        batches_[*sender_shard].offline.push_back(
            {operation.sender, operation.recipient, outcome.message->id, outcome.contacts});
    }
    if (outcome.new_contacts) contacts_.emplace_back(operation.sender, operation.recipient);
}

void commit_router::route(confirmed& outcome) {
    for (const state_change& change : outcome.changes) {
        const auto author_shard = attachments_.find(change.author);
        const auto recipient_shard = attachments_.find(change.recipient);
        if (author_shard) batches_[*author_shard].changes.push_back(change);
        if (recipient_shard && recipient_shard != author_shard) {
            batches_[*recipient_shard].changes.push_back(change);
        }
    }
    outcome.changes.clear();
    for (room_position& position : outcome.positions) {
        const auto shard = attachments_.find(position.user);
        if (shard) batches_[*shard].positions.push_back(std::move(position));
    }
    outcome.positions.clear();
    for (room_delivery& delivery : outcome.deliveries) {
        const auto shard = attachments_.find(delivery.author);
        if (shard) batches_[*shard].deliveries.push_back(std::move(delivery));
    }
    outcome.deliveries.clear();
}

void commit_router::route(const logged_record& what) {
    for (const logged_entry& place : what.entries) {
        const auto shard = attachments_.find(place.user);
        if (!shard) continue;
        log_entry entry{.seq = place.seq, .kind = what.kind, .state = message_state::sent, .message = what.record};
        auto& entries = batches_[*shard].entries;
        if (entries.empty()) entries.reserve(what.entries.size());
        entries.push_back({place.user, std::move(entry)});
    }
}

void commit_router::route(posted& outcome) {
    if (outcome.duplicate || outcome.status != post_status::stored) return;
    route({.kind = entry_kind::message, .record = outcome.message, .entries = std::exchange(outcome.entries, {})});
}

void commit_router::note_members(const logged_record& event) {
    const room_id& room = event.record->room;
    if (event.kind == entry_kind::room_deleted) {
        for (const logged_entry& each : event.entries) moved_.push_back({.user = each.user, .room = room});
    } else {
        const bool joined = event.kind == entry_kind::member_joined;
        moved_.push_back({.user = event.record->recipient, .room = room, .joined = joined});
    }
}

// Behind what was told of the room before: a shard may still hold some of that back.
void commit_router::note_departure(const logged_record& event) {
    const room_id& room = event.record->room;
    if (event.kind == entry_kind::room_deleted) {
        for (store_batch& batch : batches_) batch.rooms.push_back({.room = {}, .gone = room, .ended = true});
        for (const logged_entry& each : event.entries) {
            if (const auto shard = attachments_.find(each.user))
                batches_[*shard].rooms.back().users.push_back(each.user);
        }
    } else if (event.kind == entry_kind::member_left) {
        const user_id& user = event.record->recipient;
        if (const auto shard = attachments_.find(user))
            batches_[*shard].rooms.push_back({.room = {}, .users = {user}, .gone = room});
    }
}

void commit_router::route(rooms_left& outcome) {
    for (room_changed& change : outcome.rooms) route(change);
    outcome.rooms.clear();
}

void commit_router::route(room_changed& outcome) {
    for (const logged_record& record : outcome.records) {
        note_members(record);
        note_departure(record);
        route(record);
    }
    if (outcome.changed && outcome.room) route_state(outcome);
    outcome.records.clear();
    outcome.audience.clear();
    outcome.removed = {};
}

void commit_router::route_state(const room_changed& outcome) {
    std::vector<room_update> updates(batches_.size());
    for (const user_id& user : outcome.audience) {
        if (const auto shard = attachments_.find(user)) updates[*shard].users.push_back(user);
    }
    for (std::size_t shard = 0; shard < updates.size(); ++shard) {
        if (updates[shard].users.empty()) continue;
        updates[shard].room = outcome.room;
        if (!outcome.patch.empty()) updates[shard].patch = outcome.patch;
        batches_[shard].rooms.push_back(std::move(updates[shard]));
    }
    const auto shard = outcome.removed.empty() ? std::nullopt : attachments_.find(outcome.removed);
    if (shard) batches_[*shard].rooms.push_back({.room = outcome.room, .users = {outcome.removed}, .at_once = true});
}

void commit_router::route(mutated& outcome) {
    if (outcome.status != mutation_status::changed) return;
    const auto send = [&](const user_id& user, std::uint64_t seq) {
        const auto shard = attachments_.find(user);
        if (!shard) return;
        const log_entry entry{
            .seq = seq, .kind = outcome.kind, .state = outcome.state, .message = outcome.message, .at = outcome.at};
        batches_[*shard].entries.push_back({user, entry});
    };
    for (const logged_entry& entry : outcome.entries) send(entry.user, entry.seq);
    outcome.entries.clear();
    if (!outcome.message->room.empty()) return;
    send(outcome.message->sender, outcome.author_seq);
    send(outcome.message->recipient, outcome.recipient_seq);
}

void commit_router::complete(step& from, log_outcome&& outcome) {
    auto& completions = batches_[from.ticket.connection.shard].completions;
    if (completions.empty()) completions.reserve(steps_.size());
    completions.push_back({from.ticket, std::move(outcome)});
}

} // namespace wsd
