#include "common/auth/token_source.hpp"

#include "common/auth/cookie.hpp"
#include "common/auth/field_text.hpp"

namespace wsd {
namespace {

struct offered_protocols {
    std::string_view token;
    int tokens = 0;
    bool chat = false;
};

offered_protocols read_offer(std::span<const std::string_view> fields) noexcept {
    offered_protocols offer;
    for (std::string_view field : fields) {
        while (!field.empty()) {
            const std::string_view name = trim_blanks(take_until(field, ','));
            if (name == chat_subprotocol) offer.chat = true;
            if (!name.starts_with(token_subprotocol_prefix)) continue;
            offer.token = name.substr(token_subprotocol_prefix.size());
            ++offer.tokens;
        }
    }
    return offer;
}

} // namespace

std::string_view bearer_token(std::string_view authorization) noexcept {
    std::string_view rest = trim_blanks(authorization);
    if (!equal_ignoring_case(take_until(rest, ' '), "Bearer")) return {};
    return trim_blanks(rest);
}

token_lookup find_token(const token_fields& fields, std::string_view cookie_name) noexcept {
    const cookie_lookup cookie = find_cookie(fields.cookies, cookie_name);
    const offered_protocols offer = read_offer(fields.subprotocols);
    token_lookup found;
    found.offers_chat = offer.chat;
    if (cookie.ambiguous) {
        found.ambiguity = token_ambiguity::cookie;
    } else if (offer.tokens > 1) {
        found.ambiguity = token_ambiguity::subprotocol;
    } else if (!cookie.value.empty()) {
        found.token = cookie.value;
        found.source = token_source::cookie;
    } else if (const std::string_view bearer = bearer_token(fields.authorization); !bearer.empty()) {
        found.token = bearer;
        found.source = token_source::bearer;
    } else if (offer.chat && !offer.token.empty()) {
        found.token = offer.token;
        found.source = token_source::subprotocol;
    }
    return found;
}

} // namespace wsd
