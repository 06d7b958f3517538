#include "server/session/rate_gate.hpp"

#include "common/base/planted_fault.hpp"
#include "common/protocol/server_session.hpp"
#include "server/services/log_requests.hpp"

namespace wsd {
namespace {

rate_bucket bucket_of(std::optional<client_type> type) {
    if (!type) return rate_bucket::main;
    switch (describe(*type).rate) {
    case rate_class::main:
        return rate_bucket::main;
    case rate_class::control:
        return rate_bucket::control;
    case rate_class::room_administration:
        return rate_bucket::room_administration;
    }
    return rate_bucket::main;
}

// The wall clock shows whole milliseconds, rounded down: one more keeps the instant from lying in the past, as does
// looking at the clock now.
timestamp reset_at(const shard& home, milliseconds wait) { return home.services.time.wall_ms() + 1 + wait.count(); }

void refuse(request_context& ctx, milliseconds wait) {
    error_fields fields = make_error(error_code::rate_limit_exceeded, ctx.echo());
    fields.retry_after_ms = wait.count();
    fields.reset_at = reset_at(ctx.home, wait);
    ctx.reply(from_server::error{.error_part = fields, .remaining_zero = true});
}

void notify_throttled(request_context& ctx, milliseconds wait) {
    error_fields fields = make_error(error_code::rate_limit_exceeded);
    fields.retryable = false;
    fields.retry_after_ms = wait.count();
    fields.reset_at = reset_at(ctx.home, wait);
    send(ctx.home, ctx.caller, from_server::error{.error_part = fields, .remaining_zero = true, .throttled = true});
}

} // namespace

void warn(request_context& ctx, const rate_warning& warning) {
#ifdef WSD_PLANTED
    if (is_planted("unwarned")) return;
#endif
    send(ctx.home, ctx.caller,
         from_server::rate_limit_warning{.warning = "You are close to the rate limit.",
                                         .limit = ctx.home.options.rate_limit_messages,
                                         .remaining = warning.remaining,
                                         .reset_at = reset_at(ctx.home, warning.retry_after),
                                         .retry_after_ms = warning.retry_after.count()});
}

rate_charge charge_frame(request_context& ctx, std::optional<client_type> type) {
    shard& home = ctx.home;
    const rate_bucket bucket = bucket_of(type);
    const rate_decision decision = home.rates.charge(
        ctx.user(), {.connection = ctx.caller.id, .bucket = bucket, .queued = ctx.arrived_early}, ctx.received);
    if (decision.verdict == rate_verdict::handle) return {.warning = decision.warning};
    home.metrics.count<metric::rate_limited_frames>(static_cast<label::bucket>(bucket));
    if (decision.verdict == rate_verdict::delay) {
        if (decision.notify_throttled) notify_throttled(ctx, decision.retry_after);
        return {.outcome = rate_outcome::waits};
    }
    return {.outcome = rate_outcome::refused,
            .closes = decision.verdict == rate_verdict::close,
            .wait = decision.retry_after};
}

task<> answer_over_rate(request_context& ctx, rate_charge charge) {
    refuse(ctx, charge.wait);
    if (charge.closes) begin_close(ctx.home, ctx.caller, close_cause::rate_limit);
    co_return;
}

task<bool> wait_for_token(request_context& ctx) {
    const rate_event event = co_await ctx.caller.turn_to_run.wait();
    if (ctx.caller.state != lifecycle::open) co_return false;
    if (event.verdict != rate_verdict::close) co_return true;
    co_await sends_settled(ctx.caller);
    const rate_charge charge{.outcome = rate_outcome::refused, .closes = true, .wait = event.retry_after};
    co_await answer_over_rate(ctx, charge);
    co_return false;
}

void serve_waiting(shard& home) {
    const auto due = home.rates.next_due();
    if (!due || *due > home.time.now()) return;
    for (const rate_event& event : home.rates.take_due(home.time.now())) {
        connection* c = home.connections.find(event.connection);
        if (c != nullptr && c->turn_to_run.waiting()) c->turn_to_run.fulfil(event);
    }
}

} // namespace wsd
