#include "server/services/presence_service.hpp"

#include "server/services/room_frames.hpp"

#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

namespace wsd {
namespace {

constexpr std::size_t snapshot_users_max = 5000;
// Longer than clients are told to wait before they come back after a shutdown, which is a second and a millisecond for
// each of them.
milliseconds return_patience(const settings& options) {
    const auto all_back = milliseconds(options.max_connections) + milliseconds(30'000);
    return std::max({milliseconds(60'000), all_back, options.presence_offline_grace_ms});
}

// What the reader is asked for, in tickets.
constexpr std::uint64_t asks_contacts = 0;
constexpr std::uint64_t asks_members = 1;

presence_audience audience_of(choice::presence_audience chosen) {
    switch (chosen) {
    case choice::presence_audience::contacts:
        return presence_audience::contacts;
    case choice::presence_audience::all:
        return presence_audience::all;
    case choice::presence_audience::none:
        return presence_audience::none;
    }
    return presence_audience::none;
}

} // namespace

presence_service::presence_service(const surroundings& around, const hash_seed& seed)
    : around_(around), store_({.audience = audience_of(around.options.presence_audience),
                               .offline_grace = around.options.presence_offline_grace_ms,
                               .seed = seed}),
      writer_(store_.take_writer()), absent_due_(around.time.now() + return_patience(around.options)),
      absent_left_(!around.options.room_leave_on_disconnect) {}

void presence_service::on_message(presence_request&& message) {
    std::visit([this](auto&& event) { on(std::forward<decltype(event)>(event)); }, std::move(message));
}

void presence_service::on(connection_opened&& event) {
    if (!writer_.connected(event.user, around_.time.wall_ms())) return;
    if (const auto load = writer_.begin_contacts(event.user))
        read_contacts({.user = std::move(event.user), .number = *load}, {});
}

void presence_service::on(connection_ended&& event) {
    using departure = presence_writer::departure;
    writer_.disconnected(event.user, event.at_once ? departure::left : departure::lost, around_.time.now(),
                         around_.time.wall_ms());
}

void presence_service::on(presence_question&& question) {
    if (store_.is_online(question.user) && !store_.contacts_known(question.user))
        return loads_.hold(question.ticket, question.user);
    answer(question.ticket, question.user);
}

void presence_service::on(contacts_met&& event) { writer_.add_contact(event.a, event.b); }

void presence_service::on(members_moved&& event) {
    for (const membership_change& change : event.changes)
        change.joined ? writer_.enter(change.user, change.room) : writer_.leave(change.user, change.room);
}

// To the other members, if the author is one.
void presence_service::on(room_typing&& typing) {
    if (!store_.is_in(typing.author, typing.room)) return;
    std::vector<std::vector<user_id>> readers(around_.shard_count);
    store_.for_each_in(typing.room, [&](const user_id& user) {
        if (user != typing.author) readers[around_.shards.home_of(user)].push_back(user);
    });
    for (std::uint16_t shard = 0; shard < around_.shard_count; ++shard) {
        if (readers[shard].empty()) continue;
        room_typing notice{
            .author = typing.author, .room = typing.room, .action = typing.action, .users = std::move(readers[shard])};
        if (!around_.shards.try_post(shard, std::move(notice))) around_.metrics.count<metric::typing_dropped>();
    }
}

void presence_service::on(read_reply&& reply) {
    if (reply.ticket.request == asks_members) return absent_read(reply);
    auto load = loads_.answer_oldest();
    if (load) contacts_read(*std::move(load), std::get_if<contact_list>(&reply.outcome));
}

void presence_service::read_contacts(contact_load&& load, const contact_place& after) {
    read_job job{.ticket = {.connection = {.shard = mailbox_index()}, .request = asks_contacts},
                 .what = contacts_request{.user = load.user, .after = after}};
    if (around_.reader.try_submit(std::move(job))) return loads_.ask(std::move(load));
    contacts_read(std::move(load), nullptr);
}

// Null: the log can't be read now. Presence of this user is wrong until it reconnects; nothing else is.
void presence_service::contacts_read(contact_load&& load, const contact_list* page) {
    if (!store_.awaits_contacts(load.user, load.number)) { // it has gone; if it is here again, with a load of its own
        if (!store_.is_online(load.user)) answer_held(load.user);
        return;
    }
    if (page == nullptr) {
        writer_.miss_contacts(load.user);
    } else if (page->users.size() < contacts_request{}.max) {
        writer_.set_contacts(load.user, page->users, page->rooms);
    } else {
        writer_.add_contacts(load.user, page->users);
        return read_contacts(std::move(load), page->last);
    }
    answer_held(load.user);
}

void presence_service::answer_held(const user_id& viewer) {
    for (const store_ticket& ticket : loads_.release(viewer)) answer(ticket, viewer);
}

void presence_service::answer(const store_ticket& ticket, const user_id& viewer) {
    presence_snapshot snapshot{.truncated = true}; // of a user that is not tracked: nothing is known about anybody
    if (store_.contacts_known(viewer)) snapshot = writer_.snapshot(viewer, snapshot_users_max);
    snapshot.ticket = ticket;
    around_.shards.post(ticket.connection.shard, std::move(snapshot));
}

void presence_service::tick() {
    const steady_time now = around_.time.now();
    presence_tick told = writer_.advance(now, around_.time.wall_ms());
    const std::vector<user_id> gone = std::exchange(told.gone, {});
    around_.metrics.count<metric::presence_transitions>(label::presence::online, told.came);
    around_.metrics.count<metric::presence_transitions>(label::presence::offline, told.went);
    if (!told.changes.empty()) tell_audience(std::move(told));
    if (!around_.options.room_leave_on_disconnect) return;
    for (const user_id& user : gone) leave_rooms_of(user);
    look_for_absent(now);
}

void presence_service::tell_audience(presence_tick&& told) {
    std::vector<presence_batch> batches(around_.shard_count);
    for (const auto& viewer : told.viewers) {
        presence_batch& batch = batches[around_.shards.home_of(viewer.user)];
        const auto begin = static_cast<std::uint32_t>(batch.told.size());
        batch.told.insert(batch.told.end(), told.told.begin() + viewer.begin, told.told.begin() + viewer.end);
        batch.receivers.push_back(
            {.user = viewer.user, .begin = begin, .end = static_cast<std::uint32_t>(batch.told.size())});
    }
    const bool everyone = around_.options.presence_audience == choice::presence_audience::all;
    const auto changes = std::make_shared<const std::vector<presence_change>>(std::move(told.changes));
    for (std::uint16_t shard = 0; shard < around_.shard_count; ++shard) {
        presence_batch& batch = batches[shard];
        if (batch.receivers.empty() && !everyone) continue;
        batch.everyone = everyone;
        batch.changes = changes;
        around_.shards.post(shard, std::move(batch));
    }
}

// Goes beyond the bounds of the store's queue: once per user that went offline. While the log can't be written nobody
// leaves; they do when it can.
void presence_service::leave_rooms_of(const user_id& user) {
    log_operation leave = leave_rooms{.user = user, .rules = rules_of(around_.options)};
    around_.store.submit_reserved({.ticket = {}, .command = std::move(leave)});
    around_.store.wake();
}

// A restart makes nobody leave; whoever does not come back in time is taken to have gone offline with it.
void presence_service::look_for_absent(steady_time now) {
    if (absent_left_ || now < absent_due_) return;
    read_job job{.ticket = {.connection = {.shard = mailbox_index()}, .request = asks_members},
                 .what = members_request{}};
    absent_left_ = around_.reader.try_submit(std::move(job));
}

void presence_service::absent_read(const read_reply& reply) {
    const auto* page = std::get_if<member_page>(&reply.outcome);
    if (page == nullptr) { // the log can't be read now
        absent_left_ = false;
        return;
    }
    for (const user_id& user : page->users)
        if (!store_.is_online(user)) leave_rooms_of(user);
    members_request next{.after = page->last};
    if (page->users.size() < next.max) return;
    read_job job{.ticket = reply.ticket, .what = next};
    if (!around_.reader.try_submit(std::move(job))) absent_left_ = false; // from the beginning, at the next tick
}

} // namespace wsd
