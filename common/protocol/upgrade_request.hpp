#pragma once

#include <optional>
#include <string>

namespace wsd {

// A well-formed request for a WebSocket at our path. Fields that may repeat are joined as their grammar allows: cookies
// with `;`, lists with `,`.
struct upgrade_request {
    std::string host;
    std::optional<std::string> origin;
    std::string cookies;
    std::optional<std::string> authorization;
    std::string subprotocols;
    std::optional<std::string> forwarded_for;
    std::optional<std::string> real_ip;
    std::string key; // Sec-WebSocket-Key
};

} // namespace wsd
