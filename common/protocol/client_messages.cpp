#include "common/protocol/client_messages.hpp"

#include "common/protocol/frame_codec.hpp"

namespace wsd {

WSD_CLIENT_FRAME(from_client::message_send);
WSD_CLIENT_FRAME(from_client::message_ack);
WSD_CLIENT_FRAME(from_client::message_delivered_confirm);
WSD_CLIENT_FRAME(from_client::message_read);
WSD_CLIENT_FRAME(from_client::message_read_confirm);
WSD_CLIENT_FRAME(from_client::client_ack);
WSD_CLIENT_FRAME(from_client::message_edit);
WSD_CLIENT_FRAME(from_client::message_delete);

} // namespace wsd
