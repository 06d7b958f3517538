#include "common/protocol/server_session.hpp"

#include "common/protocol/frame_codec.hpp"

namespace wsd {

WSD_SERVER_FRAME(from_server::connection_established);
WSD_SERVER_FRAME(from_server::hello_ack);
WSD_SERVER_FRAME(from_server::pong);
WSD_SERVER_FRAME(from_server::auth_expiring);
WSD_SERVER_FRAME(from_server::auth_refreshed);
WSD_SERVER_FRAME(from_server::rate_limit_warning);
WSD_SERVER_FRAME(from_server::state_stale);
WSD_SERVER_FRAME(from_server::server_shutdown);

} // namespace wsd
