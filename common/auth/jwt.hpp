#pragma once

#include "common/auth/claims.hpp"
#include "common/auth/key_set.hpp"

#include <cstddef>
#include <string_view>

namespace wsd {

inline constexpr std::size_t token_bytes_max = 8192;

// Verifies a compact JWS (RFC 7515 §7.1) that carries claims (RFC 7519), with the precautions of RFC 8725: the
// algorithm is the key's, never the token's choice; keys and addresses in the header are not used; nothing of the
// claims is read before the signature held. Pure: any thread, no I/O. Time and memory are bounded by token_bytes_max;
// longer texts are refused unread. A token without problem is not a revoked or suspended one's contrary: that is looked
// up elsewhere.
[[nodiscard]] token_result<claims> verify(const key_set& keys, const verify_options& options, std::string_view token,
                                          timestamp now);

} // namespace wsd
