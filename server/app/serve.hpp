#pragma once

#include "common/config/settings.hpp"

#include <functional>
#include <string>

namespace wsd {

// Where the server can be reached once it listens; ports are the real ones, also when 0 was configured.
struct listening {
    std::string host;
    unsigned short port = 0;
    std::string admin_host; // empty: no admin listener
    unsigned short admin_port = 0;
    bool tls = false;
};

struct server_hooks {
    std::function<void(const listening&)> on_listening; // called once, on the calling thread or one of the server's
};

// Runs the server until it is told to stop (SIGTERM, SIGINT). The exit status: 0 after an orderly stop, 1 when it
// can't start.
[[nodiscard]] int run_server(const settings& options, const server_hooks& hooks);

} // namespace wsd
