#pragma once

#include "common/base/task.hpp"
#include "loadgen/output.hpp"
#include "loadgen/ws_client.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace wsd::loadgen {

struct run_plan;

// Opens the socket and connects it to the server, from the source address that is this connection's turn. nullopt:
// connected; otherwise the system's text. The socket and the plan must outlive the task.
task<std::optional<std::string>> dial(tcp_socket& socket, const run_plan& plan, std::uint32_t connection);

// The upgrade with the token of a user.
[[nodiscard]] ws_client::request upgrade_request(const run_plan& plan, std::uint32_t user);

} // namespace wsd::loadgen
