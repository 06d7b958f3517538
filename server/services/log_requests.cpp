#include "server/services/log_requests.hpp"

#include "server/services/outbound.hpp"

namespace wsd {
namespace {

store_ticket next_ticket(connection& c, ticket_use use = ticket_use::request) {
    return {.connection = c.id, .request = ticket_number(use, ++c.request_number)};
}

bool submit(shard& home, store_request&& request) {
    if (!home.services.store.try_submit(std::move(request))) {
        home.metrics.count<metric::busy_refusals>(label::queue::store);
        return false;
    }
    home.store_touched = true;
    return true;
}

bool is_attached(shard& home, const user_id& user) {
    bool attached = false;
    home.connections.for_each_of(
        user, [&attached](connection_id, const connection* each) { attached = attached || each->attached; });
    return attached;
}

void send_answered(shard& home, connection& c, const store_ticket& ticket, const log_outcome& outcome) {
    const auto reply = c.sends.take(ticket.request);
    if (!reply) return;
    reply->give(outcome);
    if (c.close_after_request && c.sends.empty() && !c.request_in_progress)
        begin_close(home, c, close_cause::server_shutdown);
    if (c.send_settled.waiting()) c.send_settled.fulfil(true);
}

} // namespace

task<log_outcome> ask_store(shard& home, connection& c, log_operation operation) {
    store_request request{.ticket = next_ticket(c), .command = std::move(operation)};
    if (!submit(home, std::move(request))) co_return errc::busy;
    answer got = co_await c.request_answer.wait();
    co_return std::get<log_outcome>(std::move(got));
}

task<log_outcome> ask_store_for_rest(shard& home, connection& c, log_operation operation) {
    store_request request{.ticket = next_ticket(c), .command = std::move(operation)};
    home.services.store.submit_reserved(std::move(request));
    home.store_touched = true;
    answer got = co_await c.request_answer.wait();
    co_return std::get<log_outcome>(std::move(got));
}

bool submit_send(shard& home, connection& c, log_operation operation, std::unique_ptr<due_reply>& reply) {
    store_request request{.ticket = next_ticket(c, ticket_use::send), .command = std::move(operation)};
    const std::uint64_t number = request.ticket.request;
    if (!submit(home, std::move(request))) return false;
    c.sends.add(number, std::move(reply));
    return true;
}

task<> sends_settled(connection& c, std::size_t left) {
    while (c.sends.size() > left) (void)co_await c.send_settled.wait();
}

task<read_reply> ask_reader(shard& home, connection& c, read_question what) {
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
    if (c != nullptr && use_of(ticket) == ticket_use::send)
        return send_answered(home, *c, ticket, std::get<log_outcome>(what));
    if (c == nullptr || ticket.request != ticket_number(ticket_use::request, c->request_number)) return;
    if (c->request_answer.waiting()) c->request_answer.fulfil(std::move(what));
}

void attach_user(shard& home, connection& c) {
    if (c.attached) return;
    if (!is_attached(home, c.who.user)) home.metrics.change<metric::users_attached>(1);
    c.attached = true;
}

void detach_user(shard& home, connection& c) {
    if (!c.attached) return;
    c.attached = false;
    if (is_attached(home, c.who.user)) return;
    home.metrics.change<metric::users_attached>(-1);
    home.tails.drop(c.who.user);
    home.unconfirmed.drop(c.who.user);
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
