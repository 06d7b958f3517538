#pragma once

// Faults that the torture harness or wsload has to find. They exist in wsd_planted only, a program of the tests, which
// defines WSD_PLANTED; nothing of them is in wsd.
#ifdef WSD_PLANTED

#include <cstdlib>
#include <map>
#include <string>
#include <string_view>

namespace wsd {

// The environment chooses one of them.
inline bool is_planted(std::string_view fault) {
    static const char* const chosen = std::getenv("WSD_PLANTED_FAULT");
    return chosen != nullptr && fault == chosen;
}

// So small that copying the write-ahead log and folding happen all the time, and meet every fault.
inline bool has_small_log() {
    static const bool small = std::getenv("WSD_PLANTED_SMALL_LOG") != nullptr;
    return small;
}

// Room and who was removed from it last.
inline std::map<std::string, std::string> planted_removed;

} // namespace wsd

#endif
