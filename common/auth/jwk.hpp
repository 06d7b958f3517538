#pragma once

#include "common/auth/jws_key.hpp"
#include "common/auth/setup_error.hpp"

#include <boost/json/value.hpp>

namespace wsd {

// The public key of one JSON Web Key (RFC 7517, RFC 7518 §6, RFC 8037 §2), pinned to its `alg`, without one to RS256,
// ES256 or EdDSA by type. Error: not a key for verifying signatures with an algorithm that is known here.
[[nodiscard]] setup_result<jws_key> key_from_jwk(const boost::json::value& jwk);

} // namespace wsd
