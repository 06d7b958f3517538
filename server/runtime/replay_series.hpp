#pragma once

#include "common/state/log_records.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace wsd {

// A RESUME in progress on one connection: entries next..to are still to be written.
struct replay_series {
    resume_plan plan;
    std::uint64_t next = 1;
    std::uint64_t message_count = 0; // message frames written so far
    std::optional<std::string> correlation;
    bool page_requested = false;
};

} // namespace wsd
