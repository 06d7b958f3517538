#pragma once

#include <boost/assert/source_location.hpp>

#include <cstdint>
#include <stdexcept>
#include <string_view>

namespace wsd {

// Why a token was refused: for logs, metrics and `wsd token inspect` only. The peer gets the same answer for all.
enum class token_problem : std::uint8_t {
    malformed = 1, // too long, not three canonical base64url parts, or a part that is not a strict JSON object
    bad_header,    // a header member that is forbidden or of a wrong form
    bad_algorithm, // `alg` is not the one the key is pinned to
    unknown_key,   // `kid` names no key of the set, or is absent though the set has several
    bad_signature,
    bad_claims, // a claim is missing or of a wrong form
    wrong_issuer,
    wrong_audience,
    expired,
    not_yet_valid,
};
inline constexpr std::size_t token_problem_count = 10;

// A fixed word, fit for a metric's label.
[[nodiscard]] constexpr std::string_view name_of(token_problem problem) noexcept {
    switch (problem) {
    case token_problem::malformed:
        return "malformed";
    case token_problem::bad_header:
        return "bad_header";
    case token_problem::bad_algorithm:
        return "bad_algorithm";
    case token_problem::unknown_key:
        return "unknown_key";
    case token_problem::bad_signature:
        return "bad_signature";
    case token_problem::bad_claims:
        return "bad_claims";
    case token_problem::wrong_issuer:
        return "wrong_issuer";
    case token_problem::wrong_audience:
        return "wrong_audience";
    case token_problem::expired:
        return "expired";
    case token_problem::not_yet_valid:
        return "not_yet_valid";
    }
    return "unknown";
}

[[noreturn]] inline void throw_exception_from_error(token_problem, const boost::source_location&) {
    throw std::logic_error("value() of a token that was refused");
}

} // namespace wsd
