#include "server/runtime/identity.hpp"

namespace wsd {

identity identity_of(const claims& said) {
    identity who{.user = said.user, .session = said.session, .admin = said.role == role::admin};
    if (said.expires_at) who.expires_at_ms = *said.expires_at;
    if (said.issued_at) who.issued_at_ms = *said.issued_at;
    return who;
}

} // namespace wsd
