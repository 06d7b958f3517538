#pragma once

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <memory>

// Owners of OpenSSL's objects, for the source files of this folder only.
namespace wsd {

template <auto Free> struct openssl_deleter {
    template <class T> void operator()(T* object) const noexcept { Free(object); }
};

using bio_handle = std::unique_ptr<BIO, openssl_deleter<BIO_free>>;
using bignum_handle = std::unique_ptr<BIGNUM, openssl_deleter<BN_free>>;
using digest_context_handle = std::unique_ptr<EVP_MD_CTX, openssl_deleter<EVP_MD_CTX_free>>;
using key_context_handle = std::unique_ptr<EVP_PKEY_CTX, openssl_deleter<EVP_PKEY_CTX_free>>;
using mac_handle = std::unique_ptr<EVP_MAC, openssl_deleter<EVP_MAC_free>>;
using ecdsa_signature_handle = std::unique_ptr<ECDSA_SIG, openssl_deleter<ECDSA_SIG_free>>;
using param_builder_handle = std::unique_ptr<OSSL_PARAM_BLD, openssl_deleter<OSSL_PARAM_BLD_free>>;
using params_handle = std::unique_ptr<OSSL_PARAM, openssl_deleter<OSSL_PARAM_free>>;

// Drops what OpenSSL put into this thread's queue of errors meanwhile. TLS on the same thread reads that queue and
// would take a refused signature for a failure of its own.
class openssl_error_scope {
  public:
    openssl_error_scope() noexcept { ERR_set_mark(); }
    ~openssl_error_scope() { ERR_pop_to_mark(); }
    openssl_error_scope(const openssl_error_scope&) = delete;
    openssl_error_scope& operator=(const openssl_error_scope&) = delete;
};

inline const unsigned char* octets(const char* bytes) noexcept { return reinterpret_cast<const unsigned char*>(bytes); }

} // namespace wsd
