#include "server/services/delivery.hpp"

#include "common/base/planted_fault.hpp"
#include "server/services/entry_writer.hpp"
#include "server/services/exclusions.hpp"
#include "server/services/log_requests.hpp"
#include "server/services/notices.hpp"
#include "server/services/outbound.hpp"
#include "server/services/replay.hpp"
#include "server/services/room_delivery.hpp"

#include <algorithm>
#include <limits>

namespace wsd {
namespace {

constexpr std::size_t encoded_growth_max = 6; // JSON has six octets for a control character

bool has_live_connection(const shard& home, const user_id& user) {
    bool live = false;
    home.connections.for_each_of(user, [&live](connection_id, const connection* c) { live = live || c->hello.live; });
    return live;
}

void wake_connections(shard& home, const user_id& user) {
    home.connections.for_each_of(user, [&home](connection_id, connection* c) {
        if (!c->hello.live || c->state != lifecycle::open) return;
        if (c->outbound.blocked) has_to_wait(home, *c);
        c->output_grew();
    });
}

// The entry by which the user ceases to be a member.
bool ends_membership(const entry_delivery& delivery) {
    const log_entry& entry = delivery.entry;
    return entry.kind == entry_kind::room_deleted ||
           (entry.kind == entry_kind::member_left && entry.message->recipient == delivery.user);
}

void outdate_rooms(shard& home, const user_id& user) {
    home.connections.for_each_of(user, [](connection_id, connection* c) { c->rooms_changed = true; });
}

void append_entry(shard& home, const entry_delivery& delivery) {
    if (ends_membership(delivery)) {
        home.tails.hide_room(delivery.user, delivery.entry.message->room);
        home.receipt_news.forget(delivery.user, delivery.entry.message->room);
    }
    if (home.tails.append(delivery.user, delivery.entry) != message_store::append_status::appended) return;
    wake_connections(home, delivery.user);
    if (is_mutation(delivery.entry.kind)) return home.tails.replace_message(delivery.user, delivery.entry.message);
    if (delivery.entry.kind != entry_kind::message) return outdate_rooms(home, delivery.user);
    const message_record& message = *delivery.entry.message;
    const bool to_recipient = message.room.empty() && message.recipient == delivery.user;
    if (to_recipient && in_audience(home, delivery.contacts) && !has_live_connection(home, delivery.user))
        home.offline_notices.push({.sender = message.sender,
                                   .recipient = message.recipient,
                                   .id = message.id,
                                   .contacts = delivery.contacts});
}

// The user's tail begins where the store thread says, before entries behind it are appended.
void open_tail(shard& home, const store_completion& completion) {
    const auto* opened = std::get_if<opened_user>(&completion.outcome);
    if (opened == nullptr) return;
    const connection* c = home.connections.find(completion.ticket.connection);
    if (c != nullptr) (void)home.tails.attach(c->who.user, opened->head);
}

void complete(shard& home, store_completion&& completion) {
    if (use_of(completion.ticket) == ticket_use::administration)
        return exclusion_answered(home, completion.ticket, completion.outcome);
    request_answered(home, completion.ticket, std::move(completion.outcome));
}

void request_page(shard& home, connection& c) {
    if (c.cursor.page_requested) return;
    const std::uint64_t head = home.tails.head(c.who.user).value_or(c.cursor.position);
    read_job job{.ticket = {.connection = c.id, .request = ticket_number(ticket_use::live_page, 0)},
                 .what = page_request{.user = c.who.user, .from = c.cursor.position + 1, .to = head}};
    // A full queue: tried again with the next entry or when the wheel looks at the connection.
    c.cursor.page_requested = home.services.reader.try_submit(std::move(job));
}

} // namespace

void deliver_batch(shard& home, store_batch&& batch) {
    for (const store_completion& completion : batch.completions) open_tail(home, completion);
    for (const entry_delivery& delivery : batch.entries) append_entry(home, delivery);
    for (store_completion& completion : batch.completions) complete(home, std::move(completion));
    for (const state_change& change : batch.changes) announce_state(home, change);
    for (const recipient_offline& offline : batch.offline) announce_offline(home, offline);
    for (const room_position& position : batch.positions) take_position(home, position);
    for (room_delivery& delivery : batch.deliveries) announce_receipts(home, std::move(delivery));
    for (room_update& update : batch.rooms) announce_room(home, std::move(update));
    if (!batch.settled) return;
    home.offline_notices.for_each_taken([&home](recipient_offline& notice) { route_offline(home, std::move(notice)); });
}

bool may_add_events(const shard& home, const connection& c) {
    return c.socket().unsent() < backpressure::event_bytes_max(home.pressure);
}

void fill_output(shard& home, connection& c) { fill_output_up_to(home, c, std::numeric_limits<std::uint64_t>::max()); }

void fill_output_up_to(shard& home, connection& c, std::uint64_t last) {
    if (!c.hello.live || c.cursor.held || c.state != lifecycle::open) return;
    if (c.series) return fill_replay(home, c);
    const std::size_t budget = backpressure::event_bytes_max(home.pressure);
    while (!c.cursor.page_requested && c.cursor.position < last && c.socket().unsent() < budget) {
        const std::uint64_t wanted = last - c.cursor.position;
        const message_store::read_limits limits{.max_entries =
                                                    static_cast<std::size_t>(std::min<std::uint64_t>(wanted, 64)),
                                                .max_bytes = (budget - c.socket().unsent()) / encoded_growth_max};
#ifdef WSD_PLANTED // a queue of four that overflows
        if (is_planted("lost_on_overflow") && home.tails.head(c.who.user).value_or(0) > c.cursor.position + 4)
            ++c.cursor.position;
#endif
        entry_writer writer(home, c, entry_writer::mode::live);
        const auto found = home.tails.read(c.who.user, c.cursor.position + 1, limits, [&](const log_entry& entry) {
            (void)writer.write(entry);
            c.cursor.position = entry.seq;
        });
        writer.finish();
        if (found.status == message_store::read_status::not_in_tail) request_page(home, c);
        if (found.status != message_store::read_status::served) return;
    }
}

bool wants_output(const shard& home, const connection& c) {
    if (!c.hello.live || c.cursor.held || c.state != lifecycle::open) return false;
    if (c.series) return replay_wants_output(c);
    return !c.cursor.page_requested && c.cursor.position < home.tails.head(c.who.user).value_or(0);
}

void live_page_read(shard& home, connection& c, read_reply&& reply) {
    c.cursor.page_requested = false;
    if (c.series || c.cursor.held || c.state != lifecycle::open) return;
    const auto* page = std::get_if<log_page>(&reply.outcome);
    const auto next = c.cursor.position + 1;
    if (page != nullptr && page->floor > next) return tell_of_gap(home, c, page->floor - 1);
    // The log can't be read: the entries are kept there, the client is to come back for them.
    if (page == nullptr || page->entries.empty()) return begin_close(home, c, close_cause::internal_error);
    entry_writer writer(home, c, entry_writer::mode::live);
    for (const log_entry& entry : page->entries) {
        if (entry.seq != c.cursor.position + 1) continue;
        if (!may_add_events(home, c)) break; // the rest is read again when there is room
        (void)writer.write_read(entry);
        c.cursor.position = entry.seq;
    }
    writer.finish();
    c.output_grew();
}

} // namespace wsd
