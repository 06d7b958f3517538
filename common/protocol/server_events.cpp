#include "common/protocol/server_events.hpp"

#include "common/protocol/frame_codec.hpp"

namespace wsd {

WSD_EVENT_FRAME(from_server::message_receive);
WSD_EVENT_FRAME(from_server::room_message);
WSD_EVENT_FRAME(from_server::message_mutation);
WSD_EVENT_FRAME(from_server::event_skip);

} // namespace wsd
