#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

// The types of client frames and what is decided by the type alone.
namespace wsd {

// Dense: an index into tables of handlers and metrics.
enum class client_type : std::uint8_t {
    hello,
    ping,
    presence_ping,
    auth_refresh,
    message_send,
    message_ack,
    message_delivered_confirm,
    message_read,
    message_read_confirm,
    client_ack,
    message_edit,
    message_delete,
    resume,
    message_replay,
    state_sync,
    history,
    typing_start,
    typing_stop,
    room_create,
    room_join,
    room_leave,
    room_message,
    room_info,
    room_members,
    room_list,
    room_update_meta,
    room_add_members,
    room_remove_member,
    room_set_role,
    room_delete,
};
inline constexpr std::size_t client_type_count = static_cast<std::size_t>(client_type::room_delete) + 1;

// The token bucket that a frame is charged to. Unknown types are charged to `main`, HELLO before its answer to none.
enum class rate_class : std::uint8_t { main, control, room_administration };

// The frame that carries an error of the handler. Errors found before that (gate, rate limit, unknown type) are ERROR,
// a wrong shape is MESSAGE_ERROR.
enum class error_frame : std::uint8_t {
    error,
    message_error,
    message_nack,
    ack_error,
    room_message_response,
    mutation_ack
};

struct client_type_info {
    std::string_view text; // `type` on the wire
    rate_class rate;
    error_frame errors;
};

[[nodiscard]] const client_type_info& describe(client_type type) noexcept;
// nullopt: unknown, or a type that only the server sends.
[[nodiscard]] std::optional<client_type> find_client_type(std::string_view text) noexcept;

} // namespace wsd
