#include "server/admin/exclusion_requests.hpp"

#include "common/config/option_syntax.hpp"
#include "common/protocol/field_decoder.hpp"
#include "common/protocol/strict_json.hpp"
#include "common/protocol/text.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <string>

namespace wsd {
namespace {

struct revocation_body {
    wsd::user_id user_id;
    wsd::session_id session_id; // empty: none
    std::optional<std::int64_t> issued_before;
    std::optional<std::int64_t> expires_at;

    using fields = field::table<field::required<"userId", &revocation_body::user_id, field::id>,
                                field::optional<"sessionId", &revocation_body::session_id, field::id>,
                                field::optional<"issuedBefore", &revocation_body::issued_before, field::integer<>>,
                                field::optional<"expiresAt", &revocation_body::expires_at, field::timestamp_ms>>;
};

bool is_looked_for(std::string_view name) noexcept {
    return name == "userId" || name == "sessionId" || name == "issuedBefore" || name == "expiresAt";
}

int hexadecimal(char digit) {
    if (digit >= '0' && digit <= '9') return digit - '0';
    if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
    return -1;
}

std::optional<std::string> percent_decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        const int high = i + 2 < text.size() ? hexadecimal(text[i + 1]) : -1;
        const int low = high >= 0 ? hexadecimal(text[i + 2]) : -1;
        if (low < 0) return std::nullopt;
        out += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return out;
}

} // namespace

std::optional<revocation> read_revocation(std::string_view body, timestamp now) {
    constexpr timestamp ms_per_s = 1000;
    strict_parser parser(is_looked_for);
    const auto parsed = parser.parse(body);
    const auto* object = parsed ? parsed->if_object() : nullptr;
    if (object == nullptr) return std::nullopt;
    revocation_body said;
    const decode_limits no_limits;
    field::reader in(no_limits);
    if (!field::read_fields(in, *object, said, revocation_body::fields{})) return std::nullopt;
    revocation what{.user = std::move(said.user_id), .session = std::move(said.session_id)};
    // Of a session every token is meant, whenever it was issued.
    if (what.session.empty()) what.issued_before = said.issued_before ? *said.issued_before * ms_per_s : now;
    if (said.expires_at) what.expires_at = *said.expires_at;
    return what;
}

std::optional<user_id> read_path_user(std::string_view encoded) {
    auto decoded = percent_decoded(encoded);
    if (!decoded || !syntax::is_plain_text(*decoded) || !is_id(*decoded)) return std::nullopt;
    return user_id{*std::move(decoded)};
}

bool is_empty_or_json(std::string_view body) {
    if (body.empty()) return true;
    strict_parser parser(is_looked_for);
    return parser.parse(body).has_value();
}

} // namespace wsd
