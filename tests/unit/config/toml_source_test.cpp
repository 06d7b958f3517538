#include "common/config/toml_source.hpp"

#include "sources.hpp"

#include <catch_amalgamated.hpp>

#include <random>
#include <string_view>

using namespace wsd;
using namespace wsd::test;
using lines = std::vector<std::string>;

TEST_CASE("five mistakes in one file are all named with line and column") {
    const auto found = with_file("host = \"127.0.0.1\"\n"
                                 "prot = 3001\n"
                                 "threads = 12abc\n"
                                 "heartbeat_interval = 5\n"
                                 "log_json = \"true\"\n"
                                 "store = 'postgres'\n")
                           .mistakes();
    REQUIRE(found.size() == 5);
    CHECK(found[0] == "prot (wsd.toml:2:1): unknown option; did you mean port?");
    CHECK(found[1].starts_with(
        "threads = 12abc (wsd.toml:3:13): must be a whole number from 0 to 256 (not valid TOML: "));
    CHECK(found[2] == "heartbeat_interval = 5 (wsd.toml:4:22): must be a whole number from 10 to 86400000");
    CHECK(found[3] == "log_json = \"true\" (wsd.toml:5:12): must be true or false");
    CHECK(found[4] == "store = 'postgres' (wsd.toml:6:9): must be one of sqlite, memory");
}

TEST_CASE("a value of the wrong type is refused for every kind of option") {
    CHECK(with_file("port = '3001'\nthreads = 1.0\n").mistakes() ==
          lines{"port = '3001' (wsd.toml:1:8): must be a whole number from 0 to 65535",
                "threads = 1.0 (wsd.toml:2:11): must be a whole number from 0 to 256"});
    CHECK(with_file("dev = 1\nhost = 127\n").mistakes() ==
          lines{"dev = 1 (wsd.toml:1:7): must be true or false",
                "host = 127 (wsd.toml:2:8): must be an IP address (IPv6 without brackets) or a host name"});
    CHECK(with_file("allowed_origins = 'null'\ntrusted_proxies = [1]\n").mistakes() ==
          lines{"allowed_origins = 'null' (wsd.toml:1:19): must be a list of scheme://host[:port] (nothing behind it), "
                "null, or *",
                "trusted_proxies = [1] (wsd.toml:2:19): must be a list of address/prefix, such as 10.0.0.0/8"});
    CHECK(with_file("rate_limit_warning_threshold = '0.5'\n").mistakes().size() == 1);
    CHECK(with_file("[port]\n").mistakes().size() == 1);
}

TEST_CASE("whole numbers in the file are decimal digits too") {
    for (const auto* written : {"0x10", "1_000", "+5", "0b1", "-1"}) {
        INFO(written);
        CHECK(with_file("threads = " + std::string(written)).mistakes() ==
              lines{"threads = " + std::string(written) + " (wsd.toml:1:11): must be a whole number from 0 to 256"});
    }
}

TEST_CASE("a decimal may be written without a point") {
    CHECK(with_file("rate_limit_warning_threshold = 1").load().values.rate_limit_warning_threshold == 1.0);
    CHECK(with_file("rate_limit_warning_threshold = 5e-1").mistakes() ==
          lines{"rate_limit_warning_threshold = 5e-1 (wsd.toml:1:32): must be a decimal above 0 and at most 1"});
}

TEST_CASE("a list is an array, over several lines too") {
    const auto given = with_file("allowed_origins = [\n  \"https://ü.example\".,\n]\n");
    CHECK(given.mistakes().size() >= 1);
    CHECK(with_file("allowed_origins = [\n  \"https://a.example\",\n  'null', # comment\n]\nport = 5\n")
              .load()
              .values.allowed_origins == lines{"https://a.example", "null"});
    CHECK(
        with_file("allowed_origins = [\n  'a'\n]\n").mistakes() ==
        lines{
            "allowed_origins = [ … (wsd.toml:1:19): must be a list of scheme://host[:port] (nothing behind it), null, "
            "or *"});
}

TEST_CASE("lines that are not TOML do not hide the mistakes behind them") {
    const auto found = with_file("???\nport = 1\nport = 2\nhost = \"open\nthreads = 999\n").mistakes();
    REQUIRE(found.size() == 4);
    CHECK(found[0].starts_with("configuration file (wsd.toml:1:"));
    CHECK(found[1].starts_with("port = 2 (wsd.toml:3:"));
    CHECK(found[2].starts_with("host = \"open (wsd.toml:4:"));
    CHECK(found[3] == "threads = 999 (wsd.toml:5:11): must be a whole number from 0 to 256");
}

TEST_CASE("columns count characters, not bytes") {
    CHECK(with_file("\"ü\" = 1\nhost = \"ü\" # x\n").mistakes() ==
          lines{"ü (wsd.toml:1:1): unknown option; did you mean dev?",
                "host = \"ü\" (wsd.toml:2:8): must be an IP address (IPv6 without brackets) or a host name"});
}

TEST_CASE("the file can't name a file") {
    CHECK(with_file("config = 'other.toml'\n").mistakes() ==
          lines{"config = 'other.toml' (wsd.toml:1:10): can't be set in the file itself"});
}

TEST_CASE("a file of nothing but garbage is reported in bounded time and space") {
    std::string garbage;
    for (int i = 0; i < 1000; ++i) garbage += "\x01\xff = [[[ \"\"\" \n";
    const auto found = with_file(garbage).mistakes();
    CHECK_FALSE(found.empty());
    CHECK(found.size() <= 60);
    for (const auto& line : found) CHECK(line.find('\n') == std::string::npos);
}

TEST_CASE("whatever damages a file, a mistake is reported and every message is one line") {
    const auto seed = Catch::getSeed();
    INFO("seed " << seed);
    std::mt19937 random(seed);
    const auto below = [&](std::size_t bound) { return random() % bound; };
    constexpr std::string_view pieces[] = {"\"",   "'", "\"\"\"", "[", "]", "=",     "\n",     "\r",       "#",
                                           "\xff", "ü", "1e999",  "{", "}", "\\ud8", "\\\n ü", "[[port]]", "''' "};
    for (int round = 0; round < 200; ++round) {
        std::string text = "host = '::1'\nport = 1\nallowed_origins = [\n 'null',\n]\njwt_issuer = \"\"\"a\nb\"\"\"\n";
        for (auto damages = 1 + below(8); damages > 0; --damages) {
            const auto at = below(text.size());
            if (below(3) == 0) {
                text.erase(at, below(4));
            } else {
                text.insert(at, pieces[below(std::size(pieces))]);
            }
        }
        const auto found = with_file(text + "\nthreads = 999\n").load();
        for (const auto& one : found.mistakes) CHECK(one.text().find('\n') == std::string::npos);
        CHECK_FALSE(found.mistakes.empty());
    }
}

TEST_CASE("a table header without a key is a mistake like others") {
    for (const auto* header : {"[=]", "[[=]]", "[#", "[]", "[a.]", "[", "[[", "[\"", "[.a]", "[a]]", "[[a]"}) {
        const auto found = with_file("port = 1\n" + std::string(header) + "\nthreads = 999\n").mistakes();
        INFO(header);
        REQUIRE_FALSE(found.empty());
        CHECK(found[0].starts_with("configuration file (wsd.toml:2:"));
        CHECK(found.back() == "threads = 999 (wsd.toml:3:11): must be a whole number from 0 to 256");
    }
}
