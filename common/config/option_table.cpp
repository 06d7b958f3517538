#include "common/config/option_table.hpp"

#include "common/config/option_section.hpp"
#include "common/config/option_syntax.hpp"
#include "common/config/option_value.hpp"

#include <algorithm>
#include <array>
#include <cassert>

namespace wsd {
namespace {

constexpr std::array<std::string_view, 2> per_user_policies{"reject", "replace_oldest"};
constexpr std::array<std::string_view, 2> rate_limit_modes{"delay", "reject"};
constexpr std::array<std::string_view, 3> presence_audiences{"contacts", "all", "none"};
constexpr std::array<std::string_view, 2> stores{"sqlite", "memory"};
constexpr std::array<std::string_view, 2> durabilities{"fsync", "os"};
constexpr std::array<std::string_view, 4> log_levels{"debug", "info", "warn", "error"};
constexpr std::array<std::string_view, 5> jwt_algorithms{"HS256", "RS256", "PS256", "ES256", "EdDSA"};

constexpr text_rule host_rule{syntax::is_host, "an IP address (IPv6 without brackets) or a host name"};
constexpr text_rule admin_host_rule{syntax::is_admin_host, "an IP address, a host name, or off"};
constexpr text_rule path_rule{syntax::is_request_path, "a path of ASCII that begins with / and has no ?, # or blank"};
constexpr text_rule version_rule{syntax::is_short_text, "1 to 32 characters"};
constexpr text_rule file_rule{syntax::is_plain_text, "the path of a readable file"};
constexpr text_rule directory_rule{syntax::is_plain_text, "the path of a directory"};
constexpr text_rule origin_rule{syntax::is_origin, "a list of scheme://host[:port] (nothing behind it), null, or *"};
constexpr text_rule cidr_rule{syntax::is_cidr, "a list of address/prefix, such as 10.0.0.0/8"};
constexpr text_rule secret_rule{syntax::is_non_empty, "at least 32 bytes"};
constexpr text_rule cookie_rule{syntax::is_token, "a cookie name (RFC 6265 token)"};
constexpr text_rule claim_rule{syntax::is_plain_text, "text without control characters"};
constexpr text_rule share_rule{syntax::is_positive_share, "a decimal above 0 and at most 1"};
constexpr text_rule admin_token_rule{syntax::is_admin_token, "at least 16 bytes"};

constexpr option_section listener{"Public listener"};
constexpr option_section tokens{"Origins and tokens"};
constexpr option_section connections{"Connections"};
constexpr option_section messages{"Messages"};
constexpr option_section rates{"Rate limits"};
constexpr option_section backpressure{"Back-pressure"};
constexpr option_section lifetime{"Heartbeat and shutdown"};
constexpr option_section presence{"Presence"};
constexpr option_section rooms{"Rooms"};
constexpr option_section storage{"Storage"};
constexpr option_section process{"Process"};
constexpr option_section admin{"Admin listener"};

using s = settings;

constexpr option_row rows[] = {
    listener.text<&s::host>("HOST", "127.0.0.1", host_rule,
                            "Address of the public listener. Another one than loopback without TLS is a warning."),
    listener.number<&s::port>("PORT", "3001", {0, 65535},
                              "Port of the public listener; 0 = any free port, printed at start."),
    listener.text<&s::path>("WS_PATH", "/ws", path_rule, "Path of the WebSocket resource, compared byte for byte."),
    listener.text<&s::protocol_version>("WS_PROTOCOL_VERSION", "1.0.0", version_rule,
                                        "Value of protocolVersion in the frames that have one."),
    listener.text<&s::tls_cert_file>(
        "WS_TLS_CERT_FILE", "", file_rule,
        "PEM certificate chain. With the key file: TLS 1.2 and 1.3 on the public listener."),
    listener.text<&s::tls_key_file>("WS_TLS_KEY_FILE", "", file_rule, "PEM private key of the certificate."),
    outside_file(
        listener.text<&s::config>("WS_CONFIG", "", file_rule, "Configuration file (TOML); without it none is read.")),
    listener.boolean<&s::dev>(
        "WS_DEV", "false", "Development: loopback only, the token secret may be absent or short, demonstration pages."),
    listener.boolean<&s::insecure>("WS_INSECURE", "false", "Allows * in allowed_origins."),

    tokens.text<&s::allowed_origins>("WS_ALLOWED_ORIGINS", "", origin_rule,
                                     "Origins that may connect beside the server's own.", option_kind::list),
    tokens.text<&s::trusted_proxies>("WS_TRUSTED_PROXIES", "", cidr_rule,
                                     "Peers whose X-Forwarded-For and X-Real-IP are believed.", option_kind::list),
    tokens.secret<&s::jwt_secret>("JWT_SECRET", secret_rule,
                                  "Key of HS256 tokens. Exactly one of jwt_secret, jwt_public_key_file and "
                                  "jwt_jwks_file is needed (with dev: none makes a random secret)."),
    tokens.text<&s::jwt_public_key_file>("JWT_PUBLIC_KEY_FILE", "", file_rule,
                                         "PEM public key: RSA of at least 2048 bits, EC P-256 or Ed25519."),
    tokens.text<&s::jwt_jwks_file>("JWT_JWKS_FILE", "", file_rule, "JWK set with at least one usable key."),
    tokens.one_of<&s::jwt_algorithm>(
        "JWT_ALGORITHM", "", jwt_algorithms,
        "Pins the algorithm; must fit the key and can't go with jwt_jwks_file. Not set: by the key."),
    tokens.text<&s::jwt_cookie_name>("JWT_COOKIE_NAME", "token", cookie_rule, "Cookie that carries the token."),
    tokens.text<&s::jwt_issuer>("JWT_ISSUER", "", claim_rule, "Required iss claim; not set = not checked."),
    tokens.text<&s::jwt_audience>("JWT_AUDIENCE", "", claim_rule, "Required aud claim; not set = not checked."),
    tokens.number<&s::jwt_leeway_s>("JWT_LEEWAY_S", "30", {0, 600, "s"}, "Tolerance for exp and nbf."),
    tokens.boolean<&s::jwt_require_exp>("JWT_REQUIRE_EXP", "true",
                                        "false: tokens without exp are accepted and never expire."),

    connections.number<&s::handshake_timeout>("WS_HANDSHAKE_TIMEOUT", "10000", {100, 600000, "ms"},
                                              "From the TCP accept to the end of the upgrade, TLS included."),
    connections.number<&s::hello_timeout>("WS_HELLO_TIMEOUT", "10000", {100, 600000, "ms"},
                                          "From the upgrade to the client's HELLO."),
    connections.number<&s::accept_rate>("WS_ACCEPT_RATE", "0", {0, 1000000}, "Upgrades per second; 0 = no limit."),
    connections.number<&s::max_connections>("WS_MAX_CONNECTIONS", "0", {0, 10000000},
                                            "Connections in all; 0 = unlimited."),
    connections.number<&s::max_connections_per_user>("WS_MAX_CONNECTIONS_PER_USER", "5", {0, 10000000},
                                                     "Connections of one user; 0 = unlimited."),
    connections.number<&s::max_connections_per_ip>("WS_MAX_CONNECTIONS_PER_IP", "50", {0, 10000000},
                                                   "Connections of one address (IPv6: one /64); 0 = unlimited."),
    connections.one_of<&s::per_user_policy>("WS_PER_USER_POLICY", "reject", per_user_policies,
                                            "What happens to one connection too many of a user."),
    connections.number<&s::max_sockets_per_session>("WS_MAX_SOCKETS_PER_SESSION", "0", {0, 10000},
                                                    "Beyond it the oldest of the session is closed; 0 = off."),
    connections.number<&s::max_devices_per_user>("WS_MAX_DEVICES_PER_USER", "10", {1, 1000},
                                                 "Beyond it the device that said HELLO longest ago is forgotten."),

    messages.number<&s::max_payload_size>("WS_MAX_PAYLOAD_SIZE", "1048576", {128, 1000000000, "bytes"},
                                          "Size of an inbound message."),
    messages.number<&s::max_content_length>("WS_MAX_CONTENT_LENGTH", "10000", {1, 1000000, "code points"},
                                            "Length of a message's content."),
    messages.number<&s::max_room_name_length>("WS_MAX_ROOM_NAME_LENGTH", "200", {1, 10000, "code points"},
                                              "Length of a room's name."),
    messages.number<&s::max_thumbnail_url_length>("WS_MAX_THUMBNAIL_URL_LENGTH", "2048", {1, 65536, "code points"},
                                                  "Length of a room's thumbnail URL."),

    rates.number<&s::rate_limit_messages>("WS_RATE_LIMIT_MESSAGES", "100", {1, 10000000},
                                          "Messages of a user per rate_limit_window_ms."),
    rates.number<&s::rate_limit_window_ms>("WS_RATE_LIMIT_WINDOW_MS", "60000", {1, 86400000, "ms"},
                                           "Window of the rate limits."),
    rates.text<&s::rate_limit_warning_threshold>("WS_RATE_LIMIT_WARNING_THRESHOLD", "0.8", share_rule,
                                                 "Share of rate_limit_messages at which a client is warned.",
                                                 option_kind::decimal),
    rates.one_of<&s::rate_limit_mode>("WS_RATE_LIMIT_MODE", "delay", rate_limit_modes,
                                      "Whether a message above the limit waits or is refused."),
    rates.number<&s::rate_limit_sensitive_room_actions>("WS_RATE_LIMIT_SENSITIVE_ROOM_ACTIONS", "20", {1, 1000000},
                                                        "Changes to rooms and members per window."),
    rates.number<&s::violations_before_throttle>("WS_VIOLATIONS_BEFORE_THROTTLE", "2", {0, 1000},
                                                 "Violations after which a connection is throttled."),
    rates.number<&s::max_violations>("WS_MAX_VIOLATIONS", "5", {0, 1000},
                                     "Violations after which a connection is closed; 0 = never."),

    backpressure.number<&s::backpressure_threshold>(
        "WS_BACKPRESSURE_THRESHOLD", "100", {1, 1000000, "frames"},
        "Pending frames from which on less important ones are merged or dropped."),
    backpressure.number<&s::backpressure_max_queue>(
        "WS_BACKPRESSURE_MAX_QUEUE", "200", {1, 1000000, "frames"},
        "Pending frames that are an overflow; at least backpressure_threshold."),
    backpressure.number<&s::backpressure_buffered_threshold>("WS_BACKPRESSURE_BUFFERED_THRESHOLD", "1048576",
                                                             {1024, 1000000000, "bytes"},
                                                             "Unsent bytes that are an overflow."),
    backpressure.number<&s::backpressure_max_overflows>("WS_BACKPRESSURE_MAX_OVERFLOWS", "5", {1, 1000},
                                                        "Overflows after which a stalled connection is closed."),
    backpressure.number<&s::backpressure_stall_ms>("WS_BACKPRESSURE_STALL_MS", "5000", {100, 600000, "ms"},
                                                   "Time without any byte written that makes a connection stalled."),

    lifetime.number<&s::heartbeat_interval>("WS_HEARTBEAT_INTERVAL", "30000", {10, 86400000, "ms"},
                                            "Time between pings of the server."),
    lifetime.number<&s::heartbeat_timeout>("WS_HEARTBEAT_TIMEOUT", "60000", {10, 86400000, "ms"},
                                           "Silence after which a connection is dead; more than heartbeat_interval."),
    lifetime.number<&s::shutdown_timeout>("WS_SHUTDOWN_TIMEOUT", "10000", {0, 3600000, "ms"},
                                          "Time for open connections to drain at shutdown; 0 = close at once."),

    presence.number<&s::presence_offline_grace_ms>("PRESENCE_OFFLINE_GRACE_MS", "5000", {0, 600000, "ms"},
                                                   "Time from a user's last connection to offline; 0 = at once."),
    presence.one_of<&s::presence_audience>("WS_PRESENCE_AUDIENCE", "contacts", presence_audiences,
                                           "Who learns of a user's presence."),

    rooms.boolean<&s::room_auto_create>("WS_ROOM_AUTO_CREATE", "true",
                                        "Joining a room that does not exist creates it."),
    rooms.boolean<&s::room_auto_delete_empty>("WS_ROOM_AUTO_DELETE_EMPTY", "true",
                                              "The last member's leaving deletes the room."),
    rooms.boolean<&s::room_leave_on_disconnect>("WS_ROOM_LEAVE_ON_DISCONNECT", "false",
                                                "A user without connections leaves its rooms."),
    rooms.number<&s::max_rooms>("WS_MAX_ROOMS", "0", {0, 10000000}, "Rooms in all; 0 = unlimited."),
    rooms.number<&s::max_members_per_room>("WS_MAX_MEMBERS_PER_ROOM", "0", {0, 10000000},
                                           "Members of one room; 0 = unlimited."),
    rooms.number<&s::max_rooms_per_user>("WS_MAX_ROOMS_PER_USER", "1000", {0, 1000000},
                                         "Rooms a user is a member of; 0 = unlimited."),
    rooms.number<&s::room_member_events_max>(
        "WS_ROOM_MEMBER_EVENTS_MAX", "50", {0, 100000},
        "Room size up to which all members are told who came and went; 0 = only the user concerned."),

    storage.one_of<&s::store>("WS_STORE", "sqlite", stores, "memory: nothing survives a restart."),
    storage.text<&s::data_dir>("WS_DATA_DIR", "./wsd-data", directory_rule,
                               "Directory of the log, created when missing; for one process at a time."),
    storage.one_of<&s::durability>("WS_DURABILITY", "fsync", durabilities,
                                   "When a message counts as stored: on disk, or handed to the operating system."),
    storage.number<&s::log_retention_days>("WS_LOG_RETENTION_DAYS", "30", {0, 36500, "days"},
                                           "Age at which entries leave the users' logs; 0 = no limit by age."),
    storage.number<&s::log_max_entries_per_user>("WS_LOG_MAX_ENTRIES_PER_USER", "10000", {10, 10000000},
                                                 "Entries kept in one user's log."),
    storage.number<&s::history_retention_days>(
        "WS_HISTORY_RETENTION_DAYS", "0", {0, 36500, "days"},
        "Age at which messages are deleted; 0 = never, else at least log_retention_days."),
    storage.number<&s::replay_max_entries>(
        "WS_REPLAY_MAX_ENTRIES", "10000", {1, 10000000},
        "Entries that are replayed to a resuming client; above it a snapshot is sent."),
    storage.number<&s::delivery_ack_timeout_ms>(
        "DELIVERY_ACK_TIMEOUT_MS", "30000", {1000, 86400000, "ms"},
        "Time without a confirmation after which a delivery counts as late in the metrics."),

    process.number<&s::threads>("WS_THREADS", "0", {0, 256}, "Shards, one thread each; 0 = number of cores."),
    process.one_of<&s::log_level>("WS_LOG_LEVEL", "info", log_levels, "Least level that is written."),
    process.boolean<&s::log_json>("WS_LOG_JSON", "false", "One JSON object per log line."),

    admin.text<&s::admin_host>(
        "WS_ADMIN_HOST", "127.0.0.1", admin_host_rule,
        "Address of health, metrics and administration; off = none. Another one than loopback needs admin_token."),
    admin.number<&s::admin_port>("WS_ADMIN_PORT", "3002", {0, 65535},
                                 "Port of the admin listener; 0 = any free port, printed at start."),
    admin.secret<&s::admin_token>("WS_ADMIN_TOKEN", admin_token_rule, "Bearer token of the admin listener."),
};

std::string lower_name(const option_row& row, char separator) {
    std::string_view name = row.variable;
    if (name.starts_with("WS_")) name.remove_prefix(3);
    std::string lower(name);
    for (char& c : lower) c = c == '_' ? separator : static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    return lower;
}

} // namespace

std::span<const option_row> option_table() { return rows; }

const option_row& option_named(std::string_view variable) {
    const auto found = std::ranges::find(rows, variable, &option_row::variable);
    assert(found != std::end(rows));
    return *found;
}

std::size_t index_of(const option_row& row) { return static_cast<std::size_t>(&row - rows); }

std::string flag_name(const option_row& row) { return lower_name(row, '-'); }
std::string key_name(const option_row& row) { return lower_name(row, '_'); }

settings default_settings() {
    settings made;
    for (const auto& row : rows) row.store(made, parse_option(row, row.default_text).value());
    return made;
}

} // namespace wsd
