#include "common/protocol/server_rooms.hpp"

#include "common/protocol/frame_codec.hpp"

namespace wsd {

WSD_SERVER_FRAME(from_server::room_created);
WSD_SERVER_FRAME(from_server::room_join_response);
WSD_SERVER_FRAME(from_server::room_leave_response);
WSD_SERVER_FRAME(from_server::room_list_response);
WSD_SERVER_FRAME(from_server::room_list_all_response);

} // namespace wsd
