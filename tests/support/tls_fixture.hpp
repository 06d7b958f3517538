#pragma once

#include "server/transport/tls.hpp"
#include "tests/support/temporary_directory.hpp"

#include <catch_amalgamated.hpp>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

// Both ends of a TLS connection without a network: a certificate, a client on OpenSSL itself, the handshake.
namespace wsd::test {

using tls_status = tls_filter::status;

template <auto Free> struct freed_by {
    template <class T> void operator()(T* object) const { Free(object); }
};
using key_handle = std::unique_ptr<EVP_PKEY, freed_by<EVP_PKEY_free>>;
using certificate_handle = std::unique_ptr<X509, freed_by<X509_free>>;
using context_handle = std::unique_ptr<SSL_CTX, freed_by<SSL_CTX_free>>;
using ssl_handle = std::unique_ptr<SSL, freed_by<SSL_free>>;
using file_handle = std::unique_ptr<BIO, freed_by<BIO_free_all>>;

inline key_handle make_key() { return key_handle(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256")); }
inline key_handle make_key_of_another_type() { return key_handle(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")); }

inline void write_key(EVP_PKEY* key, const std::string& path) {
    const file_handle file(BIO_new_file(path.c_str(), "w"));
    REQUIRE(PEM_write_bio_PrivateKey(file.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
}

inline void write_key_with_password(EVP_PKEY* key, const std::string& path) {
    const file_handle file(BIO_new_file(path.c_str(), "w"));
    const auto* password = reinterpret_cast<const unsigned char*>("password");
    REQUIRE(PEM_write_bio_PrivateKey(file.get(), key, EVP_aes_128_cbc(), password, 8, nullptr, nullptr) == 1);
}

inline void write_certificate(EVP_PKEY* key, const std::string& path) {
    const certificate_handle certificate(X509_new());
    REQUIRE(X509_set_version(certificate.get(), X509_VERSION_3) == 1);
    REQUIRE(ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1) == 1);
    REQUIRE(X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600) != nullptr);
    REQUIRE(X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600) != nullptr);
    X509_NAME* name = X509_get_subject_name(certificate.get());
    const auto* common_name = reinterpret_cast<const unsigned char*>("localhost");
    REQUIRE(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, common_name, -1, -1, 0) == 1);
    REQUIRE(X509_set_issuer_name(certificate.get(), name) == 1);
    REQUIRE(X509_set_pubkey(certificate.get(), key) == 1);
    REQUIRE(X509_sign(certificate.get(), key, EVP_sha256()) > 0);
    const file_handle file(BIO_new_file(path.c_str(), "w"));
    REQUIRE(PEM_write_bio_X509(file.get(), certificate.get()) == 1);
}

struct server_files {
    temporary_directory directory;
    std::string certificate = directory.file("cert.pem");
    std::string key = directory.file("key.pem");

    server_files() {
        const key_handle made = make_key();
        write_key(made.get(), key);
        write_certificate(made.get(), certificate);
    }
    [[nodiscard]] std::unique_ptr<tls_context> load() const {
        auto loaded = tls_context::load(certificate, key);
        if (const auto* problem = std::get_if<std::string>(&loaded)) FAIL(*problem);
        return std::get<0>(std::move(loaded));
    }
};

// The client's side, on OpenSSL itself.
class tls_client {
  public:
    explicit tls_client(int version_max = TLS1_3_VERSION) : context_(SSL_CTX_new(TLS_client_method())) {
        SSL_CTX_set_security_level(context_.get(), 0);
        SSL_CTX_set_min_proto_version(context_.get(), TLS1_VERSION);
        SSL_CTX_set_max_proto_version(context_.get(), version_max);
        ssl_.reset(SSL_new(context_.get()));
        SSL_set_bio(ssl_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
        SSL_set_connect_state(ssl_.get());
    }
    bool handshake() { return SSL_do_handshake(ssl_.get()) == 1; }
    void write(std::string_view text) {
        REQUIRE(SSL_write(ssl_.get(), text.data(), static_cast<int>(text.size())) == static_cast<int>(text.size()));
    }
    std::string read() {
        std::string out;
        std::array<char, 4096> buffer{};
        for (;;) {
            const int got = SSL_read(ssl_.get(), buffer.data(), static_cast<int>(buffer.size()));
            if (got <= 0) return out;
            out.append(buffer.data(), static_cast<std::size_t>(got));
        }
    }
    // TLS 1.3; the other end is asked for new keys, too.
    void update_keys() {
        REQUIRE(SSL_key_update(ssl_.get(), SSL_KEY_UPDATE_REQUESTED) == 1);
        REQUIRE(handshake());
    }
    // TLS 1.2.
    void negotiate_anew() {
        REQUIRE(SSL_renegotiate(ssl_.get()) == 1);
        (void)handshake();
    }
    void say_good_bye() { (void)SSL_shutdown(ssl_.get()); }
    void feed(std::string_view octets) {
        if (!octets.empty()) (void)BIO_write(SSL_get_rbio(ssl_.get()), octets.data(), static_cast<int>(octets.size()));
    }
    std::string take() {
        std::string out(static_cast<std::size_t>(BIO_pending(SSL_get_wbio(ssl_.get()))), '\0');
        if (!out.empty()) (void)BIO_read(SSL_get_wbio(ssl_.get()), out.data(), static_cast<int>(out.size()));
        return out;
    }
    [[nodiscard]] std::string_view version() const { return SSL_get_version(ssl_.get()); }

  private:
    context_handle context_;
    ssl_handle ssl_;
};

inline std::string take(tls_filter& filter) {
    std::string out;
    filter.take_output(out);
    return out;
}

// The network delivers `piece` octets at a time.
inline tls_status shake_hands(tls_filter& server, tls_client& other, std::size_t piece) {
    tls_status last = tls_status::want_input;
    bool other_done = false;
    for (int turn = 0; turn < 20 && !(last == tls_status::ok && other_done); ++turn) {
        other_done = other.handshake();
        const std::string flight = other.take();
        for (std::size_t at = 0; at < flight.size(); at += piece) {
            server.feed(std::string_view(flight).substr(at, piece));
            last = server.handshake();
            if (last != tls_status::ok && last != tls_status::want_input) return last;
        }
        other.feed(take(server));
    }
    return last;
}

} // namespace wsd::test
