#include "server/services/exclusions.hpp"

#include "common/protocol/server_errors.hpp"
#include "server/services/outbound.hpp"

namespace wsd {
namespace {

void expel(shard& home, connection& c, exclusion_verdict verdict) {
    const bool revoked = verdict == exclusion_verdict::session_revoked;
    const error_code code = revoked ? error_code::session_revoked : error_code::account_suspended;
    if (c.outbound.blocked) discard_output(c); // nothing but the error is for a user who is no longer let in
    send(home, c, from_server::error{.error_part = make_error(code)});
    begin_close(home, c, revoked ? close_cause::session_revoked : close_cause::account_suspended);
}

std::uint64_t expel_excluded(shard& home, const user_id& user) {
    std::uint64_t closed = 0;
    home.connections.for_each_of(user, [&](connection_id, connection* c) {
        const exclusion_verdict verdict = judge(home, c->who);
        if (verdict == exclusion_verdict::admitted || c->state != lifecycle::open) return;
        expel(home, *c, verdict);
        ++closed;
    });
    return closed;
}

void log_exclusion(shard& home, const exclusion& what, std::uint64_t closed) {
    if (const auto* revoked = std::get_if<revocation>(&what)) {
        home.log.log_event(log_level::info, "tokens_revoked",
                           {{"user", revoked->user}, {"session", revoked->session}, {"closed", closed}});
        return;
    }
    const auto& about = std::get<suspension>(what);
    if (about.lifted) return home.log.log_event(log_level::info, "suspension_lifted", {{"user", about.user}});
    home.log.log_event(log_level::info, "account_suspended", {{"user", about.user}, {"closed", closed}});
}

} // namespace

exclusion_verdict judge(const shard& home, const identity& who) {
    return home.exclusions.judge(who.user, who.session, who.issued_at_ms, home.time.wall_ms());
}

void exclusion_answered(shard& home, const store_ticket& ticket, const log_outcome& outcome) {
    exclusion_answer told{.request = number_of(ticket)};
    if (const auto* done = std::get_if<excluded>(&outcome)) {
        home.exclusions.apply(done->what, home.time.wall_ms());
        told.stored = true;
        told.closed = expel_excluded(home, user_of(done->what));
        log_exclusion(home, done->what, told.closed);
    }
    home.services.administration.answer(told);
}

} // namespace wsd
