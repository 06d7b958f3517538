#pragma once

#include "server/app/process_context.hpp"

namespace wsd {

// Runs the command that the arguments name. The exit status: 0 done · 1 a start or a check failed · 2 arguments or
// configuration are wrong.
[[nodiscard]] int run_command_line(const process_context& process);

} // namespace wsd
