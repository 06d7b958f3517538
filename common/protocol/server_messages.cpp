#include "common/protocol/server_messages.hpp"

#include "common/protocol/frame_codec.hpp"

namespace wsd {

WSD_SERVER_FRAME(from_server::message_ack);
WSD_SERVER_FRAME(from_server::message_mutation_ack);
WSD_SERVER_FRAME(from_server::message_mutation_nack);

} // namespace wsd
