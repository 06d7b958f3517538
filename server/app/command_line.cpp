#include "server/app/command_line.hpp"

#include "server/app/commands.hpp"

namespace wsd {

int run_command_line(const process_context& process) {
    const auto parsed = parse_command(process);
    if (const auto* finished = std::get_if<command_finished>(&parsed)) return finished->status;
    const auto& request = std::get<command_request>(parsed);
    switch (request.command) {
    case command_name::serve:
        return serve_command(request, process);
    case command_name::dev:
        return dev_command(request, process);
    case command_name::token_mint:
        return token_mint_command(request, process);
    case command_name::token_inspect:
        return token_inspect_command(request, process);
    case command_name::config_check:
        return config_check_command(request, process);
    case command_name::config_show:
        return config_show_command(request, process);
    case command_name::config_default:
        return config_default_command(request, process);
    case command_name::version:
        return version_command(request, process);
    }
    return 2;
}

} // namespace wsd
