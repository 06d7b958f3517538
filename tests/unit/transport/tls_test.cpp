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

using namespace wsd;
using status = tls_filter::status;

namespace {

template <auto Free> struct freed_by {
    template <class T> void operator()(T* object) const { Free(object); }
};
using key_handle = std::unique_ptr<EVP_PKEY, freed_by<EVP_PKEY_free>>;
using certificate_handle = std::unique_ptr<X509, freed_by<X509_free>>;
using context_handle = std::unique_ptr<SSL_CTX, freed_by<SSL_CTX_free>>;
using ssl_handle = std::unique_ptr<SSL, freed_by<SSL_free>>;
using file_handle = std::unique_ptr<BIO, freed_by<BIO_free_all>>;

key_handle make_key() { return key_handle(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256")); }
key_handle make_key_of_another_type() { return key_handle(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")); }

void write_key(EVP_PKEY* key, const std::string& path) {
    const file_handle file(BIO_new_file(path.c_str(), "w"));
    REQUIRE(PEM_write_bio_PrivateKey(file.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
}

void write_certificate(EVP_PKEY* key, const std::string& path) {
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
    test::temporary_directory directory;
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
class client {
  public:
    explicit client(int version_max = TLS1_3_VERSION) : context_(SSL_CTX_new(TLS_client_method())) {
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

std::string take(tls_filter& filter) {
    std::string out;
    filter.take_output(out);
    return out;
}

// The network delivers `piece` octets at a time.
status shake_hands(tls_filter& server, client& other, std::size_t piece) {
    status last = status::want_input;
    bool other_done = false;
    for (int turn = 0; turn < 20 && !(last == status::ok && other_done); ++turn) {
        other_done = other.handshake();
        const std::string flight = other.take();
        for (std::size_t at = 0; at < flight.size(); at += piece) {
            server.feed(std::string_view(flight).substr(at, piece));
            last = server.handshake();
            if (last != status::ok && last != status::want_input) return last;
        }
        other.feed(take(server));
    }
    return last;
}

std::string read_all(tls_filter& filter, status& last) {
    std::string out;
    std::array<char, 1000> buffer{};
    for (;;) {
        std::size_t got = 0;
        last = filter.read(buffer.data(), buffer.size(), got);
        if (last != status::ok) return out;
        out.append(buffer.data(), got);
    }
}

} // namespace

TEST_CASE("a TLS connection carries octets both ways, however they are cut", "[transport]") {
    const server_files files;
    const auto context = files.load();
    const std::size_t piece = GENERATE(std::size_t{1}, std::size_t{7}, std::size_t{100'000});
    CAPTURE(piece);
    const auto server = context->accept();
    client other;
    REQUIRE(shake_hands(*server, other, piece) == status::ok);
    CHECK(other.version() == "TLSv1.3");

    const std::string said(20'000, 'a');
    other.write(said);
    const std::string flight = other.take();
    std::string heard;
    status last = status::ok;
    for (std::size_t at = 0; at < flight.size(); at += piece) {
        server->feed(std::string_view(flight).substr(at, piece));
        heard += read_all(*server, last);
        REQUIRE(last == status::want_input);
    }
    CHECK(heard == said);

    const std::string answer(50'000, 'b');
    REQUIRE(server->write(answer) == status::ok);
    other.feed(take(*server));
    CHECK(other.read() == answer);
}

TEST_CASE("what is peeked at stays to be read", "[transport]") {
    const server_files files;
    const auto context = files.load();
    const auto server = context->accept();
    client other;
    REQUIRE(shake_hands(*server, other, 100'000) == status::ok);
    std::array<char, 3> some{};
    std::size_t got = 0;
    CHECK(server->peek(some.data(), some.size(), got) == status::want_input);
    other.write("secret");
    server->feed(other.take());
    REQUIRE(server->peek(some.data(), some.size(), got) == status::ok);
    CHECK(std::string_view(some.data(), got) == "sec");
    status last = status::ok;
    CHECK(read_all(*server, last) == "secret");
}

TEST_CASE("TLS 1.2 is spoken, what is older is not", "[transport]") {
    const server_files files;
    const auto context = files.load();
    {
        const auto server = context->accept();
        client other(TLS1_2_VERSION);
        CHECK(shake_hands(*server, other, 1000) == status::ok);
        CHECK(other.version() == "TLSv1.2");
    }
    const auto server = context->accept();
    client other(TLS1_1_VERSION);
    CHECK(shake_hands(*server, other, 1000) == status::failed);
}

TEST_CASE("nothing to read is a question of time, the end is not", "[transport]") {
    const server_files files;
    const auto context = files.load();
    const auto server = context->accept();
    client other;
    CHECK(server->handshake() == status::want_input);
    REQUIRE(shake_hands(*server, other, 1000) == status::ok);
    status last = status::ok;
    CHECK(read_all(*server, last).empty());
    CHECK(last == status::want_input);

    other.write("last words");
    other.say_good_bye();
    server->feed(other.take());
    CHECK(read_all(*server, last) == "last words");
    CHECK(last == status::closed);
}

TEST_CASE("octets that are no TLS end the handshake", "[transport]") {
    const server_files files;
    const auto context = files.load();
    const auto server = context->accept();
    server->feed("GET /ws HTTP/1.1\r\nHost: chat.example\r\n\r\n");
    CHECK(server->handshake() == status::failed);
}

TEST_CASE("a record that was tampered with is not read", "[transport]") {
    const server_files files;
    const auto context = files.load();
    const auto server = context->accept();
    client other;
    REQUIRE(shake_hands(*server, other, 1000) == status::ok);
    other.write("transfer 100");
    std::string flight = other.take();
    flight.back() = static_cast<char>(flight.back() ^ 1);
    server->feed(flight);
    status last = status::ok;
    CHECK(read_all(*server, last).empty());
    CHECK(last == status::failed);
}

TEST_CASE("files that can't serve are named", "[transport]") {
    const server_files files;
    const auto problem = [](const std::string& certificate, const std::string& key) {
        const auto loaded = tls_context::load(certificate, key);
        const auto* text = std::get_if<std::string>(&loaded);
        return text == nullptr ? std::string("none") : *text;
    };
    const std::string missing = files.directory.file("missing.pem");
    CHECK_THAT(problem(missing, files.key), Catch::Matchers::ContainsSubstring("WS_TLS_CERT_FILE " + missing));
    CHECK_THAT(problem(files.certificate, missing), Catch::Matchers::ContainsSubstring("WS_TLS_KEY_FILE " + missing));
    CHECK_THAT(problem(files.key, files.key), Catch::Matchers::ContainsSubstring("WS_TLS_CERT_FILE " + files.key));
    const std::string other_key = files.directory.file("other.pem");
    write_key(make_key().get(), other_key);
    CHECK_THAT(problem(files.certificate, other_key), Catch::Matchers::ContainsSubstring("does not belong"));
    write_key(make_key_of_another_type().get(), other_key);
    CHECK_THAT(problem(files.certificate, other_key), Catch::Matchers::ContainsSubstring("does not belong"));
}
