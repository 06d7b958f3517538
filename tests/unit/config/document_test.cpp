#include "common/config/document.hpp"

#include "sources.hpp"

#include <catch_amalgamated.hpp>

#include <sstream>

using namespace wsd;
using namespace wsd::test;

namespace {

// The documentation with every setting in force.
std::string uncommented(const std::string& document) {
    std::string text;
    std::istringstream lines(document);
    for (std::string line; std::getline(lines, line);) {
        const bool is_setting = line.size() > 1 && line[0] == '#' && line[1] != ' ';
        text += (is_setting ? line.substr(1) : line) + '\n';
    }
    return text;
}

} // namespace

TEST_CASE("the documentation read back gives the defaults") {
    for (const auto& text : {default_document(), uncommented(default_document())}) {
        const auto loaded = with_file(text).load();
        settings expected = default_settings();
        expected.jwt_secret = good_secret;
        expected.config = "wsd.toml";
        for (const auto& found : loaded.mistakes) FAIL_CHECK(found.text());
        CHECK(loaded.values == expected);
    }
}

TEST_CASE("the documentation names every option with variable, flag, meaning and bounds") {
    const auto text = default_document();
    std::size_t settings_shown = 0;
    for (const auto& row : option_table()) {
        INFO(row.variable);
        CHECK(text.find("Variable " + std::string(row.variable)) != std::string::npos);
        settings_shown += text.find("\n#" + key_name(row) + " = ") != std::string::npos;
    }
    CHECK(settings_shown == option_table().size() - 1); // the file can't name itself
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) CHECK(line.size() <= 100);
}

TEST_CASE("the effective settings are shown with their origin and without secrets") {
    auto given = with_file("port = 5\nadmin_token = 'an admin token of some length'\n");
    given.flags.push_back({.name = "threads", .value = "2"});
    const auto text = settings_document(given.load(), {.origins = true});
    CHECK(text.find("\nport = 5 # wsd.toml:1:8\n") != std::string::npos);
    CHECK(text.find("\nthreads = 2 # flag --threads\n") != std::string::npos);
    CHECK(text.find("\njwt_secret = \"***\" # environment variable JWT_SECRET\n") != std::string::npos);
    CHECK(text.find("\nmax_rooms = 0 # default\n") != std::string::npos);
    CHECK(text.find("an admin token") == std::string::npos);
    CHECK(text.find(good_secret) == std::string::npos);
}

TEST_CASE("the effective settings read back give the same settings") {
    auto given =
        with_file("port = 5\nallowed_origins = ['https://a.example', 'null']\nrate_limit_warning_threshold = 1\n"
                  "jwt_issuer = 'a \"quoted\" \\ issuer'\nstore = 'memory'\n");
    const auto first = given.load();
    auto again = with_file(settings_document(first, {}));
    again.environment = {{"JWT_SECRET", good_secret}};
    CHECK(again.mistakes().empty());
    CHECK(again.load().values == first.values);
}
