#include "server/dispatch/request_context.hpp"

#include "common/protocol/server_messages.hpp"
#include "common/protocol/server_room_posts.hpp"
#include "server/services/log_requests.hpp"

namespace wsd {
namespace {

error_fields fields_of(const request_context& ctx, error_code code, std::string_view message) {
    error_fields fields = make_error(code, ctx.echo());
    if (!message.empty()) fields.message = message;
    if (code == error_code::server_busy) fields.retry_after_ms = busy_retry_ms;
    return fields;
}

} // namespace

void request_context::refuse(error_code code, std::string_view message, std::string_view current_state) {
    const error_fields fields = fields_of(*this, code, message);
    if (home.log.log_enabled(log_level::debug)) {
        home.log.log_event(log_level::debug, "request_refused",
                           {{"correlation_id", correlation},
                            {"client_correlation_id", client_correlation.value_or("")},
                            {"type", type},
                            {"user", user()},
                            {"code", describe(code).text}});
    }
    switch (errors) {
    case error_frame::message_nack:
        return reply(from_server::message_nack{.error_part = fields, .server_ts = home.time.wall_ms()});
    case error_frame::message_error:
        return reply(from_server::message_error{.error_part = fields, .current_state = current_state});
    case error_frame::room_message_response:
        return reply(from_server::room_message_refused{.error_part = fields});
    case error_frame::ack_error:
        return reply(from_server::ack_error{.error_part = fields, .current_state = current_state});
    case error_frame::mutation_ack:
        return reply(from_server::message_mutation_nack{.action = type == "MESSAGE_EDIT" ? "edit" : "delete",
                                                        .error_part = fields,
                                                        .server_ts = home.time.wall_ms()});
    default:
        return reply(from_server::error{.error_part = fields});
    }
}

void request_context::refuse_payload(std::string_view details) {
    reply(from_server::message_error{.error_part = fields_of(*this, error_code::invalid_payload, {}),
                                     .details = details});
}

void request_context::log_stored(const message_record& message, std::uint64_t seq) const {
    if (!home.log.log_enabled(log_level::debug)) return;
    home.log.log_event(log_level::debug, "message_stored",
                       {{"correlation_id", correlation},
                        {"client_correlation_id", client_correlation.value_or("")},
                        {"user", user()},
                        {"message", message.id},
                        {"seq", seq}});
}

void request_context::fail(std::string_view what) {
    home.log.log_event(log_level::error, "request_failed",
                       {{"correlation_id", correlation},
                        {"client_correlation_id", client_correlation.value_or("")},
                        {"user", user()},
                        {"type", type},
                        {"what", what}});
    refuse(error_code::internal_error);
}

void request_context::refuse(errc failure) {
    switch (failure) {
    case errc::busy:
        return refuse(error_code::server_busy);
    case errc::persistence:
        home.metrics.count<metric::persistence_errors>();
        return refuse(error_code::persistence_error);
    case errc::not_found:
        return refuse(error_code::not_found);
    case errc::conflict:
        return refuse(error_code::client_id_conflict);
    default:
        return refuse(error_code::internal_error);
    }
}

} // namespace wsd
