#pragma once

#include "common/auth/client_address.hpp"
#include "common/auth/jwt.hpp"
#include "common/auth/origin.hpp"
#include "common/base/clock.hpp"
#include "common/config/settings.hpp"
#include "common/protocol/codes.hpp"
#include "common/protocol/upgrade_request.hpp"
#include "server/observe/log.hpp"
#include "server/runtime/admission.hpp"
#include "server/runtime/connection.hpp"

#include <atomic>
#include <variant>

namespace wsd {

// What decides about an upgrade before the 101. Shared by all shards; immutable but for `draining` and the counts.
struct handshake_rules {
    const settings& options;
    const clock& time;
    logger& log;
    verify_options verification;
    origin_list origins;
    proxy_list proxies;
    admission& places;
    std::atomic<bool>& draining;
};

struct admitted {
    identity who;
    admission::slot place; // among the connections of the process and of the address; given back when destroyed
    bool select_subprotocol = false;
};

// The checks that need no socket, in their order; the first that fails decides. Pure but for the place it takes. `keys`
// are those that tokens are verified with.
[[nodiscard]] std::variant<admitted, http_code> admit(const handshake_rules& rules, const key_set& keys,
                                                      const upgrade_request& request, const ip_address& peer);

} // namespace wsd
