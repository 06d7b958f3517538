#include "common/auth/jws_parts.hpp"

#include "common/auth/base64url.hpp"

namespace wsd {
namespace {

// Takes the decoded bytes from the front of the buffer.
std::optional<std::string_view> decode_part(std::string_view part, std::span<char>& buffer) noexcept {
    if (part.empty() || !base64url_decode(part, buffer)) return std::nullopt;
    const std::span<char> bytes = buffer.first(base64url_decoded_size(part.size()));
    buffer = buffer.subspan(bytes.size());
    return std::string_view(bytes.data(), bytes.size());
}

} // namespace

std::optional<jws_parts> split_token(std::string_view token, std::span<char> buffer) noexcept {
    if (token.size() > buffer.size()) return std::nullopt;
    const std::size_t first = token.find('.');
    const std::size_t second = first == token.npos ? token.npos : token.find('.', first + 1);
    if (second == token.npos) return std::nullopt;
    const auto header = decode_part(token.substr(0, first), buffer);
    if (!header) return std::nullopt;
    const auto payload = decode_part(token.substr(first + 1, second - first - 1), buffer);
    if (!payload) return std::nullopt;
    const auto signature = decode_part(token.substr(second + 1), buffer); // a fourth part leaves a dot in it
    if (!signature) return std::nullopt;
    return jws_parts{token.substr(0, second), *header, *payload, *signature};
}

} // namespace wsd
