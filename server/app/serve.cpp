#include "server/app/serve.hpp"

#include "server/app/credential_watch.hpp"
#include "server/app/keys.hpp"
#include "server/app/log_storage.hpp"
#include "server/app/server.hpp"
#include "server/observe/log.hpp"

#include <csignal>
#include <iostream>
#include <sys/resource.h>

namespace wsd {
namespace {

int fail(const std::string& problem) {
    std::cerr << "wsd: " << problem << "\n";
    return 1;
}

log_level level_of(choice::log_level chosen) {
    switch (chosen) {
    case choice::log_level::debug:
        return log_level::debug;
    case choice::log_level::info:
        return log_level::info;
    case choice::log_level::warn:
        return log_level::warn;
    case choice::log_level::error:
        return log_level::error;
    }
    return log_level::info;
}

// As many descriptors as the system lets us have: each connection needs one.
void raise_descriptor_limit(logger& log) {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    if (::setrlimit(RLIMIT_NOFILE, &limit) == 0)
        log.log_event(log_level::info, "descriptor_limit", {{"limit", std::uint64_t{limit.rlim_cur}}});
}

// A peer that is gone is told by the result of the write.
void ignore_broken_pipes() { std::signal(SIGPIPE, SIG_IGN); }

void warn_of_exposure(const settings& options, logger& log) {
    const auto address = ip_address::parse(options.host);
    const bool loopback = options.host == "localhost" || (address && address->is_loopback());
    if (loopback || !options.tls_cert_file.empty()) return;
    log.log_event(log_level::warn, "public_listener_without_tls",
                  {{"host", options.host}, {"advice", "set WS_TLS_CERT_FILE, or put a TLS proxy in front"}});
}

// What start-up needs besides the log and the metrics; the first problem ends it.
struct gatekeeping {
    std::shared_ptr<const key_set> keys;
    origin_list origins;
    proxy_list proxies;
    std::shared_ptr<const tls_context> tls;
};

std::string prepare(const settings& options, logger& log, gatekeeping& gate) {
    std::vector<std::string> warnings;
    auto keys = load_keys(options, warnings);
    for (const std::string& warning : warnings)
        log.log_event(log_level::warn, "verification_key_skipped", {{"what", warning}});
    if (!keys) return keys.error().text;
    gate.keys = std::move(*keys);
    auto origins = origin_list::parse(options.allowed_origins, options.insecure);
    if (!origins) return "WS_ALLOWED_ORIGINS: " + origins.error().text;
    gate.origins = std::move(*origins);
    auto proxies = proxy_list::parse(options.trusted_proxies);
    if (!proxies) return "WS_TRUSTED_PROXIES: " + proxies.error().text;
    gate.proxies = std::move(*proxies);
    if (options.tls_cert_file.empty()) return {};
    auto tls = tls_context::load(options.tls_cert_file, options.tls_key_file);
    if (auto* problem = std::get_if<std::string>(&tls)) return std::move(*problem);
    gate.tls = std::get<std::unique_ptr<tls_context>>(std::move(tls));
    return {};
}

} // namespace

int run_server(const settings& options, const server_hooks& hooks) {
    ignore_broken_pipes();
    const system_clock time;
    const auto log = make_async_logger(time, {.least = level_of(options.log_level), .json = options.log_json});
    raise_descriptor_limit(*log);
    warn_of_exposure(options, *log);
    credential_watch credentials(options, *log);
    gatekeeping gate;
    if (const std::string problem = prepare(options, *log, gate); !problem.empty()) return fail(problem);
    opened_log opened = open_log(options);
    if (!opened.problem.empty()) return fail(opened.problem);
    const auto storage = std::move(opened.log);
    if (!opened.notice.empty())
        log->log_event(log_level::warn, "log_renewed",
                       {{"reason", opened.notice}, {"epoch", storage->identity().epoch}});

    metrics_registry metrics(WSD_VERSION, *log);
    server running({.options = options,
                    .time = time,
                    .log = *log,
                    .metrics = metrics,
                    .storage = *storage,
                    .keys = std::move(gate.keys),
                    .origins = std::move(gate.origins),
                    .proxies = std::move(gate.proxies),
                    .tls = std::move(gate.tls),
                    .credentials = credentials});
    if (const std::string problem = running.listen(); !problem.empty()) return fail(problem);
    const listening where = running.where();
    log->log_event(log_level::info, "listening",
                   {{"host", where.host},
                    {"port", where.port},
                    {"path", options.path},
                    {"tls", where.tls},
                    {"admin_host", where.admin_host},
                    {"admin_port", where.admin_port},
                    {"epoch", storage->identity().epoch}});
    if (hooks.on_listening) hooks.on_listening(where);
    running.run();
    return 0;
}

} // namespace wsd
