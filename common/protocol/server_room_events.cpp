#include "common/protocol/server_room_events.hpp"

#include "common/protocol/frame_codec.hpp"

namespace wsd {

WSD_SERVER_FRAME(from_server::room_updated);
WSD_SERVER_FRAME(from_server::room_members_updated);
WSD_SERVER_FRAME(from_server::room_deleted);
WSD_EVENT_FRAME(from_server::room_deleted_event);
WSD_EVENT_FRAME(from_server::room_member_joined);
WSD_EVENT_FRAME(from_server::room_member_left);

} // namespace wsd
