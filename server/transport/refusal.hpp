#pragma once

#include "common/protocol/codes.hpp"

#include <string>

namespace wsd {

// The whole HTTP response that refuses an upgrade. `retry_after_s` (1..60) is used by 503 only.
[[nodiscard]] std::string render_refusal(http_code code, unsigned retry_after_s);

} // namespace wsd
