#include "server/runtime/connection.hpp"

#include "server/runtime/shard.hpp"

namespace wsd {

connection::connection(shard& home, std::unique_ptr<peer> socket, identity identified, const liveness& begun)
    : who(std::move(identified)), alive(begun), home_(home), socket_(std::move(socket)) {
    socket_->set_listener(this);
}

connection::~connection() { socket_->set_listener(nullptr); }

void connection::output_grew() {
    if (outbound.dirty || outbound.blocked) return;
    outbound.dirty = true;
    home_.dirty.push(id);
}

std::string connection_text(const connection_id& id) {
    return "c" + std::to_string(id.shard) + "-" + std::to_string(id.slot) + "-" + std::to_string(id.generation);
}

} // namespace wsd
