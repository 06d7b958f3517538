#include "server/session/safety_gate.hpp"

#include "common/protocol/envelope.hpp"
#include "common/protocol/text.hpp"
#include "server/dispatch/table.hpp"
#include "server/session/rate_gate.hpp"

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

namespace wsd {
namespace {

void refuse_as_error(request_context& ctx, error_code code) {
    ctx.reply(from_server::error{.error_part = make_error(code, ctx.echo())});
}

// A message that is no frame at all. The one that reaches the limit within a window ends the connection.
void count_malformed(request_context& ctx) {
    connection& caller = ctx.caller;
    const settings& options = ctx.home.options;
    ctx.home.metrics.count<metric::malformed_messages>();
    const event_window::rule rule = malformed_rule(options.max_violations, options.rate_limit_window_ms);
    if (options.max_violations == 0 || !caller.malformed.add(rule, ctx.received)) return;
    ctx.reply(from_server::error{.error_part = make_error(error_code::too_many_invalid_frames)});
    begin_close(ctx.home, caller, close_cause::malformed);
}

std::optional<std::string> copy(const std::optional<std::string_view>& text) {
    return text ? std::optional<std::string>(*text) : std::nullopt;
}

void remember_echo(request_context& ctx, const reply_echo& echo) {
    ctx.client_correlation = copy(echo.correlation_id);
    ctx.client_message_id = copy(echo.client_message_id);
    ctx.message_id = copy(echo.message_id);
    ctx.room_id = copy(echo.room_id);
}

task<> answer_no_text(request_context& ctx, error_code code) {
    refuse_as_error(ctx, code);
    count_malformed(ctx);
    co_return;
}

task<> answer_no_frame(request_context& ctx, std::string details) {
    ctx.refuse_payload(details);
    count_malformed(ctx);
    co_return;
}

task<> answer_no_hello(request_context& ctx) {
    refuse_as_error(ctx, error_code::hello_required);
    begin_close(ctx.home, ctx.caller, close_cause::hello_required);
    co_return;
}

task<> answer_unknown(request_context& ctx, std::string type) {
    constexpr std::size_t shown_max = 64;
    from_server::error frame{.error_part = make_error(error_code::unknown_type, ctx.echo())};
    frame.received_type = cut_to_code_points(type, shown_max);
    ctx.reply(frame);
    co_return;
}

void log_frame(const request_context& ctx, std::string_view type) {
    if (!ctx.home.log.log_enabled(log_level::debug)) return;
    ctx.home.log.log_event(log_level::debug, "frame_received",
                           {{"correlation_id", ctx.correlation},
                            {"client_correlation_id", ctx.client_correlation.value_or("")},
                            {"connection", connection_text(ctx.caller.id)},
                            {"user", ctx.user()},
                            {"type", type}});
}

} // namespace

judged_frame pass_gate(request_context& ctx, const inbound& message) {
    shard& home = ctx.home;
    if (message.kind == inbound_kind::binary) return {.handler = answer_no_text(ctx, error_code::unsupported_format)};
    boost::json::monotonic_resource memory(home.parse_memory.data(), home.parse_memory.size(),
                                           boost::json::storage_ptr());
    const json_result parsed = home.parser.parse(message.payload, &memory);
    if (!parsed && parsed.error() == json_problem::not_json)
        return {.handler = answer_no_text(ctx, error_code::invalid_json)};
    if (!parsed) return {.handler = answer_no_frame(ctx, "a member name occurs twice in one object")};
    const auto envelope = read_envelope(*parsed);
    if (!envelope) return {.handler = answer_no_frame(ctx, envelope.error().details)};
    remember_echo(ctx, envelope->echo);
    log_frame(ctx, envelope->type);
    const auto type = find_client_type(envelope->type);
    home.metrics.count<metric::frames_received>(label_of(type));
    if (!ctx.caller.hello.live && type != client_type::hello) return {.handler = answer_no_hello(ctx)};
    const bool free_of_charge = !ctx.caller.hello.live; // the HELLO that is still to be answered
    const rate_charge charge = free_of_charge ? rate_charge{} : charge_frame(ctx, type);
    if (charge.outcome == rate_outcome::refused) return {.handler = answer_over_rate(ctx, charge)};
    const bool waits = charge.outcome == rate_outcome::waits;
    const handler_entry* handler = type ? find_handler(*type) : nullptr;
    if (handler == nullptr)
        return {.handler = answer_unknown(ctx, std::string(envelope->type)), .waits = waits, .warning = charge.warning};
    ctx.type = describe(*type).text;
    ctx.errors = describe(*type).errors;
    return {.handler = handler->prepare(ctx, parsed->get_object()),
            .waits = waits,
            .ordered = type == client_type::message_send || type == client_type::room_message,
            .warning = charge.warning};
}

} // namespace wsd
