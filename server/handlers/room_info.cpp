#include "server/handlers/handlers.hpp"

#include "server/handlers/rooms.hpp"

namespace wsd {

task<> handle(request_context& ctx, from_client::room_info frame) { co_await show_room(ctx, std::move(frame.room_id)); }

} // namespace wsd
