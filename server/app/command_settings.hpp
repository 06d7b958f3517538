#pragma once

#include "server/app/command_request.hpp"

#include <optional>

namespace wsd {

// The configuration that a command runs with, read from all sources and checked, the contents of key and certificate
// files included. Nothing is printed.
[[nodiscard]] loaded_settings load_for(const command_request& request);

// Prints warnings and mistakes, one line each. True: there was no mistake.
[[nodiscard]] bool report(const loaded_settings& loaded, const process_context& process);

// For commands that take no options: prints what was given all the same. True: nothing was.
[[nodiscard]] bool report_strays(const command_request& request, const process_context& process);

} // namespace wsd
