#include "common/protocol/client_resume.hpp"

#include "common/protocol/frame_codec.hpp"

namespace wsd {

WSD_CLIENT_FRAME(from_client::resume);
WSD_CLIENT_FRAME(from_client::message_replay);
WSD_CLIENT_FRAME(from_client::state_sync);
WSD_CLIENT_FRAME(from_client::history);

} // namespace wsd
