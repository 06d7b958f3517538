#include "server/transport/tls.hpp"

#include "common/base/clock.hpp"
#include "tests/support/tls_fixture.hpp"

#include <catch_amalgamated.hpp>

#include <array>
#include <string>
#include <string_view>

using namespace wsd;
using namespace wsd::test;
using status = tls_filter::status;
using client = tls_client;

namespace {

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

TEST_CASE("a peer may change its keys so often and no more", "[transport]") {
    const server_files files;
    const auto context = files.load();
    const auto server = context->accept();
    client other;
    REQUIRE(shake_hands(*server, other, 100'000) == status::ok);
    status last = status::ok;
    for (unsigned i = 1; i <= tls_filter::later_messages_max; ++i) {
        other.update_keys();
        other.write("text");
        server->feed(other.take());
        std::array<char, 10> buffer{};
        std::size_t got = 0;
        CHECK(server->read(buffer.data(), buffer.size(), got) == status::want_turn);
        CHECK(server->later_messages() == i);
        CHECK(read_all(*server, last) == "text");
        CHECK(last == status::want_input);
        REQUIRE(server->write("answer") == status::ok);
        other.feed(take(*server));
        CHECK(other.read() == "answer");
    }
    other.update_keys();
    server->feed(other.take());
    CHECK(read_all(*server, last).empty());
    CHECK(last == status::failed);
}

TEST_CASE("a flood of new keys is read one by one and not far", "[transport]") {
    const server_files files;
    const auto context = files.load();
    const auto server = context->accept();
    client other;
    REQUIRE(shake_hands(*server, other, 100'000) == status::ok);
    for (int i = 0; i < 500; ++i) other.update_keys();
    server->feed(other.take());
    const bool peeks = GENERATE(false, true);
    std::array<char, 10> buffer{};
    std::size_t got = 0;
    unsigned calls = 1;
    status last = status::want_turn;
    for (;; ++calls) {
        last =
            peeks ? server->peek(buffer.data(), buffer.size(), got) : server->read(buffer.data(), buffer.size(), got);
        if (last != status::want_turn) break;
    }
    CHECK(last == status::failed);
    CHECK(calls > tls_filter::later_messages_max);
    CHECK(calls <= 2 * (tls_filter::later_messages_max + 1)); // OpenSSL may return once more for an answer
}

TEST_CASE("attempts to negotiate TLS 1.2 anew are counted", "[transport]") {
    const server_files files;
    const auto context = files.load();
    const auto server = context->accept();
    client other(TLS1_2_VERSION);
    REQUIRE(shake_hands(*server, other, 1000) == status::ok);
    CHECK(server->later_messages() == 0);
    other.negotiate_anew();
    server->feed(other.take());
    status last = status::ok;
    CHECK(read_all(*server, last).empty());
    CHECK(last == status::want_input);
    CHECK(server->later_messages() == 1);
}

TEST_CASE("a certificate tells when it ends", "[transport]") {
    const server_files files;
    const auto left_s = files.load()->not_after_s() - system_clock().wall_ms() / 1000;
    CHECK(left_s > 3500);
    CHECK(left_s <= 3600);
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
    write_key_with_password(make_key().get(), other_key);
    CHECK_THAT(problem(files.certificate, other_key),
               Catch::Matchers::ContainsSubstring("no readable PEM private key"));
}
