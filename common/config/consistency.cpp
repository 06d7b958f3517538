#include "common/config/consistency.hpp"

#include "common/config/option_syntax.hpp"
#include "common/config/option_value.hpp"

#include <algorithm>
#include <filesystem>
#include <initializer_list>
#include <system_error>

namespace wsd {
namespace {

constexpr std::size_t secret_bytes_min = 32;

class checker {
  public:
    explicit checker(loaded_settings& loaded) : loaded_(loaded), values_(loaded.values) {}

    void run() {
        order();
        retention();
        directory();
        tls();
        development();
        origins();
        keys();
        admin();
    }

  private:
    void order() {
        if (usable({"WS_BACKPRESSURE_MAX_QUEUE", "WS_BACKPRESSURE_THRESHOLD"}) &&
            values_.backpressure_max_queue < values_.backpressure_threshold) {
            report("WS_BACKPRESSURE_MAX_QUEUE", "must be at least " + shown("WS_BACKPRESSURE_THRESHOLD"));
        }
        if (usable({"WS_HEARTBEAT_TIMEOUT", "WS_HEARTBEAT_INTERVAL"}) &&
            values_.heartbeat_timeout <= values_.heartbeat_interval) {
            report("WS_HEARTBEAT_TIMEOUT", "must be greater than " + shown("WS_HEARTBEAT_INTERVAL"));
        }
    }

    void retention() {
        if (!usable({"WS_HISTORY_RETENTION_DAYS", "WS_LOG_RETENTION_DAYS"})) return;
        const auto history = values_.history_retention_days.count();
        const auto log = values_.log_retention_days.count();
        if (history == 0) return;
        if (log == 0) {
            report("WS_HISTORY_RETENTION_DAYS", "must be 0 with " + shown("WS_LOG_RETENTION_DAYS"));
        } else if (history < log) {
            report("WS_HISTORY_RETENTION_DAYS", "must be 0 or at least " + shown("WS_LOG_RETENTION_DAYS"));
        }
    }

    void directory() {
        std::error_code none;
        if (!usable({"WS_DATA_DIR", "WS_STORE"}) || values_.store != choice::store::sqlite) return;
        const auto there = std::filesystem::status(values_.data_dir, none);
        if (std::filesystem::exists(there) && !std::filesystem::is_directory(there))
            report("WS_DATA_DIR", "must be a directory");
    }

    void tls() {
        if (!usable({"WS_TLS_CERT_FILE", "WS_TLS_KEY_FILE"})) return;
        const bool cert = !values_.tls_cert_file.empty();
        const bool key = !values_.tls_key_file.empty();
        if (cert && !key) report("WS_TLS_CERT_FILE", "needs tls_key_file too");
        if (key && !cert) report("WS_TLS_KEY_FILE", "needs tls_cert_file too");
        if (!cert && !key && usable({"HOST"}) && !values_.dev && !syntax::is_loopback(values_.host)) {
            loaded_.warnings.push_back(shown("HOST") + ": not a loopback address and no TLS: tokens and messages "
                                                       "travel in the clear unless a proxy in front encrypts them");
        }
    }

    void development() {
        if (usable({"HOST", "WS_DEV"}) && values_.dev && !syntax::is_loopback(values_.host)) {
            report("HOST", "must be a loopback address with " + shown("WS_DEV"));
        }
    }

    void origins() {
        if (!usable({"WS_ALLOWED_ORIGINS", "WS_INSECURE"}) || values_.insecure) return;
        if (std::ranges::find(values_.allowed_origins, "*") != values_.allowed_origins.end()) {
            report("WS_ALLOWED_ORIGINS", "must not hold * without insecure = true");
        }
    }

    void keys() {
        const std::initializer_list<const char*> all = {"JWT_SECRET", "JWT_PUBLIC_KEY_FILE", "JWT_JWKS_FILE"};
        if (!usable(all) || !usable({"WS_DEV"})) return;
        std::vector<std::string_view> given;
        for (const auto* variable : all) {
            const auto& row = option_named(variable);
            if (!std::holds_alternative<std::monostate>(row.fetch(values_))) given.push_back(variable);
        }
        if (given.empty() && !values_.dev) {
            loaded_.mistakes.push_back({.option = "jwt_secret",
                                        .value = {},
                                        .where = "not set",
                                        .problem = "exactly one of jwt_secret, jwt_public_key_file and jwt_jwks_file "
                                                   "must be set"});
            return;
        }
        for (std::size_t i = 1; i < given.size(); ++i) {
            report(given[i], "exactly one key can be set, and there is " + shown(given[0]));
        }
        if (!values_.jwt_secret.empty() && values_.jwt_secret.size() < secret_bytes_min && !values_.dev) {
            report("JWT_SECRET", "must be at least 32 bytes (only with dev = true a shorter one is allowed)");
        }
        if (given.size() <= 1 && usable({"JWT_ALGORITHM"})) algorithm();
    }

    void algorithm() {
        if (!values_.jwt_algorithm) return;
        const bool symmetric = *values_.jwt_algorithm == choice::jwt_algorithm::hs256;
        if (!values_.jwt_jwks_file.empty()) {
            report("JWT_ALGORITHM", "must not be set with " + shown("JWT_JWKS_FILE"));
        } else if (!values_.jwt_public_key_file.empty()) {
            if (symmetric) report("JWT_ALGORITHM", "must not be HS256 with " + shown("JWT_PUBLIC_KEY_FILE"));
        } else if (!symmetric) {
            report("JWT_ALGORITHM", "must be HS256 with " + shown("JWT_SECRET"));
        }
    }

    void admin() {
        if (!usable({"WS_ADMIN_HOST", "WS_ADMIN_TOKEN"}) || values_.admin_host == "off") return;
        if (!syntax::is_loopback(values_.admin_host) && values_.admin_token.empty()) {
            report("WS_ADMIN_HOST", "must be a loopback address or off without admin_token");
        }
    }

    bool usable(std::initializer_list<const char*> variables) const {
        return std::ranges::none_of(variables,
                                    [&](const char* v) { return loaded_.broken[index_of(option_named(v))]; });
    }

    // `heartbeat_interval = 200 (default)`
    std::string shown(std::string_view variable) const {
        const auto& row = option_named(variable);
        return key_name(row) + " = " + to_toml(row, row.fetch(values_)) + " (" + origin(row).where + ")";
    }

    const value_origin& origin(const option_row& row) const { return loaded_.origins[index_of(row)]; }

    void report(std::string_view variable, std::string problem) {
        const auto& row = option_named(variable);
        loaded_.mistakes.push_back({.option = key_name(row),
                                    .value = row.secret ? "***" : to_toml(row, row.fetch(values_)),
                                    .where = origin(row).where,
                                    .problem = std::move(problem)});
    }

    loaded_settings& loaded_;
    const settings& values_;
};

} // namespace

void check_consistency(loaded_settings& loaded) { checker(loaded).run(); }

} // namespace wsd
