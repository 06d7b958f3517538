#include "common/config/document.hpp"
#include "server/app/command_settings.hpp"
#include "server/app/commands.hpp"

#include <ostream>

namespace wsd {

int config_check_command(const command_request& request, const process_context& process) {
    const auto loaded = load_for(request);
    if (!report(loaded, process)) return 2;
    process.out << (loaded.values.config.empty() ? "configuration" : loaded.values.config) << ": ok\n";
    return 0;
}

int config_show_command(const command_request& request, const process_context& process) {
    const auto loaded = load_for(request);
    if (!report(loaded, process)) return 2;
    process.out << settings_document(loaded, {.origins = request.origin});
    return 0;
}

int config_default_command(const command_request& request, const process_context& process) {
    if (!report_strays(request, process)) return 2;
    process.out << default_document();
    return 0;
}

} // namespace wsd
