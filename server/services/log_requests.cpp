#include "server/services/log_requests.hpp"

namespace wsd {
namespace {

store_ticket next_ticket(connection& c) {
    return {.connection = c.id, .request = ticket_number(ticket_use::request, ++c.request_number)};
}

} // namespace

task<log_outcome> ask_store(shard& home, connection& c, log_operation operation) {
    store_request request{.ticket = next_ticket(c), .command = std::move(operation)};
    if (!home.services.store.try_submit(std::move(request))) {
        home.metrics.count<metric::busy_refusals>(label::queue::store);
        co_return errc::busy;
    }
    home.store_touched = true;
    answer got = co_await c.request_answer.wait();
    co_return std::get<log_outcome>(std::move(got));
}

task<read_reply> ask_reader(shard& home, connection& c, resume_request what) {
    read_job job{.ticket = next_ticket(c), .what = std::move(what)};
    if (!home.services.reader.try_submit(std::move(job))) {
        home.metrics.count<metric::busy_refusals>(label::queue::reader);
        read_reply busy{.ticket = {}, .outcome = errc::busy};
        co_return busy;
    }
    answer got = co_await c.request_answer.wait();
    co_return std::get<read_reply>(std::move(got));
}

task<presence_snapshot> ask_presence(shard& home, connection& c) {
    presence_question question{.ticket = next_ticket(c), .user = c.who.user};
    if (!home.services.presence.ask(std::move(question))) {
        presence_snapshot nothing_known{.truncated = true};
        co_return nothing_known;
    }
    answer got = co_await c.request_answer.wait();
    co_return std::get<presence_snapshot>(std::move(got));
}

void request_answered(shard& home, const store_ticket& ticket, answer&& what) {
    connection* c = home.connections.find(ticket.connection);
    if (c == nullptr || ticket.request != ticket_number(ticket_use::request, c->request_number)) return;
    if (c->request_answer.waiting()) c->request_answer.fulfil(std::move(what));
}

void attach_user(shard& home, connection& c) {
    if (c.attached) return;
    c.attached = true;
    home.metrics.change<metric::users_attached>(1);
}

void detach_user(shard& home, connection& c) {
    if (!c.attached) return;
    c.attached = false;
    home.metrics.change<metric::users_attached>(-1);
    bool others = false;
    home.connections.for_each_of(c.who.user,
                                 [&others](connection_id, connection* other) { others = others || other->attached; });
    if (others) return;
    home.tails.drop(c.who.user);
    home.services.store.submit_reserved({.ticket = {}, .command = close_user{.user = c.who.user}});
    home.store_touched = true;
}

void confirm_replayed_entries(shard& home, connection& c, std::uint64_t from, std::uint64_t to) {
    const store_ticket ticket{.connection = c.id, .request = ticket_number(ticket_use::unanswered, 0)};
    home.services.store.submit_reserved(
        {.ticket = ticket, .command = log_operation(confirm_replayed{.user = c.who.user, .from = from, .to = to})});
    home.store_touched = true;
}

} // namespace wsd
