#include "common/protocol/server_errors.hpp"

#include "common/protocol/frame_codec.hpp"

namespace wsd {

WSD_SERVER_FRAME(from_server::error);
WSD_SERVER_FRAME(from_server::message_error);
WSD_SERVER_FRAME(from_server::message_nack);
WSD_SERVER_FRAME(from_server::ack_error);

} // namespace wsd
