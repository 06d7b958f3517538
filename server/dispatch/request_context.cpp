#include "server/dispatch/request_context.hpp"

namespace wsd {
namespace {

// How long a client is asked to wait when a bounded queue was full: a few commits.
constexpr std::int64_t busy_retry_ms = 250;

error_fields fields_of(const request_context& ctx, error_code code, std::string_view message) {
    error_fields fields = make_error(code, ctx.echo());
    if (!message.empty()) fields.message = message;
    if (code == error_code::server_busy) fields.retry_after_ms = busy_retry_ms;
    return fields;
}

} // namespace

void request_context::refuse(error_code code, std::string_view message) {
    const error_fields fields = fields_of(*this, code, message);
    if (home.log.log_enabled(log_level::debug)) {
        home.log.log_event(log_level::debug, "request_refused",
                           {{"correlation_id", correlation},
                            {"client_correlation_id", client_correlation.value_or("")},
                            {"type", type},
                            {"user", user()},
                            {"code", describe(code).text}});
    }
    const timestamp now = home.time.wall_ms();
    switch (errors) {
    case error_frame_kind::message_nack:
        reply(from_server::message_nack{
            .error_part = fields, .client_msg_id = client_message_id, .server_ts = now});
        break;
    case error_frame_kind::message_error: reply(from_server::message_error{.error_part = fields}); break;
    case error_frame_kind::ack_error: reply(from_server::ack_error{.error_part = fields}); break;
    default: reply(from_server::error{.error_part = fields}); break;
    }
}

void request_context::refuse_payload(std::string_view details) {
    reply(from_server::message_error{.error_part = fields_of(*this, error_code::invalid_payload, {}),
                                     .details = details});
}

void request_context::refuse_as_error(error_code code) {
    reply(from_server::error{.error_part = fields_of(*this, code, {})});
}

void request_context::refuse(errc failure) {
    switch (failure) {
    case errc::busy: return refuse(error_code::server_busy);
    case errc::persistence:
        home.metrics.count<metric::persistence_errors>();
        return refuse(error_code::persistence_error);
    case errc::not_found: return refuse(error_code::not_found);
    case errc::conflict: return refuse(error_code::client_id_conflict);
    default: return refuse(error_code::internal_error);
    }
}

} // namespace wsd
