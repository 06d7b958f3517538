#pragma once

#include "common/config/settings.hpp"
#include "server/storage/sqlite_log.hpp"

namespace wsd {

// The log that the settings name, or what is wrong with it and what to do.
[[nodiscard]] opened_log open_log(const settings& options);

} // namespace wsd
