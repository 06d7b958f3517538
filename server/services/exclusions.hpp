#pragma once

#include "common/state/exclusion_store.hpp"
#include "common/state/store_records.hpp"
#include "server/runtime/identity.hpp"
#include "server/runtime/shard.hpp"

namespace wsd {

// Whether the token that says this is still good, by what the administration has decided so far.
[[nodiscard]] exclusion_verdict judge(const shard& home, const identity& who);

// A decision of the administration about a user who lives here has been committed, or could not be: takes effect with
// every later frame and upgrade, ends the connections that it is about, and tells the administration.
void exclusion_answered(shard& home, const store_ticket& ticket, const log_outcome& outcome);

} // namespace wsd
