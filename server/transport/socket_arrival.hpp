#pragma once

#include "server/runtime/shard.hpp"
#include "server/runtime/shard_message.hpp"
#include "server/session/handshake.hpp"
#include "server/transport/websocket_peer.hpp"

#include <memory>

namespace wsd {

// An upgrade that passed every check but those about its user, on its way to the user's home shard.
class socket_arrival final : public arrival {
  public:
    socket_arrival(accepted_socket accepted, admitted who, steady_time handshake_deadline);
    ~socket_arrival() override; // closes the descriptor if nobody took it

    accepted_socket socket;
    admitted visitor;
    steady_time deadline; // of the handshake
};

// On the home shard, when it is its turn (see handshake_turns): what the administration says about the user, the limits
// per user and per session, then the 101 and the session, or the refusal.
void receive_arrival(shard& home, std::unique_ptr<arrival> arrived);

// The home shard's mailbox is full: accepts the upgrade here and closes it with the advice to come back later.
void turn_away(shard& here, std::unique_ptr<arrival> arrived);

} // namespace wsd
