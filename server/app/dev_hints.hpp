#pragma once

#include "common/config/settings.hpp"
#include "server/app/process_context.hpp"
#include "server/app/serve.hpp"

#include <string>

namespace wsd {

// What somebody who just started a development server needs: where it is, and for two users each a complete command
// for another terminal. `client` is the path of the example client; empty: it was not found, and the tokens are shown.
[[nodiscard]] std::string dev_hints(const settings& options, const listening& where, const std::string& client);

// Prints the hints once the ports are known. The options and the process must outlive the hooks.
[[nodiscard]] server_hooks hint_hooks(const settings& options, const process_context& process);

} // namespace wsd
