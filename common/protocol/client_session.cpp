#include "common/protocol/client_session.hpp"

#include "common/protocol/frame_codec.hpp"

namespace wsd {

WSD_CLIENT_FRAME(from_client::hello);
WSD_CLIENT_FRAME(from_client::ping);
WSD_CLIENT_FRAME(from_client::presence_ping);
WSD_CLIENT_FRAME(from_client::auth_refresh);

} // namespace wsd
