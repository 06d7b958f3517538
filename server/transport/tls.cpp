#include "server/transport/tls.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509err.h>

#include <array>
#include <ctime>
#include <limits>
#include <stdexcept>

namespace wsd {
namespace {

std::string last_openssl_error() {
    std::array<char, 256> text{};
    const unsigned long code = ERR_get_error();
    ERR_clear_error();
    if (code == 0) return "unknown error";
    ERR_error_string_n(code, text.data(), text.size());
    return text.data();
}

// OpenSSL would ask the terminal for a password, and whoever loads a key would wait for the answer.
int no_password(char*, int, int, void*) { return -1; }

int clamp_to_int(std::size_t size) {
    constexpr std::size_t max = std::numeric_limits<int>::max();
    return static_cast<int>(size < max ? size : max);
}

tls_filter::status status_of(SSL* ssl, int outcome) {
    switch (SSL_get_error(ssl, outcome)) {
    case SSL_ERROR_NONE:
        return tls_filter::status::ok;
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
        return tls_filter::status::want_input;
    case SSL_ERROR_ZERO_RETURN:
        return tls_filter::status::closed;
    default:
        ERR_clear_error();
        return tls_filter::status::failed;
    }
}

} // namespace

tls_filter::tls_filter(ssl_ctx_st* context) : ssl_(SSL_new(context)) {
    BIO* network_in = BIO_new(BIO_s_mem());
    BIO* network_out = BIO_new(BIO_s_mem());
    if (ssl_ == nullptr || network_in == nullptr || network_out == nullptr) {
        BIO_free(network_in);
        BIO_free(network_out);
        SSL_free(ssl_);
        throw std::bad_alloc();
    }
    BIO_set_mem_eof_return(network_in, -1); // an empty buffer means "not yet", not "end of file"
    SSL_set_bio(ssl_, network_in, network_out);
    SSL_set_accept_state(ssl_);
    SSL_set_msg_callback(ssl_, observe);
    SSL_set_msg_callback_arg(ssl_, this);
}

tls_filter::~tls_filter() { SSL_free(ssl_); }

void tls_filter::feed(std::string_view ciphertext) {
    while (!ciphertext.empty()) {
        const int written = BIO_write(SSL_get_rbio(ssl_), ciphertext.data(), clamp_to_int(ciphertext.size()));
        if (written <= 0) throw std::bad_alloc(); // a memory BIO refuses only when memory is out
        ciphertext.remove_prefix(static_cast<std::size_t>(written));
    }
}

tls_filter::status tls_filter::handshake() {
    const int outcome = SSL_do_handshake(ssl_);
    if (outcome != 1) return status_of(ssl_, outcome);
    established_ = true;
    return status::ok;
}

void tls_filter::observe(int sent, int, int content, const void*, std::size_t, SSL*, void* filter) {
    auto& self = *static_cast<tls_filter*>(filter);
    if (sent == 0 && content == SSL3_RT_HANDSHAKE && self.established_) ++self.later_messages_;
}

// OpenSSL itself ends a connection with more than 32 empty records or 4 warnings in a row.
tls_filter::status tls_filter::status_of_read(int outcome) const {
    const status read = outcome > 0 ? status::ok : status_of(ssl_, outcome);
    if (later_messages_ > later_messages_max) return status::failed;
    return read == status::want_input && BIO_pending(SSL_get_rbio(ssl_)) > 0 ? status::want_turn : read;
}

tls_filter::status tls_filter::peek(char* buffer, std::size_t size, std::size_t& got) {
    const int outcome = SSL_peek(ssl_, buffer, clamp_to_int(size));
    if (outcome > 0) got = static_cast<std::size_t>(outcome);
    return status_of_read(outcome);
}

tls_filter::status tls_filter::read(char* buffer, std::size_t size, std::size_t& got) {
    const int outcome = SSL_read(ssl_, buffer, clamp_to_int(size));
    if (outcome > 0) got = static_cast<std::size_t>(outcome);
    return status_of_read(outcome);
}

tls_filter::status tls_filter::write(std::string_view plaintext) {
    while (!plaintext.empty()) {
        const int outcome = SSL_write(ssl_, plaintext.data(), clamp_to_int(plaintext.size()));
        if (outcome <= 0) return status_of(ssl_, outcome);
        plaintext.remove_prefix(static_cast<std::size_t>(outcome));
    }
    return status::ok;
}

void tls_filter::take_output(std::string& out) {
    BIO* network_out = SSL_get_wbio(ssl_);
    char* data = nullptr;
    const long size = BIO_get_mem_data(network_out, &data);
    if (size <= 0) return;
    out.append(data, static_cast<std::size_t>(size));
    BIO_reset(network_out);
}

std::variant<std::unique_ptr<tls_context>, std::string> tls_context::load(const std::string& certificate_file,
                                                                          const std::string& key_file) {
    ERR_clear_error();
    SSL_CTX* context = SSL_CTX_new(TLS_server_method());
    if (context == nullptr) return "TLS can't be set up: " + last_openssl_error();
    std::unique_ptr<tls_context> loaded(new tls_context(context));
    SSL_CTX_set_default_passwd_cb(context, no_password);
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_clear_mode(context, SSL_MODE_AUTO_RETRY); // one read would else go through all new keys that have come
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF);
    if (SSL_CTX_use_certificate_chain_file(context, certificate_file.c_str()) != 1)
        return "WS_TLS_CERT_FILE " + certificate_file + ": no readable PEM certificate chain (" + last_openssl_error() +
               ")";
    const bool key_read = SSL_CTX_use_PrivateKey_file(context, key_file.c_str(), SSL_FILETYPE_PEM) == 1;
    // A readable key of the certificate's type is compared with it right away, one of another type only here.
    const bool other_key = ERR_GET_REASON(ERR_peek_error()) == X509_R_KEY_VALUES_MISMATCH;
    if (other_key || (key_read && SSL_CTX_check_private_key(context) != 1))
        return "WS_TLS_KEY_FILE " + key_file + " does not belong to the certificate in " + certificate_file;
    if (!key_read)
        return "WS_TLS_KEY_FILE " + key_file + ": no readable PEM private key (" + last_openssl_error() + ")";
    return loaded;
}

tls_context::~tls_context() { SSL_CTX_free(context_); }

std::unique_ptr<tls_filter> tls_context::accept() const { return std::make_unique<tls_filter>(context_); }

std::int64_t tls_context::not_after_s() const {
    std::tm parts{};
    if (ASN1_TIME_to_tm(X509_get0_notAfter(SSL_CTX_get0_certificate(context_)), &parts) != 1) return 0;
    return ::timegm(&parts);
}

} // namespace wsd
