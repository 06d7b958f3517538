#include "common/protocol/client_rooms.hpp"

#include "common/protocol/frame_codec.hpp"

namespace wsd {

WSD_CLIENT_FRAME(from_client::room_create);
WSD_CLIENT_FRAME(from_client::room_join);
WSD_CLIENT_FRAME(from_client::room_leave);
WSD_CLIENT_FRAME(from_client::room_message);
WSD_CLIENT_FRAME(from_client::room_info);
WSD_CLIENT_FRAME(from_client::room_members);
WSD_CLIENT_FRAME(from_client::room_list);
WSD_CLIENT_FRAME(from_client::room_update_meta);
WSD_CLIENT_FRAME(from_client::room_add_members);
WSD_CLIENT_FRAME(from_client::room_remove_member);
WSD_CLIENT_FRAME(from_client::room_set_role);
WSD_CLIENT_FRAME(from_client::room_delete);

} // namespace wsd
