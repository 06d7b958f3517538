#include "common/config/consistency.hpp"

#include "sources.hpp"
#include "tests/support/temporary_directory.hpp"

#include <catch_amalgamated.hpp>

#include <fstream>

using namespace wsd;
using namespace wsd::test;
using lines = std::vector<std::string>;

namespace {

sources keyless(std::string file) {
    auto given = with_file(std::move(file));
    given.environment.clear();
    return given;
}

} // namespace

TEST_CASE("the back-pressure queue is at least the threshold") {
    CHECK(with_file("backpressure_threshold = 200").mistakes().empty());
    CHECK(
        with_file("backpressure_threshold = 201").mistakes() ==
        lines{"backpressure_max_queue = 200 (default): must be at least backpressure_threshold = 201 (wsd.toml:1:26)"});
}

TEST_CASE("the heartbeat timeout is greater than the interval") {
    CHECK(with_flag("heartbeat-interval", "59999").mistakes().empty());
    CHECK(with_flag("heartbeat-interval", "60000").mistakes() ==
          lines{"heartbeat_timeout = 60000 (default): must be greater than heartbeat_interval = 60000 (flag "
                "--heartbeat-interval)"});
}

TEST_CASE("messages are kept at least as long as the logs") {
    CHECK(with_file("history_retention_days = 30").mistakes().empty());
    CHECK(with_file("history_retention_days = 0\nlog_retention_days = 0").mistakes().empty());
    CHECK(
        with_file("history_retention_days = 29").mistakes() ==
        lines{"history_retention_days = 29 (wsd.toml:1:26): must be 0 or at least log_retention_days = 30 (default)"});
    CHECK(with_file("history_retention_days = 29\nlog_retention_days = 0").mistakes() ==
          lines{"history_retention_days = 29 (wsd.toml:1:26): must be 0 with log_retention_days = 0 (wsd.toml:2:22)"});
}

TEST_CASE("where the data is to be there is a directory or nothing") {
    const wsd::test::temporary_directory folder;
    const auto path = folder.file("file");
    const auto said = [](const std::string& at) { return with_file("data_dir = \"" + at + "\"").mistakes(); };
    CHECK(said(folder.path()).empty());
    CHECK(said(path).empty());
    std::ofstream(path) << "x";
    CHECK(said(path) == lines{"data_dir = \"" + path + "\" (wsd.toml:1:12): must be a directory"});
    CHECK(with_file("store = \"memory\"\ndata_dir = \"" + path + "\"").mistakes().empty());
}

TEST_CASE("development needs a loopback address") {
    CHECK(with_file("dev = true\nhost = '::1'").mistakes().empty());
    CHECK(with_file("dev = true\nhost = '0.0.0.0'").mistakes() ==
          lines{R"(host = "0.0.0.0" (wsd.toml:2:8): must be a loopback address with dev = true (wsd.toml:1:7))"});
}

TEST_CASE("the origin * needs insecure") {
    CHECK(with_file("allowed_origins = ['*']\ninsecure = true").mistakes().empty());
    CHECK(with_file("allowed_origins = ['null', '*']").mistakes() ==
          lines{R"(allowed_origins = ["null", "*"] (wsd.toml:1:19): must not hold * without insecure = true)"});
}

TEST_CASE("there is exactly one key, or none in development") {
    CHECK(keyless("port = 1").mistakes() ==
          lines{"jwt_secret (not set): exactly one of jwt_secret, jwt_public_key_file and jwt_jwks_file must be set"});
    CHECK(keyless("dev = true").mistakes().empty());
    CHECK(keyless("jwt_public_key_file = 'k'").mistakes().empty());
    CHECK(
        keyless("dev = true\njwt_public_key_file = 'k'\njwt_jwks_file = 'j'").mistakes() ==
        lines{
            R"(jwt_jwks_file = "j" (wsd.toml:3:17): exactly one key can be set, and there is jwt_public_key_file = "k" (wsd.toml:2:23))"});
}

TEST_CASE("the secret has at least 32 bytes, except in development") {
    CHECK(keyless("jwt_secret = '" + std::string(32, 'x') + "'").mistakes().empty());
    CHECK(keyless("jwt_secret = '" + std::string(31, 'x') + "'").mistakes() ==
          lines{"jwt_secret = *** (wsd.toml:1:14): must be at least 32 bytes (only with dev = true a shorter one is "
                "allowed)"});
    CHECK(keyless("dev = true\njwt_secret = 'x'").mistakes().empty());
}

TEST_CASE("an admin listener beyond loopback needs a token") {
    CHECK(with_file("admin_host = 'off'").mistakes().empty());
    CHECK(with_file("admin_host = '0.0.0.0'\nadmin_token = '0123456789abcdef'").mistakes().empty());
    CHECK(with_file("admin_host = '0.0.0.0'").mistakes() ==
          lines{R"(admin_host = "0.0.0.0" (wsd.toml:1:14): must be a loopback address or off without admin_token)"});
}

TEST_CASE("certificate and key go together") {
    CHECK(with_file("tls_cert_file = 'c'\ntls_key_file = 'k'").mistakes().empty());
    CHECK(with_file("tls_cert_file = 'c'").mistakes() ==
          lines{R"(tls_cert_file = "c" (wsd.toml:1:17): needs tls_key_file too)"});
    CHECK(with_file("tls_key_file = 'k'").mistakes() ==
          lines{R"(tls_key_file = "k" (wsd.toml:1:16): needs tls_cert_file too)"});
}

TEST_CASE("the algorithm fits the kind of key") {
    CHECK(with_file("jwt_algorithm = 'HS256'").mistakes().empty());
    CHECK(
        with_file("jwt_algorithm = 'RS256'").mistakes() ==
        lines{
            R"(jwt_algorithm = "RS256" (wsd.toml:1:17): must be HS256 with jwt_secret = "***" (environment variable JWT_SECRET))"});
    CHECK(keyless("jwt_public_key_file = 'k'\njwt_algorithm = 'HS256'").mistakes().size() == 1);
    CHECK(keyless("jwt_public_key_file = 'k'\njwt_algorithm = 'EdDSA'").mistakes().empty());
    CHECK(keyless("jwt_jwks_file = 'k'\njwt_algorithm = 'RS256'").mistakes().size() == 1);
    CHECK(keyless("dev = true\njwt_algorithm = 'ES256'").mistakes().size() == 1);
}

TEST_CASE("an open address without TLS is a warning") {
    CHECK(with_file("host = '0.0.0.0'").load().warnings.size() == 1);
    CHECK(with_file("host = '0.0.0.0'").mistakes().empty());
    CHECK(with_file("host = '0.0.0.0'\ntls_cert_file = 'c'\ntls_key_file = 'k'").load().warnings.empty());
}

TEST_CASE("demands on a value that is wrong itself are not reported") {
    CHECK(with_file("backpressure_threshold = 0\nbackpressure_max_queue = 1\nheartbeat_interval = 12abc\n"
                    "heartbeat_timeout = 10")
              .mistakes()
              .size() == 2);
}

TEST_CASE("demands are reported along with other mistakes") {
    CHECK(with_file("port = 70000\nheartbeat_interval = 60000\nadmin_host = '::'").mistakes().size() == 3);
}
