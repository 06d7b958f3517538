// docs/schema/ is what the field tables say.
#include "tests/support/json_schema.hpp"
#include "tests/support/source_path.hpp"

#include <catch_amalgamated.hpp>

#include <fstream>
#include <sstream>

using namespace wsd;

namespace {

std::string content_of(const std::string& name) {
    std::ifstream in(test::source_path("docs/schema/" + name), std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

} // namespace

TEST_CASE("the schemas in docs/schema are those of the field tables", "[protocol]") {
    const auto files = test::schema_files();
    CHECK(files.size() == 4);
    for (const auto& [name, text] : files) {
        INFO(name << " is out of date: build the target `schema`");
        CHECK(content_of(name) == text);
    }
}
