#pragma once

#include "server/app/command_request.hpp"

// One function per command, each in a file of its own or with its nearest kin. All return the exit status.
namespace wsd {

[[nodiscard]] int serve_command(const command_request& request, const process_context& process);
[[nodiscard]] int dev_command(const command_request& request, const process_context& process);
[[nodiscard]] int token_mint_command(const command_request& request, const process_context& process);
[[nodiscard]] int token_inspect_command(const command_request& request, const process_context& process);
[[nodiscard]] int config_check_command(const command_request& request, const process_context& process);
[[nodiscard]] int config_show_command(const command_request& request, const process_context& process);
[[nodiscard]] int config_default_command(const command_request& request, const process_context& process);
[[nodiscard]] int version_command(const command_request& request, const process_context& process);

} // namespace wsd
