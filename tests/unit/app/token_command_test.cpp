#include "command_run.hpp"

#include <catch_amalgamated.hpp>

using namespace wsd;
using namespace wsd::test;
using Catch::Matchers::ContainsSubstring;

namespace {

std::string minted(std::vector<std::string> arguments,
                   std::vector<std::pair<std::string, std::string>> environment = with_secret) {
    arguments.insert(arguments.begin(), {"token", "mint"});
    const auto result = run(arguments, std::move(environment));
    CHECK(result.err == "");
    CHECK(result.status == 0);
    return result.out.substr(0, result.out.find('\n'));
}

} // namespace

TEST_CASE("a minted token is accepted by the configuration it was minted with") {
    const auto token = minted({"--user", "alice", "--session", "laptop", "--role", "ADMIN", "--ttl", "2h"});
    const auto seen = run({"token", "inspect", token}, with_secret);
    CHECK(seen.status == 0);
    CHECK_THAT(seen.out, ContainsSubstring(R"("userId":"alice")"));
    CHECK_THAT(seen.out, ContainsSubstring(R"("role":"ADMIN")"));
    CHECK_THAT(seen.out, ContainsSubstring("user     alice, session laptop\n"));
    CHECK_THAT(seen.out, ContainsSubstring("verdict  accepted\n"));
    CHECK(run({"token", "inspect", "-"}, with_secret, token + "\n").out == seen.out);
}

TEST_CASE("issuer and audience of the configuration go into the token") {
    auto environment = with_secret;
    environment.emplace_back("JWT_ISSUER", "https://issuer");
    environment.emplace_back("JWT_AUDIENCE", "chat");
    const auto token = minted({"--user", "alice"}, environment);
    CHECK(run({"token", "inspect", token}, environment).status == 0);
    environment.back().second = "other";
    CHECK_THAT(run({"token", "inspect", token}, environment).out, ContainsSubstring("verdict  refused: its aud"));
}

TEST_CASE("the secret can come from a file, whatever key is configured") {
    const scratch_directory scratch;
    const auto file = scratch.write("secret", "short\n");
    const auto token = minted({"--user", "alice", "--secret", "@" + file}, {{"JWT_JWKS_FILE", "gone"}});
    CHECK(run({"token", "inspect", token, "--secret", "@" + file}).status == 0);
    CHECK(run({"token", "inspect", token}, {{"WS_DEV", "true"}, {"JWT_SECRET", "short"}}).status == 0);
    CHECK(run({"token", "inspect", token}, with_secret).status == 1);
}

TEST_CASE("a secret on the command line is refused and not repeated") {
    const auto result = run({"token", "mint", "--user", "a", "--secret", "s3cr3t"});
    CHECK(result.status == 2);
    CHECK(result.err ==
          "error: --secret = *** (command line): must be @FILE, because other users can read command lines\n");
    CHECK_THAT(run({"token", "mint", "--user", "a", "--secret", "@/gone"}).err,
               ContainsSubstring("must be @ and a readable file: No such file or directory"));
}

TEST_CASE("wrong arguments of mint are reported together") {
    const auto result =
        run({"token", "mint", "--user", "", "--session", std::string(129, 's'), "--role", "BOSS", "--ttl", "1w"},
            with_secret);
    CHECK(result.status == 2);
    CHECK(std::ranges::count(result.err, '\n') == 4);
    CHECK(run({"token", "mint", "--user"}, with_secret).status == 2);
}

TEST_CASE("without a secret nothing is minted") { CHECK(run({"token", "mint", "--user", "alice"}).status == 2); }

TEST_CASE("a token can be looked into without a key") {
    const auto seen = run({"token", "inspect", minted({"--user", "alice"})});
    CHECK(seen.status == 0);
    CHECK_THAT(seen.out, ContainsSubstring("not verified"));
}

TEST_CASE("what is no token is refused with status 1, and none at all with 2") {
    CHECK(run({"token", "inspect", "nonsense"}, with_secret).status == 1);
    CHECK(run({"token", "inspect", "nonsense"}).status == 1);
    CHECK(run({"token", "inspect"}, with_secret).status == 2);
    CHECK(run({"token", "inspect", "-"}, with_secret, "").status == 2);
}
