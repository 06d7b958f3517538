#include "common/protocol/client_typing.hpp"

#include "common/protocol/frame_codec.hpp"

namespace wsd {

WSD_CLIENT_FRAME(from_client::typing_start);
WSD_CLIENT_FRAME(from_client::typing_stop);

} // namespace wsd
