#include "server/storage/operations/operations.hpp"

namespace wsd {

log_outcome apply(log_state& state, const revocation& operation, timestamp now) {
    if (operation.user.empty()) return errc::invalid;
    state.tables().put_revocation(operation, now);
    return excluded{operation};
}

log_outcome apply(log_state& state, const suspension& operation, timestamp) {
    if (operation.user.empty()) return errc::invalid;
    state.tables().put_suspension(operation);
    return excluded{operation};
}

} // namespace wsd
