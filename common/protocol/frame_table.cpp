#include "common/protocol/frame_table.hpp"

#include "common/protocol/client_frames.hpp"

#include <algorithm>
#include <array>

namespace wsd {
namespace {

struct row {
    client_type type;
    client_type_info info;
};
template <class Frame> constexpr row of(client_type type, rate_class rate, error_frame errors = error_frame::error) {
    return {type, {Frame::type, rate, errors}};
}

using enum rate_class;
using enum error_frame;
using type = client_type;
namespace frames = from_client;

constexpr std::array<row, client_type_count> rows{
    of<frames::hello>(type::hello, control),
    of<frames::ping>(type::ping, control),
    of<frames::presence_ping>(type::presence_ping, control),
    of<frames::auth_refresh>(type::auth_refresh, control),
    of<frames::message_send>(type::message_send, main, message_nack),
    of<frames::message_ack>(type::message_ack, control, message_error),
    of<frames::message_delivered_confirm>(type::message_delivered_confirm, control, message_error),
    of<frames::message_read>(type::message_read, control, message_error),
    of<frames::message_read_confirm>(type::message_read_confirm, control, message_error),
    of<frames::client_ack>(type::client_ack, control, ack_error),
    of<frames::message_edit>(type::message_edit, main, mutation_ack),
    of<frames::message_delete>(type::message_delete, main, mutation_ack),
    of<frames::resume>(type::resume, control, message_error),
    of<frames::message_replay>(type::message_replay, control, message_error),
    of<frames::state_sync>(type::state_sync, control, message_error),
    of<frames::history>(type::history, control, message_error),
    of<frames::typing_start>(type::typing_start, control),
    of<frames::typing_stop>(type::typing_stop, control),
    of<frames::room_create>(type::room_create, room_administration),
    of<frames::room_join>(type::room_join, main),
    of<frames::room_leave>(type::room_leave, main),
    of<frames::room_message>(type::room_message, main, room_message_response),
    of<frames::room_info>(type::room_info, main),
    of<frames::room_members>(type::room_members, main),
    of<frames::room_list>(type::room_list, main),
    of<frames::room_update_meta>(type::room_update_meta, main),
    of<frames::room_add_members>(type::room_add_members, room_administration),
    of<frames::room_remove_member>(type::room_remove_member, room_administration),
    of<frames::room_set_role>(type::room_set_role, room_administration),
    of<frames::room_delete>(type::room_delete, room_administration),
};

consteval bool in_order() {
    for (std::size_t i = 0; i < rows.size(); ++i)
        if (rows[i].type != static_cast<client_type>(i)) return false;
    return true;
}
static_assert(in_order(), "the rows stand in the order of client_type");

constexpr auto by_text = [] {
    auto sorted = rows;
    std::ranges::sort(sorted, {}, [](const row& r) { return r.info.text; });
    return sorted;
}();
static_assert(std::ranges::adjacent_find(by_text, {}, [](const row& r) { return r.info.text; }) == by_text.end(),
              "no type is there twice");

} // namespace

const client_type_info& describe(client_type type) noexcept { return rows[static_cast<std::size_t>(type)].info; }

std::optional<client_type> find_client_type(std::string_view text) noexcept {
    const auto found = std::ranges::lower_bound(by_text, text, {}, [](const row& r) { return r.info.text; });
    if (found == by_text.end() || found->info.text != text) return std::nullopt;
    return found->type;
}

} // namespace wsd
