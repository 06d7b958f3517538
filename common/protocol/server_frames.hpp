#pragma once

// All frames of wsd::from_server.
#include "common/protocol/server_errors.hpp"
#include "common/protocol/server_events.hpp"
#include "common/protocol/server_messages.hpp"
#include "common/protocol/server_presence.hpp"
#include "common/protocol/server_receipts.hpp"
#include "common/protocol/server_resume.hpp"
#include "common/protocol/server_room_events.hpp"
#include "common/protocol/server_room_posts.hpp"
#include "common/protocol/server_rooms.hpp"
#include "common/protocol/server_session.hpp"
