#include "common/config/option_table.hpp"

#include "common/config/option_value.hpp"

#include <catch_amalgamated.hpp>

#include <set>

using namespace wsd;

namespace {

std::vector<std::string> shown(const option_row& row, std::optional<option_value> value) {
    if (!value) return {"refused"};
    return {to_toml(row, *value)};
}

struct expected_row {
    std::string_view variable, default_text, allowed;
};

// Every option as it is promised: what it is called, its default, what it may be.
constexpr expected_row promised[] = {
    {"HOST", "127.0.0.1", "an IP address (IPv6 without brackets) or a host name"},
    {"PORT", "3001", "a whole number from 0 to 65535"},
    {"WS_PATH", "/ws", "a path of ASCII that begins with / and has no ?, # or blank"},
    {"WS_PROTOCOL_VERSION", "1.0.0", "1 to 32 characters"},
    {"WS_TLS_CERT_FILE", "", "the path of a readable file"},
    {"WS_TLS_KEY_FILE", "", "the path of a readable file"},
    {"WS_CONFIG", "", "the path of a readable file"},
    {"WS_DEV", "false", "true or false"},
    {"WS_INSECURE", "false", "true or false"},
    {"WS_ALLOWED_ORIGINS", "", "a list of scheme://host[:port] (nothing behind it), null, or *"},
    {"WS_TRUSTED_PROXIES", "", "a list of address/prefix, such as 10.0.0.0/8"},
    {"JWT_SECRET", "", "at least 32 bytes"},
    {"JWT_PUBLIC_KEY_FILE", "", "the path of a readable file"},
    {"JWT_JWKS_FILE", "", "the path of a readable file"},
    {"JWT_ALGORITHM", "", "one of HS256, RS256, PS256, ES256, EdDSA"},
    {"JWT_COOKIE_NAME", "token", "a cookie name (RFC 6265 token)"},
    {"JWT_ISSUER", "", "text without control characters"},
    {"JWT_AUDIENCE", "", "text without control characters"},
    {"JWT_LEEWAY_S", "30", "a whole number from 0 to 600"},
    {"JWT_REQUIRE_EXP", "true", "true or false"},
    {"WS_HANDSHAKE_TIMEOUT", "10000", "a whole number from 100 to 600000"},
    {"WS_HELLO_TIMEOUT", "10000", "a whole number from 100 to 600000"},
    {"WS_ACCEPT_RATE", "0", "a whole number from 0 to 1000000"},
    {"WS_MAX_CONNECTIONS", "0", "a whole number from 0 to 10000000"},
    {"WS_MAX_CONNECTIONS_PER_USER", "5", "a whole number from 0 to 10000000"},
    {"WS_MAX_CONNECTIONS_PER_IP", "50", "a whole number from 0 to 10000000"},
    {"WS_PER_USER_POLICY", "reject", "one of reject, replace_oldest"},
    {"WS_MAX_SOCKETS_PER_SESSION", "0", "a whole number from 0 to 10000"},
    {"WS_MAX_DEVICES_PER_USER", "10", "a whole number from 1 to 1000"},
    {"WS_MAX_PAYLOAD_SIZE", "1048576", "a whole number from 128 to 1000000000"},
    {"WS_MAX_CONTENT_LENGTH", "10000", "a whole number from 1 to 1000000"},
    {"WS_MAX_ROOM_NAME_LENGTH", "200", "a whole number from 1 to 10000"},
    {"WS_MAX_THUMBNAIL_URL_LENGTH", "2048", "a whole number from 1 to 65536"},
    {"WS_RATE_LIMIT_MESSAGES", "100", "a whole number from 1 to 10000000"},
    {"WS_RATE_LIMIT_WINDOW_MS", "60000", "a whole number from 1 to 86400000"},
    {"WS_RATE_LIMIT_WARNING_THRESHOLD", "0.8", "a decimal above 0 and at most 1"},
    {"WS_RATE_LIMIT_MODE", "delay", "one of delay, reject"},
    {"WS_RATE_LIMIT_SENSITIVE_ROOM_ACTIONS", "20", "a whole number from 1 to 1000000"},
    {"WS_VIOLATIONS_BEFORE_THROTTLE", "2", "a whole number from 0 to 1000"},
    {"WS_MAX_VIOLATIONS", "5", "a whole number from 0 to 1000"},
    {"WS_BACKPRESSURE_THRESHOLD", "100", "a whole number from 1 to 1000000"},
    {"WS_BACKPRESSURE_MAX_QUEUE", "200", "a whole number from 1 to 1000000"},
    {"WS_BACKPRESSURE_BUFFERED_THRESHOLD", "1048576", "a whole number from 1024 to 1000000000"},
    {"WS_BACKPRESSURE_MAX_OVERFLOWS", "5", "a whole number from 1 to 1000"},
    {"WS_BACKPRESSURE_STALL_MS", "5000", "a whole number from 100 to 600000"},
    {"WS_HEARTBEAT_INTERVAL", "30000", "a whole number from 10 to 86400000"},
    {"WS_HEARTBEAT_TIMEOUT", "60000", "a whole number from 10 to 86400000"},
    {"WS_SHUTDOWN_TIMEOUT", "10000", "a whole number from 0 to 3600000"},
    {"PRESENCE_OFFLINE_GRACE_MS", "5000", "a whole number from 0 to 600000"},
    {"WS_PRESENCE_AUDIENCE", "contacts", "one of contacts, all, none"},
    {"WS_ROOM_AUTO_CREATE", "true", "true or false"},
    {"WS_ROOM_AUTO_DELETE_EMPTY", "true", "true or false"},
    {"WS_ROOM_LEAVE_ON_DISCONNECT", "false", "true or false"},
    {"WS_MAX_ROOMS", "0", "a whole number from 0 to 10000000"},
    {"WS_MAX_MEMBERS_PER_ROOM", "0", "a whole number from 0 to 10000000"},
    {"WS_MAX_ROOMS_PER_USER", "1000", "a whole number from 0 to 1000000"},
    {"WS_ROOM_MEMBER_EVENTS_MAX", "50", "a whole number from 0 to 100000"},
    {"WS_STORE", "sqlite", "one of sqlite, memory"},
    {"WS_DATA_DIR", "./wsd-data", "the path of a directory"},
    {"WS_DURABILITY", "fsync", "one of fsync, os"},
    {"WS_LOG_RETENTION_DAYS", "30", "a whole number from 0 to 36500"},
    {"WS_LOG_MAX_ENTRIES_PER_USER", "10000", "a whole number from 10 to 10000000"},
    {"WS_HISTORY_RETENTION_DAYS", "0", "a whole number from 0 to 36500"},
    {"WS_REPLAY_MAX_ENTRIES", "10000", "a whole number from 1 to 10000000"},
    {"DELIVERY_ACK_TIMEOUT_MS", "30000", "a whole number from 1000 to 86400000"},
    {"WS_THREADS", "0", "a whole number from 0 to 256"},
    {"WS_LOG_LEVEL", "info", "one of debug, info, warn, error"},
    {"WS_LOG_JSON", "false", "true or false"},
    {"WS_ADMIN_HOST", "127.0.0.1", "an IP address, a host name, or off"},
    {"WS_ADMIN_PORT", "3002", "a whole number from 0 to 65535"},
    {"WS_ADMIN_TOKEN", "", "at least 16 bytes"},
};

} // namespace

TEST_CASE("the option table holds exactly the promised options, defaults and bounds") {
    const auto rows = option_table();
    for (std::size_t i = 0; i < std::min(rows.size(), std::size(promised)); ++i) {
        CHECK(rows[i].variable == promised[i].variable);
        CHECK(rows[i].default_text == promised[i].default_text);
        CHECK(allowed_text(rows[i]) == promised[i].allowed);
    }
    CHECK(rows.size() == std::size(promised));
}

TEST_CASE("every row of the option table is complete") {
    std::set<std::string> variables, keys, flags;
    for (const auto& row : option_table()) {
        INFO(row.variable);
        CHECK_FALSE(row.section.empty());
        CHECK(row.help.size() > 10);
        CHECK(row.help.ends_with('.'));
        CHECK_FALSE(allowed_text(row).empty());
        CHECK(row.store != nullptr);
        CHECK(row.fetch != nullptr);
        CHECK(row.has_flag == !row.secret);
        if (row.kind == option_kind::whole_number) CHECK(row.lowest < row.highest);
        if (row.kind == option_kind::choice) CHECK(row.choices.size() >= 2);
        const bool checked =
            row.kind == option_kind::text || row.kind == option_kind::list || row.kind == option_kind::decimal;
        if (checked) CHECK(row.accepts != nullptr);
        CHECK(variables.emplace(row.variable).second);
        CHECK(keys.insert(key_name(row)).second);
        CHECK(flags.insert(flag_name(row)).second);
    }
}

TEST_CASE("no two options fill the same setting") {
    for (const auto& row : option_table()) {
        settings changed = default_settings();
        const auto value = row.fetch(changed);
        row.store(changed, {});
        row.store(changed, value);
        INFO(row.variable);
        CHECK(changed == default_settings());
        for (const auto& other : option_table()) {
            if (&other != &row) CHECK(other.store != row.store);
        }
    }
}

TEST_CASE("flag and key are derived from the variable") {
    const auto& row = option_named("WS_RATE_LIMIT_MESSAGES");
    CHECK(flag_name(row) == "rate-limit-messages");
    CHECK(key_name(row) == "rate_limit_messages");
    CHECK(flag_name(option_named("JWT_LEEWAY_S")) == "jwt-leeway-s");
    CHECK(flag_name(option_named("HOST")) == "host");
}

TEST_CASE("whole numbers are accepted at both bounds and refused one beyond") {
    for (const auto& row : option_table()) {
        if (row.kind != option_kind::whole_number) continue;
        INFO(row.variable);
        for (const auto bound : {row.lowest, row.highest}) {
            const auto text = std::to_string(bound);
            CHECK(shown(row, parse_option(row, text)) == std::vector{text});
            settings held;
            row.store(held, *parse_option(row, text));
            CHECK(std::get<std::uint64_t>(row.fetch(held)) == bound);
        }
        CHECK_FALSE(parse_option(row, std::to_string(row.highest + 1)));
        if (row.lowest > 0) CHECK_FALSE(parse_option(row, std::to_string(row.lowest - 1)));
    }
}

TEST_CASE("whole numbers are decimal digits only") {
    for (const auto& row : option_table()) {
        if (row.kind != option_kind::whole_number) continue;
        for (const auto* text :
             {"12abc", "abc", "-1", "+5", "5.0", "0x10", "1_000", " 5", "5 ", "", "1e3", "99999999999999999999"}) {
            INFO(row.variable << " " << text);
            CHECK_FALSE(parse_option(row, text));
        }
    }
}

TEST_CASE("booleans are exactly true or false") {
    for (const auto& row : option_table()) {
        if (row.kind != option_kind::boolean) continue;
        INFO(row.variable);
        CHECK(shown(row, parse_option(row, "true")) == std::vector<std::string>{"true"});
        CHECK(shown(row, parse_option(row, "false")) == std::vector<std::string>{"false"});
        for (const auto* text : {"True", "1", "0", "yes", "on", " true", ""}) CHECK_FALSE(parse_option(row, text));
    }
}

TEST_CASE("enumerations are accepted exactly as written, every one of them") {
    for (const auto& row : option_table()) {
        if (row.kind != option_kind::choice) continue;
        INFO(row.variable);
        for (const auto word : row.choices) {
            settings held;
            row.store(held, parse_option(row, word).value());
            CHECK(to_toml(row, row.fetch(held)) == quoted(word));
        }
        for (const auto* text : {"12abc", "REJECT ", "Fsync", "hs256"}) CHECK_FALSE(parse_option(row, text));
    }
    CHECK(default_settings().presence_audience == choice::presence_audience::contacts);
    CHECK(default_settings().log_level == choice::log_level::info);
    CHECK_FALSE(default_settings().jwt_algorithm);
}

TEST_CASE("the warning threshold is above 0 and at most 1") {
    const auto& row = option_named("WS_RATE_LIMIT_WARNING_THRESHOLD");
    for (const auto* text : {"0.001", "0.8", "1", "1.0"}) CHECK(parse_option(row, text));
    for (const auto* text :
         {"0", "0.0", "1.001", ".8", "1.", "8e-1", "-0.5", "+0.5", "nan", "inf", "0,8", "12abc", ""}) {
        INFO(text);
        CHECK_FALSE(parse_option(row, text));
    }
}

TEST_CASE("lists are comma-separated and blanks around items are ignored") {
    const auto& row = option_named("WS_ALLOWED_ORIGINS");
    CHECK(shown(row, parse_option(row, " https://a.example ,null,http://[::1]:8080")) ==
          std::vector<std::string>{R"(["https://a.example", "null", "http://[::1]:8080"])"});
    for (const auto* text : {"https://a.example,,null", ",", "https://a.example,", "a.example", " "}) {
        INFO(text);
        CHECK_FALSE(parse_option(row, text));
    }
}
