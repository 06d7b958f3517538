#include "common/auth/secret_compare.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <array>

namespace wsd {
namespace {

using digest = std::array<unsigned char, 32>;

bool digest_of(std::string_view text, digest& out) noexcept {
    std::size_t size = 0;
    return EVP_Q_digest(nullptr, "SHA256", nullptr, text.data(), text.size(), out.data(), &size) == 1 &&
           size == out.size();
}

} // namespace

bool equal_secrets(std::string_view given, std::string_view expected) noexcept {
    digest a{}, b{};
    return digest_of(given, a) && digest_of(expected, b) && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

} // namespace wsd
