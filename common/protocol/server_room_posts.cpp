#include "common/protocol/server_room_posts.hpp"

#include "common/protocol/frame_codec.hpp"

namespace wsd {

WSD_SERVER_FRAME(from_server::room_message_response);
WSD_SERVER_FRAME(from_server::room_message_refused);
WSD_SERVER_FRAME(from_server::room_delivery_update);

} // namespace wsd
