#pragma once

#include "common/base/clock.hpp"
#include "common/state/exclusion_records.hpp"

#include <optional>
#include <string_view>

// What an operator sends when it excludes somebody. nullopt: malformed.
namespace wsd {

// The body of POST /v1/revocations. Of a request that says nothing else, tokens issued up to `now` are meant.
[[nodiscard]] std::optional<revocation> read_revocation(std::string_view body, timestamp now);

// The last part of the path of a suspension: a user id, percent-encoded (RFC 3986 §2.1).
[[nodiscard]] std::optional<user_id> read_path_user(std::string_view encoded);

// Empty, or one JSON text by the rules of the protocol.
[[nodiscard]] bool is_empty_or_json(std::string_view body);

} // namespace wsd
