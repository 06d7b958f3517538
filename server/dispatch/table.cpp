#include "server/dispatch/table.hpp"

#include "common/protocol/decode.hpp"
#include "server/handlers/handlers.hpp"
#include "server/services/log_requests.hpp"

#include <boost/json/object.hpp>

#include <array>
#include <cstddef>

namespace wsd {
namespace {

task<> answer_wrong_shape(request_context& ctx, std::string details) {
    co_await sends_settled(ctx.caller);
    ctx.refuse_payload(details);
    co_return;
}

template <class Frame> task<> prepare(request_context& ctx, const boost::json::object& object) {
    auto frame = decode<Frame>(object, ctx.home.limits);
    if (!frame) return answer_wrong_shape(ctx, std::move(frame.error().details));
    return handle(ctx, std::move(*frame));
}

template <client_type Type, class Frame> constexpr handler_entry row() {
    return {.type = Type, .prepare = &prepare<Frame>};
}

// One row per client frame that wsd handles.
constexpr std::array rows{
    row<client_type::hello, from_client::hello>(),
    row<client_type::ping, from_client::ping>(),
    row<client_type::presence_ping, from_client::presence_ping>(),
    row<client_type::auth_refresh, from_client::auth_refresh>(),
    row<client_type::message_send, from_client::message_send>(),
    row<client_type::message_ack, from_client::message_ack>(),
    row<client_type::message_delivered_confirm, from_client::message_delivered_confirm>(),
    row<client_type::message_read, from_client::message_read>(),
    row<client_type::message_read_confirm, from_client::message_read_confirm>(),
    row<client_type::client_ack, from_client::client_ack>(),
    row<client_type::resume, from_client::resume>(),
    row<client_type::message_replay, from_client::message_replay>(),
    row<client_type::state_sync, from_client::state_sync>(),
    row<client_type::history, from_client::history>(),
    row<client_type::message_edit, from_client::message_edit>(),
    row<client_type::message_delete, from_client::message_delete>(),
    row<client_type::typing_start, from_client::typing_start>(),
    row<client_type::typing_stop, from_client::typing_stop>(),
    row<client_type::room_create, from_client::room_create>(),
    row<client_type::room_join, from_client::room_join>(),
    row<client_type::room_leave, from_client::room_leave>(),
    row<client_type::room_message, from_client::room_message>(),
    row<client_type::room_info, from_client::room_info>(),
    row<client_type::room_members, from_client::room_members>(),
    row<client_type::room_list, from_client::room_list>(),
    row<client_type::room_update_meta, from_client::room_update_meta>(),
    row<client_type::room_add_members, from_client::room_add_members>(),
    row<client_type::room_remove_member, from_client::room_remove_member>(),
    row<client_type::room_set_role, from_client::room_set_role>(),
    row<client_type::room_delete, from_client::room_delete>(),
};

consteval auto index_rows() {
    std::array<const handler_entry*, client_type_count> table{};
    for (const handler_entry& entry : rows) {
        auto& place = table[static_cast<std::size_t>(entry.type)];
        if (place != nullptr) throw "two rows for one type";
        place = &entry;
    }
    return table;
}
constexpr auto table = index_rows();

} // namespace

const handler_entry* find_handler(client_type type) noexcept { return table[static_cast<std::size_t>(type)]; }

} // namespace wsd
