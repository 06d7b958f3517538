// The frames in tests/golden are what the protocol looks like on the wire.
#include "common/protocol/decode.hpp"
#include "common/protocol/encode.hpp"
#include "common/protocol/frame_list.hpp"
#include "common/protocol/frame_table.hpp"
#include "common/protocol/strict_json.hpp"
#include "tests/support/source_path.hpp"

#include <boost/json/serialize.hpp>
#include <catch_amalgamated.hpp>

#include <filesystem>
#include <fstream>
#include <string>
#include <typeindex>
#include <vector>

namespace {

using namespace wsd;

struct golden_line {
    std::string place; // file and line
    std::string direction;
    boost::json::object frame;
};

std::vector<golden_line> golden_lines() {
    std::vector<golden_line> lines;
    strict_parser parser;
    for (const auto& file : std::filesystem::directory_iterator(test::source_path("tests/golden"))) {
        if (file.path().extension() != ".jsonl") continue;
        std::ifstream in(file.path());
        std::string text;
        for (int number = 1; std::getline(in, text); ++number) {
            const auto place = file.path().filename().string() + ":" + std::to_string(number);
            INFO(place);
            auto value = parser.parse(text);
            REQUIRE(value.has_value());
            const auto& member = *value->as_object().begin();
            lines.push_back({place, std::string(member.key()), member.value().as_object()});
        }
    }
    return lines;
}

std::string type_of(const boost::json::object& frame) { return std::string(frame.at("type").as_string()); }

template <class T> boost::json::object encoded(const T& frame) {
    std::string text;
    encode(text, frame);
    strict_parser parser;
    INFO(text);
    return parser.parse(text).value().as_object();
}

// Counts the forms of its type that a line decodes as; each must give the line again.
template <class T> void try_server_form(const golden_line& line, int& forms, bool& seen) {
    if (type_of(line.frame) != T::type) return;
    const auto frame = decode<T>(line.frame);
    if (!frame) return;
    ++forms;
    seen = true;
    const auto again = encoded(*frame);
    INFO(boost::json::serialize(again) << "\n" << boost::json::serialize(line.frame));
    CHECK((again == line.frame));
}

template <class T> void check_client_line(const golden_line& line, bool& known, bool& seen) {
    if (type_of(line.frame) != T::type) return;
    known = true;
    seen = true;
    const auto frame = decode<T>(line.frame);
    INFO((frame ? "" : frame.error().details));
    REQUIRE(frame.has_value());
    const auto again = encoded(*frame);
    INFO(boost::json::serialize(again));
    for (const auto& member : line.frame) {
        const bool dropped = member.key() == "correlationId" || member.key() == "metadata" ||
                             member.value().is_null() || member.value() == boost::json::value("");
        const auto* const written = again.if_contains(member.key());
        INFO(std::string(member.key()));
        CHECK((written == nullptr ? dropped : *written == member.value()));
    }
}

template <class... T> void check_server_lines(frame_list<T...> /*frames*/, const std::vector<golden_line>& lines) {
    bool seen[sizeof...(T)] = {};
    for (const auto& line : lines) {
        if (line.direction != "s") continue;
        INFO(line.place);
        int forms = 0;
        std::size_t i = 0;
        (try_server_form<T>(line, forms, seen[i++]), ...);
        CHECK(forms >= 1);
        const bool empty_room_list = line.frame.contains("rooms");
        CHECK((forms == 1 || empty_room_list));
    }
    std::size_t i = 0;
    const std::string_view types[] = {T::type...};
    for (const bool it : seen) {
        INFO("form " << i << ", a " << types[i]);
        CHECK(it);
        ++i;
    }
}

template <class... T> void check_client_lines(frame_list<T...> /*frames*/, const std::vector<golden_line>& lines) {
    bool seen[sizeof...(T)] = {};
    for (const auto& line : lines) {
        if (line.direction != "c") continue;
        INFO(line.place);
        bool known = false;
        std::size_t i = 0;
        (check_client_line<T>(line, known, seen[i++]), ...);
        CHECK(known);
    }
    std::size_t i = 0;
    const std::string_view types[] = {T::type...};
    for (const bool it : seen) {
        INFO(types[i++]);
        CHECK(it);
    }
}

TEST_CASE("every server frame has a golden example, and every example is written as it is read", "[protocol]") {
    check_server_lines(server_frame_list{}, golden_lines());
}

TEST_CASE("every client frame has a golden example, and every example is read and written", "[protocol]") {
    check_client_lines(client_frame_list{}, golden_lines());
}

template <class... T> std::vector<std::string_view> types_of(frame_list<T...> /*frames*/) { return {T::type...}; }

TEST_CASE("the frames of the list are the types of the table, in its order", "[protocol]") {
    std::vector<std::string_view> table;
    for (std::size_t i = 0; i < client_type_count; ++i) table.push_back(describe(static_cast<client_type>(i)).text);
    REQUIRE(types_of(client_frame_list{}) == table);
}

} // namespace
