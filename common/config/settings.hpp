#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace wsd {

// Values of the options that are enumerations, in the order in which the option table names them.
namespace choice {
enum class per_user_policy : std::uint8_t { reject, replace_oldest };
enum class rate_limit_mode : std::uint8_t { delay, reject };
enum class presence_audience : std::uint8_t { contacts, all, none };
enum class store : std::uint8_t { sqlite, memory };
enum class durability : std::uint8_t { fsync, os };
enum class log_level : std::uint8_t { debug, info, warn, error };
enum class jwt_algorithm : std::uint8_t { hs256, rs256, ps256, es256, eddsa };
} // namespace choice

// One member per option, named like its key in the configuration file. Defaults, bounds and meaning are in the option
// table only: a default-constructed object holds zeros, use load() or default_settings(). An empty string or list means
// "not set". Plain value; immutable once the server runs, so any thread may read it.
struct settings {
    std::string host;
    std::uint16_t port{}; // 0 = any free port
    std::string path;
    std::string protocol_version;
    std::string tls_cert_file;
    std::string tls_key_file;
    std::string config; // path of the configuration file
    bool dev{};
    bool insecure{};

    std::vector<std::string> allowed_origins; // `scheme://host[:port]`, `null`, `*`; as written, not normalised
    std::vector<std::string> trusted_proxies; // `address/prefix`
    std::string jwt_secret;
    std::string jwt_public_key_file;
    std::string jwt_jwks_file;
    std::optional<choice::jwt_algorithm> jwt_algorithm; // nullopt: by the key
    std::string jwt_cookie_name;
    std::string jwt_issuer;
    std::string jwt_audience;
    std::chrono::seconds jwt_leeway_s{};
    bool jwt_require_exp{};

    std::chrono::milliseconds handshake_timeout{};
    std::chrono::milliseconds hello_timeout{};
    std::uint32_t accept_rate{};              // upgrades per second; 0 = no limit
    std::uint32_t max_connections{};          // 0 = unlimited
    std::uint32_t max_connections_per_user{}; // 0 = unlimited
    std::uint32_t max_connections_per_ip{};   // 0 = unlimited
    choice::per_user_policy per_user_policy{};
    std::uint32_t max_sockets_per_session{}; // 0 = off
    std::uint32_t max_devices_per_user{};

    std::uint32_t max_payload_size{};         // bytes of an inbound message
    std::uint32_t max_content_length{};       // code points
    std::uint32_t max_room_name_length{};     // code points
    std::uint32_t max_thumbnail_url_length{}; // code points

    std::uint32_t rate_limit_messages{};
    std::chrono::milliseconds rate_limit_window_ms{};
    double rate_limit_warning_threshold{}; // share of rate_limit_messages, above 0 and at most 1
    choice::rate_limit_mode rate_limit_mode{};
    std::uint32_t rate_limit_sensitive_room_actions{};
    std::uint32_t violations_before_throttle{};
    std::uint32_t max_violations{}; // 0 = never close

    std::uint32_t backpressure_threshold{};          // frames
    std::uint32_t backpressure_max_queue{};          // frames; ≥ backpressure_threshold
    std::uint32_t backpressure_buffered_threshold{}; // bytes
    std::uint32_t backpressure_max_overflows{};
    std::chrono::milliseconds backpressure_stall_ms{};

    std::chrono::milliseconds heartbeat_interval{};
    std::chrono::milliseconds heartbeat_timeout{}; // > heartbeat_interval
    std::chrono::milliseconds shutdown_timeout{};  // 0 = close at once

    std::chrono::milliseconds presence_offline_grace_ms{}; // 0 = at once
    choice::presence_audience presence_audience{};

    bool room_auto_create{};
    bool room_auto_delete_empty{};
    bool room_leave_on_disconnect{};
    std::uint32_t max_rooms{};            // 0 = unlimited
    std::uint32_t max_members_per_room{}; // 0 = unlimited
    std::uint32_t max_rooms_per_user{};   // 0 = unlimited
    std::uint32_t room_member_events_max{};

    choice::store store{};
    std::string data_dir;
    choice::durability durability{};
    std::chrono::days log_retention_days{}; // 0 = no limit by age
    std::uint32_t log_max_entries_per_user{};
    std::chrono::days history_retention_days{}; // 0 = for ever; else ≥ log_retention_days
    std::uint32_t replay_max_entries{};
    std::chrono::milliseconds delivery_ack_timeout_ms{};

    std::uint32_t threads{}; // 0 = number of cores
    choice::log_level log_level{};
    bool log_json{};

    std::string admin_host; // `off` = no admin listener
    std::uint16_t admin_port{};
    std::string admin_token;

    friend bool operator==(const settings&, const settings&) = default;
};

} // namespace wsd
