#include "common/protocol/server_presence.hpp"

#include "common/protocol/frame_codec.hpp"

namespace wsd {

WSD_SERVER_FRAME(from_server::presence_snapshot);
WSD_SERVER_FRAME(from_server::presence_update);
WSD_SERVER_FRAME(from_server::presence_batch);
WSD_SERVER_FRAME(from_server::presence_pong);
WSD_SERVER_FRAME(from_server::typing_start);
WSD_SERVER_FRAME(from_server::typing_stop);

} // namespace wsd
