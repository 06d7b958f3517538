#include "server/app/keys.hpp"

#include "server/app/process_context.hpp"

#include <array>
#include <cstdio>
#include <stdexcept>

#include <sys/random.h>

namespace wsd {
namespace {

std::optional<jws_algorithm> pinned(const settings& options) {
    if (!options.jwt_algorithm) return std::nullopt;
    switch (*options.jwt_algorithm) {
    case choice::jwt_algorithm::hs256:
        return jws_algorithm::hs256;
    case choice::jwt_algorithm::rs256:
        return jws_algorithm::rs256;
    case choice::jwt_algorithm::ps256:
        return jws_algorithm::ps256;
    case choice::jwt_algorithm::es256:
        return jws_algorithm::es256;
    case choice::jwt_algorithm::eddsa:
        return jws_algorithm::eddsa;
    }
    return std::nullopt;
}

} // namespace

key_set_result load_keys(const settings& options, std::vector<std::string>& warnings) {
    if (!options.jwt_secret.empty()) {
        return key_set::from_secret(options.jwt_secret, options.dev ? 1 : key_set::secret_bytes_min);
    }
    const bool from_pem = !options.jwt_public_key_file.empty();
    const auto& path = from_pem ? options.jwt_public_key_file : options.jwt_jwks_file;
    if (path.empty()) return setup_error{"no key is set"};
    const auto content = read_text_file(path);
    if (!content.text) return setup_error{"must be the path of a readable file: " + content.failure};
    return from_pem ? key_set::from_pem(*content.text, pinned(options)) : key_set::from_jwks(*content.text, warnings);
}

key_set_result load_keys(const settings& options) {
    std::vector<std::string> unused;
    return load_keys(options, unused);
}

std::string random_secret() {
    std::array<unsigned char, 32> bytes{};
    if (getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
        throw std::runtime_error("the operating system gives no random numbers");
    }
    std::string text;
    for (const auto byte : bytes) {
        char digits[3];
        std::snprintf(digits, sizeof digits, "%02x", static_cast<unsigned>(byte));
        text += digits;
    }
    return text;
}

} // namespace wsd
