#include "server/app/command_settings.hpp"
#include "server/app/commands.hpp"
#include "server/app/dev_directory.hpp"
#include "server/app/dev_hints.hpp"
#include "server/app/keys.hpp"
#include "server/app/serve.hpp"

#include <algorithm>
#include <ostream>

namespace wsd {
namespace {

bool has_key(const settings& options) {
    return !options.jwt_secret.empty() || !options.jwt_public_key_file.empty() || !options.jwt_jwks_file.empty();
}

// What `dev` means: as if --dev had been given, unless it was.
command_request with_dev_flag(command_request request) {
    const bool given =
        std::ranges::find(request.inputs.flags, "dev", &flag_argument::name) != request.inputs.flags.end();
    if (!given) request.inputs.flags.push_back({.name = "dev", .value = {}});
    return request;
}

} // namespace

int dev_command(const command_request& request, const process_context& process) {
    auto loaded = load_for(with_dev_flag(request));
    auto& options = loaded.values;
    const bool own_directory = loaded.origins[index_of(option_named("WS_DATA_DIR"))].source == value_source::fallback;
    if (request.keep && !own_directory) {
        loaded.mistakes.push_back({.option = "--keep",
                                   .value = {},
                                   .where = "command line",
                                   .problem = "can't go with data_dir, which is kept anyway"});
    }
    if (!report(loaded, process)) return 2;

    dev_directory directory;
    if (own_directory) {
        auto opened = request.keep ? dev_directory::keep(".wsd-dev") : dev_directory::make_temporary();
        if (!opened) {
            process.err << "error: " << opened.error().text << '\n';
            return 1;
        }
        directory = std::move(*opened);
        options.data_dir = directory.data();
    }
    if (!has_key(options)) {
        auto secret = request.keep ? directory.kept_secret() : setup_result<std::string>(random_secret());
        if (!secret) {
            process.err << "error: " << secret.error().text << '\n';
            return 1;
        }
        options.jwt_secret = *secret;
    }
    return run_server(options, hint_hooks(options, process));
}

} // namespace wsd
