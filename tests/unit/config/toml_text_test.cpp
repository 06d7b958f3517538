#include "common/config/toml_text.hpp"

#include "sources.hpp"

#include <catch_amalgamated.hpp>

#include <string>

using namespace wsd;

namespace {

// What stands at the stray character; "" when there is none.
std::string stray(const std::string& text) {
    const auto at = find_stray_character(text);
    return at == std::string::npos ? "" : text.substr(at);
}

} // namespace

TEST_CASE("characters outside ASCII are allowed in strings and comments only") {
    CHECK(stray("a = 1 # ü\nb = 'ü' # ü\n\"ü\" = \"ü\"") == "");
    CHECK(stray("\xEF\xBB\xBF"
                "a = 1") == "");
    CHECK(stray("a = '''\nü''' # ü\nb = \"\"\"ü\nü\"\"\"\n") == "");
    CHECK(stray("a = ü") == "ü");
    CHECK(stray("ü = 1") == "ü = 1");
    CHECK(stray("a = 1\nb = '' ü") == "ü");
    CHECK(stray("a = 1 \xEF\xBB\xBF") == "\xEF\xBB\xBF");
    CHECK(stray("a = \x80") == "\x80");
}

TEST_CASE("the ends of strings are found as TOML has them") {
    CHECK(stray(R"(a = "\"ü" ö)") == "ö");
    CHECK(stray(R"(a = "\\" ö)") == "ö");
    CHECK(stray(R"(a = '\' ö)") == "ö");
    CHECK(stray("a = \"open\nb = ü") == "ü");
    CHECK(stray("a = \"open\\\nb = ü") == "ü");
    CHECK(stray("a = \"\"\"x\"\"\"\"\" ü") == "ü");
    CHECK(stray("a = \"\"\"x\\\"\"\"ü\"\"\" ö") == "ö");
    CHECK(stray("a = '''x\\''' ö") == "ö");
    CHECK(stray("a = '' ö") == "ö");
    CHECK(stray("a = \"\"\"never closed ü") == "");
    CHECK(stray("a = \"\"\"never closed \\") == "");
}

TEST_CASE("a character outside ASCII behind a swallowed line end is found too") {
    CHECK(stray("a = \"\"\"x \\\n   über\"\"\"") == "über\"\"\"");
    CHECK(stray("a = \"\"\"x \\\n   aü\"\"\" ö") == "ö");
    CHECK(stray("a = \"\"\"x \\\n   \"\"\" ö") == "ö");
}

TEST_CASE("a stray character is reported with its place and hides nothing") {
    const auto found = test::with_file("host = „localhost“\nport = 70000\n").mistakes();
    REQUIRE(found.size() == 2);
    CHECK(found[0] == "host = „localhost“ (wsd.toml:1:8): must be an IP address (IPv6 without brackets) or a host name "
                      "(not valid TOML: a character outside ASCII needs quotes)");
    CHECK(found[1] == "port = 70000 (wsd.toml:2:8): must be a whole number from 0 to 65535");
}
