#pragma once

#include "common/base/ids.hpp"
#include "common/protocol/field_table.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Frames that clients send about the connection itself.
namespace wsd::from_client {

// HELLO.resume: a cursor in the user's log.
struct hello_resume {
    std::string epoch{};
    std::uint64_t seq = 0;

    using fields = field::table<field::required<"epoch", &hello_resume::epoch, field::text<>>,
                                field::required<"seq", &hello_resume::seq, field::natural>>;
};

struct hello {
    static constexpr std::string_view type = "HELLO";

    std::int64_t version = 1;   // any integer: another than 1 is well-formed and unsupported
    wsd::device_id device_id{}; // empty: none
    std::vector<std::string> caps{};
    std::optional<hello_resume> resume{};
    std::optional<std::vector<std::string>> pending{};

    using fields = field::table<field::required<"version", &hello::version, field::integer<>>,
                                field::optional<"deviceId", &hello::device_id, field::tag<64>>,
                                field::optional<"caps", &hello::caps, field::list<field::text<0, 32>, 0, 32>>,
                                field::optional<"resume", &hello::resume, field::object>,
                                field::optional<"pending", &hello::pending, field::list<field::tag<>, 0, 100>>>;
};

struct ping {
    static constexpr std::string_view type = "PING";

    using fields = field::table<>;
};

struct presence_ping {
    static constexpr std::string_view type = "PRESENCE_PING";

    std::string status = "online";

    using fields = field::table<
        field::defaulted<"status", &presence_ping::status, field::word<"online", "away", "busy", "offline">>,
        field::ignored<"metadata", field::any_object>>;
};

struct auth_refresh {
    static constexpr std::string_view type = "AUTH_REFRESH";

    std::string token{};

    using fields = field::table<field::required<"token", &auth_refresh::token, field::octets<8192>>>;
};

} // namespace wsd::from_client
