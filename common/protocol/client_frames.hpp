#pragma once

// All frames of wsd::from_client.
#include "common/protocol/client_messages.hpp"
#include "common/protocol/client_resume.hpp"
#include "common/protocol/client_rooms.hpp"
#include "common/protocol/client_session.hpp"
#include "common/protocol/client_typing.hpp"
