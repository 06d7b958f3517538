#include "server/app/command_settings.hpp"
#include "server/app/commands.hpp"
#include "server/app/dev_hints.hpp"
#include "server/app/keys.hpp"
#include "server/app/serve.hpp"

#include <ostream>

namespace wsd {

int serve_command(const command_request& request, const process_context& process) {
    auto loaded = load_for(request);
    if (!report(loaded, process)) return 2;
    auto& options = loaded.values;
    const bool keyless =
        options.jwt_secret.empty() && options.jwt_public_key_file.empty() && options.jwt_jwks_file.empty();
    if (!keyless) return run_server(options, {});
    // Development only; without the tokens that are printed nobody could connect.
    options.jwt_secret = random_secret();
    return run_server(options, hint_hooks(options, process));
}

} // namespace wsd
