#pragma once

#include "common/state/log_tables.hpp"

#include <cstdint>

namespace wsd {

// How much of a user's log is kept.
struct log_retention {
    std::uint64_t entries_max = no_entries_max; // of each user, exact at every moment
    timestamp age_max_ms = 0;                   // 0: no limit; looked at by trim_logs
};

} // namespace wsd
