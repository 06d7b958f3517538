#include "server/app/credential_watch.hpp"

#include "common/config/option_table.hpp"
#include "tests/support/recording_logger.hpp"
#include "tests/support/tls_fixture.hpp"
#include "tests/unit/auth/token_maker.hpp"

#include <catch_amalgamated.hpp>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>

#include <sys/resource.h>
#include <sys/stat.h>

using namespace wsd;
using namespace wsd::test;
namespace fs = std::filesystem;

namespace {

// Each later than the one before: a file system may use the number of a file that is gone again within one tick of its
// clock.
void replace(const std::string& path, const std::string& text) {
    static auto written = fs::file_time_type::clock::now();
    written += std::chrono::seconds(1);
    std::ofstream(path + ".new") << text;
    fs::last_write_time(path + ".new", written);
    fs::rename(path + ".new", path);
}

std::string set_of(const std::string& keys) { return R"({"keys":[)" + keys + "]}"; }

// What a set says that is in use: the kids of these that it knows.
std::string kids_in(const key_set& keys) {
    std::string known;
    for (const std::string kid : {"a", "b", "c"})
        if (keys.find(kid) != nullptr) known += kid;
    return known;
}

struct watched {
    temporary_directory directory;
    std::string path = directory.file("keys");
    settings options = default_settings();
    recording_logger log;

    // How often the log has the text.
    [[nodiscard]] int said(const std::string& text) const {
        const std::string all = log.text();
        int count = 0;
        for (auto at = all.find(text); at != all.npos; at = all.find(text, at + 1)) ++count;
        return count;
    }
};

// A change is loaded at the second look that finds it.
fresh_credentials look_twice(credential_watch& watch) {
    const fresh_credentials first = watch.look();
    CHECK_FALSE(first.keys);
    CHECK_FALSE(first.tls);
    return watch.look();
}

} // namespace

TEST_CASE("a set of keys that was replaced is loaded once", "[app]") {
    watched files;
    files.options.jwt_jwks_file = files.path;
    replace(files.path, set_of(ed25519_key().jwk(R"("kid":"a")")));
    credential_watch watch(files.options, files.log);
    CHECK_FALSE(look_twice(watch).keys);
    CHECK(files.log.text().empty());

    replace(files.path, set_of(ed25519_key().jwk(R"("kid":"b")") + "," + p256_key().jwk(R"("kid":"c")")));
    const auto fresh = look_twice(watch);
    REQUIRE(fresh.keys);
    CHECK(kids_in(*fresh.keys) == "bc");
    CHECK_FALSE(fresh.tls);
    CHECK(files.said("info keys_reloaded file=" + files.path + " keys=2\n") == 1);
    CHECK_FALSE(look_twice(watch).keys);
    CHECK(files.said("keys_") == 1);
}

TEST_CASE("a public key that was replaced is loaded with the pinned algorithm", "[app]") {
    watched files;
    files.options.jwt_public_key_file = files.path;
    files.options.jwt_algorithm = choice::jwt_algorithm::ps256;
    replace(files.path, rsa_key().public_pem());
    credential_watch watch(files.options, files.log);

    replace(files.path, ed25519_key().public_pem());
    CHECK_FALSE(look_twice(watch).keys);
    CHECK(files.said("warn keys_not_reloaded") == 1);
    replace(files.path, other_rsa_key().public_pem());
    const auto fresh = look_twice(watch);
    REQUIRE(fresh.keys);
    CHECK(fresh.keys->find({})->algorithm() == jws_algorithm::ps256);
}

TEST_CASE("keys that can't be used change nothing and are told once", "[app]") {
    watched files;
    files.options.jwt_jwks_file = files.path;
    replace(files.path, set_of(ed25519_key().jwk(R"("kid":"a")")));
    credential_watch watch(files.options, files.log);

    SECTION("no JSON, then none at all") {
        replace(files.path, R"({"keys":[)");
        for (int i = 0; i < 3; ++i) CHECK_FALSE(look_twice(watch).keys);
        CHECK(files.said("warn keys_not_reloaded file=" + files.path + " what=\"the file is not JSON\"") == 1);
        fs::remove(files.path);
        for (int i = 0; i < 3; ++i) CHECK_FALSE(look_twice(watch).keys);
        CHECK(files.said("No such file") == 1);
        CHECK(files.said("keys_") == 2);
    }
    SECTION("no usable key") {
        replace(files.path, set_of(R"({"kty":"oct","k":"AAAA","kid":"a"})"));
        for (int i = 0; i < 3; ++i) CHECK_FALSE(look_twice(watch).keys);
        CHECK(files.said("warn verification_key_skipped") == 1);
        CHECK(files.said("warn keys_not_reloaded") == 1);
    }
    SECTION("a pipe, which nobody would ever write to") {
        fs::remove(files.path);
        REQUIRE(::mkfifo(files.path.c_str(), 0600) == 0);
        for (int i = 0; i < 3; ++i) CHECK_FALSE(look_twice(watch).keys);
        CHECK(files.said("what=\"it is no regular file\"") == 1);
    }

    replace(files.path, set_of(ed25519_key().jwk(R"("kid":"b")")));
    const auto fresh = look_twice(watch);
    REQUIRE(fresh.keys);
    CHECK(kids_in(*fresh.keys) == "b");
}

TEST_CASE("a file that could not be read for a while is loaded when it can, also unchanged", "[app]") {
    watched files;
    files.options.jwt_jwks_file = files.path;
    replace(files.path, set_of(ed25519_key().jwk(R"("kid":"a")")));
    credential_watch watch(files.options, files.log);
    replace(files.path, set_of(ed25519_key().jwk(R"("kid":"b")")));
    // Root may read everything: instead of the permission, the process has no descriptor left.
    rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
    rlimit none = before;
    none.rlim_cur = 0;
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
    (void)watch.look();
    const bool loaded = watch.look().keys != nullptr;
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
    CHECK_FALSE(loaded);
    CHECK(files.said("warn keys_not_reloaded") == 1);
    CHECK(watch.look().keys);
}

TEST_CASE("a secret is not watched", "[app]") {
    watched files;
    files.options.jwt_secret = secret;
    credential_watch watch(files.options, files.log);
    for (int i = 0; i < 3; ++i) CHECK_FALSE(look_twice(watch).keys);
    CHECK(files.log.text().empty());
}

TEST_CASE("a certificate is loaded when its key has come too", "[app]") {
    const server_files pair;
    watched files;
    files.options.tls_cert_file = pair.certificate;
    files.options.tls_key_file = pair.key;
    credential_watch watch(files.options, files.log);
    CHECK_FALSE(look_twice(watch).tls);

    const key_handle next = make_key();
    write_certificate(next.get(), pair.certificate + ".new");
    fs::rename(pair.certificate + ".new", pair.certificate);
    for (int i = 0; i < 3; ++i) CHECK_FALSE(look_twice(watch).tls);
    CHECK(files.said("warn certificate_not_reloaded file=" + pair.certificate) == 1);
    CHECK(files.said("does not belong") == 1);

    write_key(next.get(), pair.key + ".new");
    fs::rename(pair.key + ".new", pair.key);
    const auto fresh = look_twice(watch);
    REQUIRE(fresh.tls);
    CHECK_FALSE(fresh.keys);
    CHECK(files.said("info certificate_reloaded file=" + pair.certificate + " not_after=20") == 1);
    CHECK(files.said("certificate_") == 2);
    tls_client other;
    CHECK(shake_hands(*fresh.tls->accept(), other, 1000) == tls_status::ok);
}

TEST_CASE("a TLS connection outlives the certificate that it began with", "[app]") {
    const server_files pair;
    std::shared_ptr<const tls_context> context = pair.load();
    const auto server = context->accept();
    tls_client other;
    REQUIRE(shake_hands(*server, other, 1000) == tls_status::ok);
    context.reset();
    REQUIRE(server->write("still here") == tls_status::ok);
    other.feed(take(*server));
    CHECK(other.read() == "still here");
}
