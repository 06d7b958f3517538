#pragma once

#include "common/protocol/client_frames.hpp"
#include "common/protocol/server_frames.hpp"

// Every frame of the protocol, for what is generated from the field tables: documentation, schemas, tests.
namespace wsd {

template <class... Frames> struct frame_list {};

using client_frame_list =
    frame_list<from_client::hello, from_client::ping, from_client::presence_ping, from_client::auth_refresh,
               from_client::message_send, from_client::message_ack, from_client::message_delivered_confirm,
               from_client::message_read, from_client::message_read_confirm, from_client::client_ack,
               from_client::message_edit, from_client::message_delete, from_client::resume, from_client::message_replay,
               from_client::state_sync, from_client::history, from_client::typing_start, from_client::typing_stop,
               from_client::room_create, from_client::room_join, from_client::room_leave, from_client::room_message,
               from_client::room_info, from_client::room_members, from_client::room_list, from_client::room_update_meta,
               from_client::room_add_members, from_client::room_remove_member, from_client::room_set_role,
               from_client::room_delete>;

// A type with several forms is there once for each.
using server_frame_list = frame_list<
    from_server::connection_established, from_server::hello_ack, from_server::pong, from_server::auth_expiring,
    from_server::auth_refreshed, from_server::rate_limit_warning, from_server::state_stale,
    from_server::server_shutdown, from_server::error, from_server::message_error, from_server::message_nack,
    from_server::ack_error, from_server::message_receive, from_server::room_message, from_server::message_mutation,
    from_server::event_skip, from_server::message_ack, from_server::message_mutation_ack,
    from_server::message_mutation_nack, from_server::receipt_ack, from_server::delivered_notice,
    from_server::message_read, from_server::message_state_update, from_server::delivery_status, from_server::read_state,
    from_server::ack_response, from_server::resync_start, from_server::snapshot, from_server::resync_complete,
    from_server::rooms_snapshot, from_server::message_replay_complete, from_server::state_sync_response,
    from_server::history_response, from_server::presence_snapshot, from_server::presence_update,
    from_server::presence_batch, from_server::presence_pong, from_server::typing_start, from_server::typing_stop,
    from_server::room_message_response, from_server::room_message_refused, from_server::room_delivery_update,
    from_server::room_created, from_server::room_join_response, from_server::room_leave_response,
    from_server::room_list_response, from_server::room_list_all_response, from_server::room_updated,
    from_server::room_members_updated, from_server::room_deleted, from_server::room_deleted_event,
    from_server::room_member_joined, from_server::room_member_left>;

} // namespace wsd
