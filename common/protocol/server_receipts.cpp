#include "common/protocol/server_receipts.hpp"

#include "common/protocol/frame_codec.hpp"

namespace wsd {

WSD_SERVER_FRAME(from_server::receipt_ack);
WSD_SERVER_FRAME(from_server::delivered_notice);
WSD_SERVER_FRAME(from_server::message_read);
WSD_SERVER_FRAME(from_server::message_state_update);
WSD_SERVER_FRAME(from_server::delivery_status);
WSD_SERVER_FRAME(from_server::read_state);
WSD_SERVER_FRAME(from_server::ack_response);

} // namespace wsd
