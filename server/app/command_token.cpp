#include "common/auth/token_tools.hpp"
#include "common/base/clock.hpp"
#include "common/config/option_syntax.hpp"
#include "common/config/option_value.hpp"
#include "server/app/command_settings.hpp"
#include "server/app/commands.hpp"
#include "server/app/duration_text.hpp"
#include "server/app/keys.hpp"

#include <algorithm>
#include <array>
#include <istream>
#include <ostream>

namespace wsd {
namespace {

constexpr std::array<std::string_view, 4> key_options{"jwt_secret", "jwt_public_key_file", "jwt_jwks_file",
                                                      "jwt_algorithm"};

mistake wrong_argument(std::string flag, const std::string& value, std::string problem) {
    return {.option = std::move(flag),
            .value = value.empty() ? "" : quoted(value),
            .where = "command line",
            .problem = std::move(problem)};
}

// The configuration with the secret of --secret, if that was given, in place of the configured key.
loaded_settings load_with_secret(const command_request& request) {
    auto loaded = load_for(request);
    if (request.secret.empty()) return loaded;
    std::erase_if(loaded.mistakes, [](const mistake& found) {
        return std::ranges::find(key_options, found.option) != key_options.end();
    });
    auto& options = loaded.values;
    options.jwt_public_key_file.clear();
    options.jwt_jwks_file.clear();
    options.jwt_algorithm.reset();
    options.dev = true; // here the length of the secret is not what is asked
    if (!request.secret.starts_with('@')) {
        loaded.mistakes.push_back({.option = "--secret",
                                   .value = "***",
                                   .where = "command line",
                                   .problem = "must be @FILE, because other users can read command lines"});
        return loaded;
    }
    auto content = read_text_file(request.secret.substr(1));
    if (content.text) {
        std::string& text = *content.text;
        if (text.ends_with('\n')) text.pop_back();
        if (text.ends_with('\r')) text.pop_back();
        if (text.empty()) content.failure = "it is empty";
        options.jwt_secret = text;
    }
    if (!content.failure.empty()) {
        loaded.mistakes.push_back(
            wrong_argument("--secret", request.secret, "must be @ and a readable file: " + content.failure));
    }
    return loaded;
}

bool is_id(const std::string& text) { return text.size() <= 128 && syntax::is_plain_text(text); }

void check_mint_arguments(const command_request& request, std::vector<mistake>& mistakes) {
    constexpr auto id_rule = "must be 1 to 128 bytes of UTF-8 without control characters";
    if (!is_id(request.user)) mistakes.push_back(wrong_argument("--user", request.user, id_rule));
    if (!request.session.empty() && !is_id(request.session))
        mistakes.push_back(wrong_argument("--session", request.session, id_rule));
    if (request.role != "USER" && request.role != "ADMIN")
        mistakes.push_back(wrong_argument("--role", request.role, "must be USER or ADMIN"));
    if (!parse_duration(request.ttl)) {
        mistakes.push_back(wrong_argument("--ttl", request.ttl,
                                          "must be a number and s, m, h or d, such as 90s or 1h; at most 3650d"));
    }
}

// "in 59 min", "3 d ago"
std::string distance(std::int64_t seconds) {
    const auto amount = seconds < 0 ? -seconds : seconds;
    const auto [divisor, unit] = amount < 120      ? std::pair(1, " s")
                                 : amount < 7200   ? std::pair(60, " min")
                                 : amount < 172800 ? std::pair(3600, " h")
                                                   : std::pair(86400, " d");
    const auto text = std::to_string(amount / divisor) + unit;
    return seconds < 0 ? text + " ago" : "in " + text;
}

} // namespace

int token_mint_command(const command_request& request, const process_context& process) {
    auto loaded = load_with_secret(request);
    check_mint_arguments(request, loaded.mistakes);
    auto& options = loaded.values;
    if (loaded.mistakes.empty() && options.jwt_secret.empty()) {
        loaded.mistakes.push_back(
            {.option = "jwt_secret",
             .value = {},
             .where = "not set",
             .problem = "a token is signed with a secret: set JWT_SECRET or give --secret @FILE"});
    }
    if (!report(loaded, process)) return 2;

    const auto keys = load_keys(options);
    const auto now_s = system_clock().wall_ms() / 1000;
    const auto token = keys ? mint(**keys, {.user = {request.user},
                                            .session = {request.session},
                                            .role = request.role == "ADMIN" ? role::admin : role::user,
                                            .expires_at_s = now_s + parse_duration(request.ttl)->count(),
                                            .not_before_s = {},
                                            .issued_at_s = now_s,
                                            .issuer = options.jwt_issuer,
                                            .audience = options.jwt_audience})
                            : std::nullopt;
    if (!token) {
        process.err << "error: the token can't be signed\n";
        return 1;
    }
    process.out << *token << '\n';
    return 0;
}

int token_inspect_command(const command_request& request, const process_context& process) {
    auto loaded = load_with_secret(request);
    // Looking into a token needs no key.
    const bool keyless = std::erase_if(loaded.mistakes, [](const mistake& found) {
                             return found.option == "jwt_secret" && found.where == "not set";
                         }) > 0;
    std::string token = request.token;
    if (token == "-" && process.in) std::getline(*process.in, token);
    if (token.empty())
        loaded.mistakes.push_back(wrong_argument("TOKEN", "", "is needed; - reads it from the standard input"));
    if (!report(loaded, process)) return 2;

    const auto seen = inspect(token);
    process.out << "header   " << (seen.header.empty() ? "not readable" : seen.header) << '\n'
                << "claims   " << (seen.claims.empty() ? "not readable" : seen.claims) << '\n';
    auto& options = loaded.values;
    const auto keys = load_keys(options);
    if (keyless || !keys) {
        process.out << "verdict  not verified: no key is configured (JWT_SECRET, a key file, or --secret @FILE)\n";
        return seen.claims.empty() ? 1 : 0;
    }
    const auto now = system_clock().wall_ms();
    const auto verdict = verify(**keys,
                                {.issuer = options.jwt_issuer,
                                 .audience = options.jwt_audience,
                                 .leeway = options.jwt_leeway_s,
                                 .require_expiry = options.jwt_require_exp},
                                token, now);
    if (!verdict) {
        process.out << "verdict  refused: " << explain(verdict.error()) << '\n';
        return 1;
    }
    process.out << "user     " << verdict->user.value << ", session " << verdict->session.value << '\n';
    if (verdict->expires_at) process.out << "expires  " << distance((*verdict->expires_at - now) / 1000) << '\n';
    process.out << "verdict  accepted\n";
    return 0;
}

} // namespace wsd
