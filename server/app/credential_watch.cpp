#include "server/app/credential_watch.hpp"

#include "server/app/keys.hpp"

#include <array>
#include <ctime>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace wsd {
namespace {

// Empty: the key is a secret, which comes with the options and stays.
const std::string& key_path(const settings& options) {
    return options.jwt_public_key_file.empty() ? options.jwt_jwks_file : options.jwt_public_key_file;
}

std::string utc_text(std::int64_t seconds) {
    const auto time = static_cast<std::time_t>(seconds);
    std::tm parts{};
    std::array<char, 32> text{};
    if (::gmtime_r(&time, &parts) == nullptr) return std::to_string(seconds);
    return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

} // namespace

credential_watch::credential_watch(const settings& options, logger& log)
    : options_(options), log_(log), key_file_({key_path(options)}),
      certificate_files_({options.tls_cert_file, options.tls_key_file}) {}

fresh_credentials credential_watch::look() { return {.keys = load_fresh_keys(), .tls = load_fresh_certificate()}; }

std::shared_ptr<const key_set> credential_watch::load_fresh_keys() {
    if (!key_file_.look()) return nullptr;
    std::vector<std::string> warnings;
    const auto loaded = key_file_.is_special() ? setup_error{"it is no regular file"} : load_keys(options_, warnings);
    if (!loaded && !key_file_.refuse()) return nullptr;
    for (const std::string& warning : warnings)
        log_.log_event(log_level::warn, "verification_key_skipped", {{"what", warning}});
    const std::string& path = key_path(options_);
    if (!loaded) {
        log_.log_event(log_level::warn, "keys_not_reloaded", {{"file", path}, {"what", loaded.error().text}});
        return nullptr;
    }
    key_file_.take();
    log_.log_event(log_level::info, "keys_reloaded", {{"file", path}, {"keys", (*loaded)->size()}});
    return *loaded;
}

std::shared_ptr<const tls_context> credential_watch::load_fresh_certificate() {
    if (!certificate_files_.look()) return nullptr;
    const std::string& path = options_.tls_cert_file;
    auto loaded = certificate_files_.is_special() ? "the certificate or its key is no regular file"
                                                  : tls_context::load(path, options_.tls_key_file);
    if (const auto* problem = std::get_if<std::string>(&loaded)) {
        if (certificate_files_.refuse())
            log_.log_event(log_level::warn, "certificate_not_reloaded", {{"file", path}, {"what", *problem}});
        return nullptr;
    }
    certificate_files_.take();
    std::shared_ptr<const tls_context> fresh = std::get<std::unique_ptr<tls_context>>(std::move(loaded));
    log_.log_event(log_level::info, "certificate_reloaded",
                   {{"file", path}, {"not_after", utc_text(fresh->not_after_s())}});
    return fresh;
}

} // namespace wsd
