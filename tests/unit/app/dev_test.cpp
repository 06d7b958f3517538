#include "command_run.hpp"

#include "common/auth/jwt.hpp"
#include "common/config/option_table.hpp"
#include "server/app/dev_directory.hpp"
#include "server/app/dev_hints.hpp"
#include "server/app/duration_text.hpp"
#include "server/app/keys.hpp"

#include <catch_amalgamated.hpp>

using namespace wsd;
using namespace wsd::test;
using Catch::Matchers::ContainsSubstring;

namespace {

settings dev_settings() {
    settings options = default_settings();
    options.dev = true;
    options.jwt_secret = random_secret();
    return options;
}

// The word behind `mark`.
std::string word_after(const std::string& text, const std::string& mark) {
    const auto start = text.find(mark);
    if (start == std::string::npos) return {};
    const auto begin = text.find_first_not_of(' ', start + mark.size());
    return text.substr(begin, text.find_first_of(" \n", begin) - begin);
}

} // namespace

TEST_CASE("the hints hold a complete command with an accepted token for each of two users") {
    const auto options = dev_settings();
    const auto text = dev_hints(
        options, {.host = "127.0.0.1", .port = 4711, .admin_host = "127.0.0.1", .admin_port = 4712}, "/a path/chat.py");
    const auto keys = load_keys(options);
    REQUIRE(keys.has_value());
    for (const std::string user : {"alice", "bob"}) {
        const auto own = text.substr(text.find("terminal to be " + user));
        CHECK(word_after(own, "--url") == "ws://127.0.0.1:4711/ws");
        CHECK_THAT(own, ContainsSubstring("python3 '/a path/chat.py' --url"));
        const auto verdict = verify(**keys, {}, word_after(own, "--token"), system_clock().wall_ms());
        REQUIRE(verdict.has_value());
        CHECK(verdict->user.value == user);
        const auto page = word_after(text.substr(text.find("browser to be " + user)), "\n\n");
        const std::string front = "http://127.0.0.1:4711/dev/#";
        REQUIRE(page.starts_with(front));
        CHECK(verify(**keys, {}, page.substr(front.size()), system_clock().wall_ms())->user.value == user);
    }
    CHECK_THAT(text, ContainsSubstring("http://127.0.0.1:4712/readyz"));
}

TEST_CASE("the page is told of another path") {
    auto options = dev_settings();
    options.path = "/chat v1/ü&#";
    const auto text = dev_hints(options, {.host = "127.0.0.1", .port = 1}, "");
    CHECK_THAT(text, ContainsSubstring("http://127.0.0.1:1/dev/?path=/chat%20v1/%C3%BC%26%23#"));
}

TEST_CASE("the hints fit IPv6, TLS, and a missing client or admin listener") {
    const auto options = dev_settings();
    const auto text =
        dev_hints(options, {.host = "::1", .port = 1, .admin_host = {}, .admin_port = 0, .tls = true}, "");
    CHECK_THAT(text, ContainsSubstring("wss://[::1]:1/ws"));
    CHECK_THAT(text, ContainsSubstring("https://[::1]:1/dev/#"));
    CHECK_THAT(text, !ContainsSubstring("readyz"));
    const auto keys = load_keys(options);
    CHECK(verify(**keys, {}, word_after(text, "\n  bob "), system_clock().wall_ms()).has_value());
}

TEST_CASE("a temporary directory goes with its owner, a kept one stays with its secret") {
    std::string data;
    {
        auto made = dev_directory::make_temporary();
        REQUIRE(made.has_value());
        dev_directory moved = std::move(*made);
        data = moved.data();
        std::filesystem::create_directory(data);
        CHECK(std::filesystem::exists(data));
    }
    CHECK_FALSE(std::filesystem::exists(data));

    const scratch_directory scratch;
    std::string secret;
    {
        const auto kept = dev_directory::keep(scratch.path("kept"));
        REQUIRE(kept.has_value());
        secret = kept->kept_secret().value();
        CHECK(secret.size() == 64);
    }
    CHECK(dev_directory::keep(scratch.path("kept"))->kept_secret().value() == secret);
    const auto mode = std::filesystem::status(scratch.path("kept/secret")).permissions();
    CHECK(mode == (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
    CHECK(dev_directory::keep(scratch.write("file", "") + "/x").has_error());
}

TEST_CASE("keys are read from the source that is set") {
    settings options = default_settings();
    CHECK(load_keys(options).has_error());
    options.jwt_secret = "short";
    CHECK(load_keys(options).has_error());
    options.dev = true;
    CHECK(load_keys(options).has_value());
    CHECK(random_secret() != random_secret());
}

TEST_CASE("a duration is digits and a unit, at most ten years") {
    CHECK(parse_duration("90s") == std::chrono::seconds(90));
    CHECK(parse_duration("15m") == std::chrono::minutes(15));
    CHECK(parse_duration("1h") == std::chrono::hours(1));
    CHECK(parse_duration("3650d") == std::chrono::days(3650));
    for (const auto* text : {"", "1", "h", "0s", "-1h", "1.5h", "1w", "1 h", "1hh", "3651d", "4294967296s", "12abc"}) {
        INFO(text);
        CHECK_FALSE(parse_duration(text));
    }
}
