#include "common/auth/token_tools.hpp"

#include "common/auth/base64url.hpp"
#include "common/protocol/strict_json.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

namespace wsd {
namespace {

namespace json = boost::json;

std::string readable(std::string_view part) {
    const std::optional<std::string> text = base64url_decode(part);
    if (!text) return {};
    const json_result value = strict_parser().parse(*text);
    return value ? json::serialize(*value) : std::string();
}

} // namespace

std::optional<std::string> mint(const key_set& keys, const mint_request& request) {
    const jws_key* key = keys.find(std::nullopt);
    if (key == nullptr) return std::nullopt;
    json::object claims{{"userId", request.user.value}};
    if (!request.session.empty()) claims["sid"] = request.session.value;
    if (request.role == role::admin) claims["role"] = "ADMIN";
    if (!request.issuer.empty()) claims["iss"] = request.issuer;
    if (!request.audience.empty()) claims["aud"] = request.audience;
    if (request.issued_at_s) claims["iat"] = *request.issued_at_s;
    if (request.not_before_s) claims["nbf"] = *request.not_before_s;
    if (request.expires_at_s) claims["exp"] = *request.expires_at_s;
    std::string token = base64url_encode(R"({"alg":"HS256","typ":"JWT"})");
    token += '.';
    token += base64url_encode(json::serialize(claims));
    const std::optional<std::string> signature = key->sign(token);
    if (!signature) return std::nullopt;
    token += '.';
    token += base64url_encode(*signature);
    return token;
}

inspection inspect(std::string_view token) {
    if (token.size() > token_bytes_max) return {};
    const std::size_t first = std::min(token.find('.'), token.size());
    const std::string_view rest = token.substr(std::min(first + 1, token.size()));
    return {readable(token.substr(0, first)), readable(rest.substr(0, rest.find('.')))};
}

std::string_view explain(token_problem problem) noexcept {
    switch (problem) {
    case token_problem::malformed:
        return "it is not three parts of base64url without padding that hold a JSON object, a JSON object and a "
               "signature, 8192 bytes in all at most";
    case token_problem::bad_header:
        return "its header has one of crit, b64, zip, enc, cty, a typ other than JWT or at+jwt, or a kid that is no "
               "string";
    case token_problem::bad_algorithm:
        return "its alg is not the algorithm of the configured key";
    case token_problem::unknown_key:
        return "its kid names none of the configured keys";
    case token_problem::bad_signature:
        return "its signature was not made with the configured key";
    case token_problem::bad_claims:
        return "a claim is missing or of a wrong form: userId (or user_id, or sub) and sid are strings of 1 to 128 "
               "bytes, role is USER or ADMIN, exp, nbf and iat are numbers, exp is required";
    case token_problem::wrong_issuer:
        return "its iss is not the configured issuer";
    case token_problem::wrong_audience:
        return "its aud does not contain the configured audience";
    case token_problem::expired:
        return "it has expired";
    case token_problem::not_yet_valid:
        return "it is not valid yet";
    }
    return "it was refused";
}

} // namespace wsd
