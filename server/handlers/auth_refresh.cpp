#include "server/handlers/handlers.hpp"

#include "common/auth/jwt.hpp"
#include "common/protocol/server_session.hpp"
#include "server/services/exclusions.hpp"
#include "server/services/token_expiry.hpp"

namespace wsd {
namespace {

void log_refused_token(const request_context& ctx, token_problem problem) {
    if (!ctx.home.log.log_enabled(log_level::debug)) return;
    ctx.home.log.log_event(log_level::debug, "credential_refused",
                           {{"correlation_id", ctx.correlation},
                            {"client_correlation_id", ctx.client_correlation.value_or("")},
                            {"user", ctx.user()},
                            {"cause", name_of(problem)}});
}

// With a token of another session the caller is the newest of that one, whatever its age.
void replace_oldest_in_session(shard& home, connection& caller) {
    const std::size_t limit = home.options.max_sockets_per_session;
    if (limit == 0) return;
    while (home.connections.open_count_of(caller.who.user, caller.who.session) > limit) {
        connection* oldest = nullptr;
        home.connections.for_each_of(caller.who.user, [&](connection_id, connection* other) {
            const bool counts = other->state == lifecycle::open && other->who.session == caller.who.session;
            if (oldest == nullptr && other != &caller && counts) oldest = other;
        });
        if (oldest == nullptr) return;
        begin_close(home, *oldest, close_cause::replaced);
    }
}

} // namespace

// The new token counts from here on, also when it ends earlier than the one before.
task<> handle(request_context& ctx, from_client::auth_refresh frame) {
    shard& home = ctx.home;
    connection& caller = ctx.caller;
    const auto said = verify(*home.keys, home.services.verification, frame.token, home.time.wall_ms());
    if (!said) {
        log_refused_token(ctx, said.error());
        co_return ctx.refuse(error_code::invalid_token);
    }
    identity who = identity_of(*said);
    if (who.user != ctx.user()) {
        ctx.refuse(error_code::token_user_mismatch);
        begin_close(home, caller, close_cause::token_user_mismatch);
        co_return;
    }
    const exclusion_verdict verdict = judge(home, who);
    if (verdict == exclusion_verdict::session_revoked) co_return ctx.refuse(error_code::session_revoked);
    if (verdict == exclusion_verdict::account_suspended) {
        ctx.refuse(error_code::account_suspended);
        begin_close(home, caller, close_cause::account_suspended);
        co_return;
    }
    const bool same_token = who == caller.who; // its end is announced once, or a client that repeats it never stops
    const bool moves = who.session != caller.who.session;
    if (moves) {
        home.sessions.moved(who.user, caller.who.session, who.session);
        home.connections.set_session(caller.id, who.session);
    }
    caller.who = std::move(who);
    if (moves) replace_oldest_in_session(home, caller);
    caller.expiry_announced = caller.expiry_announced && same_token;
    ctx.reply(from_server::auth_refreshed{.expires_at = caller.who.expires_at_ms,
                                          .session_id = caller.who.session.view(),
                                          .timestamp = home.time.wall_ms()});
    announce_expiry(home, caller);
}

} // namespace wsd
