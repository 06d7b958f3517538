#pragma once

#include "common/config/settings.hpp"
#include "server/storage/message_log.hpp"

#include <memory>
#include <string>
#include <variant>

namespace wsd {

// The log that the settings name, or what is wrong with it and what to do.
[[nodiscard]] std::variant<std::unique_ptr<message_log>, std::string> open_log(const settings& options);

} // namespace wsd
