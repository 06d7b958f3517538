#include "common/config/load.hpp"

#include "common/config/option_value.hpp"
#include "sources.hpp"

#include <catch_amalgamated.hpp>

using namespace wsd;
using namespace wsd::test;
using lines = std::vector<std::string>;

namespace {

// A valid value that is not the default, by kind of option.
std::string other_value(const option_row& row) {
    switch (row.kind) {
    case option_kind::whole_number: {
        const auto fallback = std::stoull(std::string(row.default_text));
        return std::to_string(fallback == row.highest ? fallback - 1 : fallback + 1);
    }
    case option_kind::decimal:
        return "0.25";
    case option_kind::boolean:
        return row.default_text == "true" ? "false" : "true";
    case option_kind::choice:
        return std::string(row.choices.back());
    case option_kind::list:
        return row.variable == "WS_TRUSTED_PROXIES" ? "10.0.0.0/8" : "https://a.example";
    case option_kind::text:
        break;
    }
    if (row.variable == "WS_ADMIN_TOKEN") return "an admin token of some length";
    if (row.variable == "JWT_SECRET") return "another secret of thirty-two bytes";
    if (row.variable == "HOST" || row.variable == "WS_ADMIN_HOST") return "127.0.0.2";
    return row.variable == "WS_PATH" ? "/other" : "other";
}

std::string in_file(const option_row& row, const std::string& value) {
    const bool text = row.kind == option_kind::text || row.kind == option_kind::choice;
    const auto written = row.kind == option_kind::list ? "[" + quoted(value) + "]" : text ? quoted(value) : value;
    return key_name(row) + " = " + written + "\n";
}

} // namespace

TEST_CASE("without any source every option has its default") {
    const auto loaded = sources{}.load();
    settings expected = default_settings();
    expected.jwt_secret = good_secret;
    CHECK(loaded.mistakes.empty());
    CHECK(loaded.warnings == lines{});
    CHECK(loaded.values == expected);
    CHECK(loaded.values.port == 3001);
    CHECK(loaded.values.heartbeat_timeout == std::chrono::seconds(60));
    CHECK(loaded.values.rate_limit_warning_threshold == 0.8);
    CHECK(loaded.values.jwt_cookie_name == "token");
    CHECK(loaded.origins[index_of(option_named("PORT"))].where == "default");
}

TEST_CASE("every option can be set by variable, file and flag, and keeps what it was given and where") {
    for (const auto& row : option_table()) {
        if (row.variable == "WS_CONFIG") continue;
        INFO(row.variable);
        const auto value = other_value(row);
        const auto expected = parse_option(row, value).value();

        const auto by_variable = with_variable(std::string(row.variable), value).load();
        CHECK(row.fetch(by_variable.values) == expected);
        CHECK(by_variable.origins[index_of(row)].where == "environment variable " + std::string(row.variable));

        auto file = with_file("# first line\n" + in_file(row, value));
        if (row.variable == "JWT_SECRET") file.environment.clear();
        const auto by_file = file.load();
        CHECK(row.fetch(by_file.values) == expected);
        CHECK(by_file.origins[index_of(row)].where == "wsd.toml:2:" + std::to_string(key_name(row).size() + 4));

        if (!row.has_flag) continue;
        const auto by_flag = with_flag(flag_name(row), value).load();
        CHECK(row.fetch(by_flag.values) == expected);
        CHECK(by_flag.origins[index_of(row)].where == "flag --" + flag_name(row));
    }
}

TEST_CASE("a flag is stronger than the environment, that than the file, that than the default") {
    auto given = with_file("port = 1\nthreads = 1\nmax_rooms = 1\n");
    given.environment.emplace_back("PORT", "2");
    given.environment.emplace_back("WS_THREADS", "2");
    given.flags.push_back({.name = "port", .value = "3"});
    const auto loaded = given.load();
    CHECK(loaded.values.port == 3);
    CHECK(loaded.values.threads == 2);
    CHECK(loaded.values.max_rooms == 1);
    CHECK(loaded.values.admin_port == 3002);
    CHECK(loaded.origins[index_of(option_named("PORT"))].source == value_source::flag);
    CHECK(loaded.origins[index_of(option_named("WS_THREADS"))].source == value_source::environment);
    CHECK(loaded.origins[index_of(option_named("WS_MAX_ROOMS"))].source == value_source::file);
    CHECK(loaded.origins[index_of(option_named("WS_ADMIN_PORT"))].source == value_source::fallback);
}

TEST_CASE("the file named by the flag is read, not the one named by the environment") {
    std::string read;
    const load_inputs inputs{.flags = {{.name = "config", .value = "flag.toml"}},
                             .environment = {{"WS_CONFIG", "variable.toml"}, {"JWT_SECRET", good_secret}},
                             .read_file =
                                 [&](const std::string& path) {
                                     read += path;
                                     return file_content{.text = "port = 7", .failure = {}};
                                 },
                             .other_flags = {},
                             .mistakes = {}};
    CHECK(load(inputs).values.port == 7);
    CHECK(read == "flag.toml");
}

TEST_CASE("a configuration file that can't be read is a mistake") {
    const load_inputs inputs{
        .flags = {{.name = "config", .value = "gone.toml"}, {.name = "port", .value = "x"}},
        .environment = {{"JWT_SECRET", good_secret}},
        .read_file = [](const std::string&) { return file_content{.text = {}, .failure = "No such file"}; },
        .other_flags = {},
        .mistakes = {}};
    const auto loaded = load(inputs);
    REQUIRE(loaded.mistakes.size() == 2);
    CHECK(loaded.mistakes[0].text() ==
          R"(config = "gone.toml" (flag --config): must be the path of a readable file: No such file)");
    CHECK(loaded.mistakes[1].option == "port");
}

TEST_CASE("an environment variable with an empty value counts as not set") {
    auto given = with_file("port = 1\n");
    given.environment.emplace_back("PORT", "");
    given.environment.emplace_back("WS_THREADS", "");
    const auto loaded = given.load();
    CHECK(loaded.mistakes.empty());
    CHECK(loaded.values.port == 1);
    CHECK(loaded.origins[index_of(option_named("WS_THREADS"))].source == value_source::fallback);
}

TEST_CASE("an empty value in a stronger source unsets an option that may be unset") {
    auto given = with_file("jwt_issuer = \"https://issuer\"\nallowed_origins = [\"null\"]\n");
    given.flags.push_back({.name = "jwt-issuer", .value = ""});
    given.flags.push_back({.name = "allowed-origins", .value = ""});
    const auto loaded = given.load();
    CHECK(loaded.mistakes.empty());
    CHECK(loaded.values.jwt_issuer == "");
    CHECK(loaded.values.allowed_origins == lines{});
    CHECK(with_flag("host", "").mistakes() ==
          lines{R"(host = "" (flag --host): must be an IP address (IPv6 without brackets) or a host name)"});
}

TEST_CASE("mistakes of all sources are reported at once, overridden values included") {
    auto given = with_file("port = 70000\nthreads = 1\n");
    given.environment.emplace_back("WS_THREADS", "12abc");
    given.environment.emplace_back("WS_LOG_LEVEL", "loud\nly");
    given.flags.push_back({.name = "port", .value = "80"});
    given.flags.push_back({.name = "threads", .value = "257"});
    given.flags.push_back({.name = "dev", .value = "yes"});
    given.flags.push_back({.name = "path", .value = std::nullopt});
    CHECK(
        given.mistakes() ==
        lines{
            "port = 70000 (wsd.toml:1:8): must be a whole number from 0 to 65535",
            R"(threads = "12abc" (environment variable WS_THREADS): must be a whole number from 0 to 256)",
            R"(log_level = "loud\u000Aly" (environment variable WS_LOG_LEVEL): must be one of debug, info, warn, error)",
            R"(threads = "257" (flag --threads): must be a whole number from 0 to 256)",
            R"(dev = "yes" (flag --dev): must be true or false)",
            "path (flag --path): needs a value: a path of ASCII that begins with / and has no ?, # or blank"});
}

TEST_CASE("unknown names are told with the nearest known one and without their value") {
    CHECK(with_file("jwt_secrt = \"0123456789\"\n[limits]\nport = 1\n").mistakes() ==
          lines{"jwt_secrt (wsd.toml:1:1): unknown option; did you mean jwt_secret?",
                "limits (wsd.toml:2:2): unknown option; did you mean host?"});
    CHECK(with_flag("prot", "80").mistakes() == lines{"--prot (command line): unknown option; did you mean --port?"});
    const auto loaded = with_variable("WS_HEARTBEAT_TIMEOUTS", "1").load();
    CHECK(loaded.mistakes.empty());
    CHECK(loaded.warnings ==
          lines{"WS_HEARTBEAT_TIMEOUTS (environment): unknown, ignored; did you mean WS_HEARTBEAT_TIMEOUT?"});
    CHECK(with_variable("OTHER_THING", "1").load().warnings == lines{});
}

TEST_CASE("secrets appear in no message") {
    const std::string secret = "s3cr3t-in-sight";
    auto given = with_file("jwt_secret = " + secret + "\nadmin_token = 's3cr3t'\n");
    given.environment = {{"WS_ADMIN_TOKEN", "s3cr3t"}, {"WS_S3CRET", secret}};
    given.flags = {{.name = "jwt-secret", .value = secret}, {.name = "admin-token", .value = secret}};
    const auto found = given.mistakes();
    CHECK(found.size() == 5);
    for (const auto& line : found) {
        INFO(line);
        CHECK(line.find("s3cr3t") == std::string::npos);
    }
    CHECK(found.back() == "admin_token (flag --admin-token): has no flag, because other users can read command lines; "
                          "set the environment variable WS_ADMIN_TOKEN or the file's admin_token");
    auto second_key = with_variable("JWT_JWKS_FILE", "keys.json");
    CHECK(second_key.mistakes().at(0).find(good_secret) == std::string::npos);
}

TEST_CASE("a flag given twice is a mistake") {
    auto given = with_flag("port", "1");
    given.flags.push_back({.name = "port", .value = "2"});
    CHECK(given.mistakes() == lines{"port (flag --port): is given more than once"});
}

TEST_CASE("a long value is cut in the message") {
    const auto line = with_flag("port", std::string(10000, 'x')).mistakes().at(0);
    CHECK(line.size() < 250);
    CHECK(line.ends_with("(flag --port): must be a whole number from 0 to 65535"));
}

TEST_CASE("options are taken out of the arguments and the rest keeps its order") {
    std::vector<std::string> arguments{
        "config", "--port",        "80",        "show", "--path=/x",        "--dev", "--insecure", "false", "--origin",
        "--host", "--jwt-issuer=", "--threads", "-5",   "--jwt-secret=abc", "--",    "--port",     "1"};
    const auto taken = take_flags(arguments);
    CHECK(arguments == lines{"config", "show", "--origin", "--", "--port", "1"});
    lines shown;
    for (const auto& flag : taken) shown.push_back(flag.name + ":" + flag.value.value_or("(none)"));
    CHECK(shown == lines{"port:80", "path:/x", "dev:(none)", "insecure:false", "host:(none)",
                         "jwt-issuer:", "threads:-5", "jwt-secret:abc"});
}
