#pragma once

#include "common/config/load.hpp"

namespace wsd {

// Adds a mistake for each demand between options that is not met, and the warnings. A demand on an option that is
// already known to be wrong is skipped: its value is not what was meant.
void check_consistency(loaded_settings& loaded);

} // namespace wsd
