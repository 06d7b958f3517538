#include "server/services/presence_service.hpp"

#include <utility>
#include <variant>
#include <vector>

namespace wsd {
namespace {

constexpr std::size_t snapshot_users_max = 5000;

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
      writer_(store_.take_writer()) {}

void presence_service::on_message(presence_request&& message) {
    std::visit([this](auto&& event) { on(std::forward<decltype(event)>(event)); }, std::move(message));
}

void presence_service::on(connection_opened&& event) {
    const bool tracked = writer_.connected(event.user, around_.time.wall_ms());
    if (tracked && !store_.contacts_known(event.user)) load_contacts(event.user);
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

void presence_service::on(read_reply&& reply) {
    const auto user = loads_.finish_oldest();
    if (!user) return;
    const auto* contacts = std::get_if<std::vector<user_id>>(&reply.outcome);
    contacts_loaded(*user, contacts == nullptr ? std::span<const user_id>{} : std::span<const user_id>(*contacts));
}

void presence_service::load_contacts(const user_id& user) {
    read_job job{.ticket = {.connection = {.shard = mailbox_index()}}, .what = contacts_request{.user = user}};
    if (around_.reader.try_submit(std::move(job))) return loads_.begin(user);
    contacts_loaded(user, {}); // presence of this user is wrong until it reconnects; nothing else is
}

void presence_service::contacts_loaded(const user_id& user, std::span<const user_id> contacts) {
    writer_.set_contacts(user, contacts);
    for (const store_ticket& ticket : loads_.release(user)) answer(ticket, user);
}

void presence_service::answer(const store_ticket& ticket, const user_id& viewer) {
    presence_snapshot snapshot{.truncated = true}; // of a user that is not tracked: nothing is known about anybody
    if (store_.contacts_known(viewer)) snapshot = writer_.snapshot(viewer, snapshot_users_max);
    snapshot.ticket = ticket;
    around_.shards.post(ticket.connection.shard, std::move(snapshot));
}

void presence_service::tick() {
    presence_tick told = writer_.advance(around_.time.now(), around_.time.wall_ms());
    if (told.changes.empty()) return;
    for (const presence_change& change : told.changes)
        around_.metrics.count<metric::presence_transitions>(change.online ? label::presence::online
                                                                          : label::presence::offline);
    std::vector<presence_batch> batches(around_.shard_count);
    const bool everyone = around_.options.presence_audience == choice::presence_audience::all;
    for (const auto& viewer : told.viewers) {
        auto& receivers = batches[around_.shards.home_of(viewer.user)].receivers;
        receivers.push_back({viewer.user, {told.told.begin() + viewer.begin, told.told.begin() + viewer.end}});
    }
    for (std::uint16_t shard = 0; shard < around_.shard_count; ++shard) {
        presence_batch& batch = batches[shard];
        if (batch.receivers.empty() && !everyone) continue;
        batch.everyone = everyone;
        batch.changes = told.changes;
        around_.shards.post(shard, std::move(batch));
    }
}

} // namespace wsd
