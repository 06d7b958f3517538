#include "common/protocol/server_resume.hpp"

#include "common/protocol/frame_codec.hpp"

namespace wsd {

WSD_SERVER_FRAME(from_server::resync_start);
WSD_SERVER_FRAME(from_server::snapshot);
WSD_SERVER_FRAME(from_server::resync_complete);
WSD_SERVER_FRAME(from_server::rooms_snapshot);
WSD_SERVER_FRAME(from_server::message_replay_complete);
WSD_SERVER_FRAME(from_server::state_sync_response);
WSD_SERVER_FRAME(from_server::history_response);

} // namespace wsd
