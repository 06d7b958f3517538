#pragma once

#include "common/state/log_tables.hpp"

#include <cstddef>
#include <cstdint>

namespace wsd {

// How much of users' logs, and of messages, is kept.
struct log_retention {
    std::uint64_t entries_max = no_entries_max; // of each user, exact at every moment
    timestamp age_max_ms = 0;                   // of entries; 0: no limit; looked at by trim_logs, like the next
    timestamp history_max_ms = 0;               // of messages
    std::size_t portion_max = 500;              // messages that one trim_logs removes, or empties, at most
};

} // namespace wsd
