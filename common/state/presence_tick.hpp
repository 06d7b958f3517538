#pragma once

#include "common/state/presence_records.hpp"

#include <cstdint>
#include <vector>

namespace wsd {

enum class presence_audience : std::uint8_t { contacts, all, none }; // WS_PRESENCE_AUDIENCE

// How often presence_writer::advance() is to be called: changes within one interval are told together.
constexpr milliseconds presence_tick_interval{250};

// What one tick has to tell, and to whom. A plain value.
struct presence_tick {
    struct viewer {
        user_id user;
        std::uint32_t begin = 0; // told[begin..end) are ranges of changes, ascending
        std::uint32_t end = 0;
    };
    std::vector<presence_change> changes;
    // Audience `contacts`: who is to be told of what; everyone here is connected. Audience `all`: empty, everyone but
    // the user itself is told of every change.
    std::vector<viewer> viewers;
    std::vector<change_range> told;
    std::vector<user_id> gone; // offline from now on, whether anybody is told or not
    // Users who came online or went offline, whether anybody is told or not.
    std::uint32_t came = 0;
    std::uint32_t went = 0;
};

} // namespace wsd
