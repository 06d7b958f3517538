#include "server/app/command_settings.hpp"

#include "common/config/option_value.hpp"
#include "server/app/keys.hpp"
#include "server/transport/tls.hpp"

#include <ostream>

namespace wsd {
namespace {

bool is_set_and_whole(const loaded_settings& loaded, const option_row& row) {
    return !loaded.broken[index_of(row)] && !std::holds_alternative<std::monostate>(row.fetch(loaded.values));
}

mistake in_file_of(const loaded_settings& loaded, const option_row& row, std::string problem) {
    return {.option = key_name(row),
            .value = to_toml(row, row.fetch(loaded.values)),
            .where = loaded.origins[index_of(row)].where,
            .problem = std::move(problem)};
}

void check_key_files(loaded_settings& loaded) {
    for (const auto* variable : {"JWT_PUBLIC_KEY_FILE", "JWT_JWKS_FILE"}) {
        const auto& row = option_named(variable);
        if (!is_set_and_whole(loaded, row) || loaded.broken[index_of(option_named("JWT_ALGORITHM"))]) continue;
        settings only = loaded.values; // of several keys each is looked at
        only.jwt_secret.clear();
        (variable == std::string_view("JWT_JWKS_FILE") ? only.jwt_public_key_file : only.jwt_jwks_file).clear();
        std::vector<std::string> warnings;
        const auto keys = load_keys(only, warnings);
        for (auto& warning : warnings) loaded.warnings.push_back(in_file_of(loaded, row, std::move(warning)).text());
        if (!keys) loaded.mistakes.push_back(in_file_of(loaded, row, keys.error().text));
    }
}

void check_certificate(loaded_settings& loaded) {
    const auto& certificate = option_named("WS_TLS_CERT_FILE");
    if (!is_set_and_whole(loaded, certificate) || !is_set_and_whole(loaded, option_named("WS_TLS_KEY_FILE"))) return;
    const auto context = tls_context::load(loaded.values.tls_cert_file, loaded.values.tls_key_file);
    if (const auto* problem = std::get_if<std::string>(&context)) {
        loaded.mistakes.push_back(in_file_of(loaded, certificate, *problem));
    }
}

} // namespace

loaded_settings load_for(const command_request& request) {
    auto loaded = load(request.inputs);
    check_key_files(loaded);
    check_certificate(loaded);
    return loaded;
}

bool report(const loaded_settings& loaded, const process_context& process) {
    for (const auto& warning : loaded.warnings) process.err << "warning: " << warning << '\n';
    for (const auto& found : loaded.mistakes) process.err << "error: " << found.text() << '\n';
    return loaded.mistakes.empty();
}

bool report_strays(const command_request& request, const process_context& process) {
    for (const auto& flag : request.inputs.flags) {
        process.err << "error: --" << flag.name << " (command line): this command takes no options\n";
    }
    for (const auto& stray : request.inputs.mistakes) process.err << "error: " << stray.text() << '\n';
    return request.inputs.flags.empty() && request.inputs.mistakes.empty();
}

} // namespace wsd
