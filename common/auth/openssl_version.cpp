#include "common/auth/openssl_version.hpp"

#include <openssl/crypto.h>

namespace wsd {

std::string_view openssl_version() noexcept { return OpenSSL_version(OPENSSL_VERSION_STRING); }

} // namespace wsd
