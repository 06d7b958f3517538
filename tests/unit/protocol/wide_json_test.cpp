// Texts with objects of many members, as a server reads them from strangers.
#include "common/protocol/strict_json.hpp"

#include "common/protocol/client_names.hpp"
#include "common/protocol/decode.hpp"
#include "common/protocol/envelope.hpp"
#include "common/protocol/frame_list.hpp"
#include "tests/support/source_path.hpp"

#include <boost/container/pmr/memory_resource.hpp>
#include <boost/json/serialize.hpp>
#include <catch_amalgamated.hpp>

#include <ctime>
#include <filesystem>
#include <fstream>
#include <new>
#include <random>
#include <string>
#include <vector>

namespace wsd {
namespace {

bool is_wanted(std::string_view name) noexcept { return name == "a" || name == "b"; }

std::string unknown_members(std::size_t count) {
    std::string out;
    for (std::size_t i = 0; i < count; ++i)
        out += ",\"unknown" + std::to_string(i) + "\":[{\"a\":" + std::to_string(i) + "}]";
    return out;
}

std::string parsed(std::string_view text, name_filter wanted = is_wanted) {
    const json_result value = strict_parser(wanted).parse(text);
    if (value) return boost::json::serialize(*value);
    return value.error() == json_problem::not_json ? "not_json" : "duplicate_member";
}

// An object that is wide, with `members` in front.
std::string wide(const std::string& members) { return "{" + members + unknown_members(wide_object_members) + "}"; }

// Hands out blocks whose address ends in zeros, so that the salt of every hash table is known, as an address in a
// process that runs for long is.
class predictable_memory final : public boost::container::pmr::memory_resource {
    static constexpr std::align_val_t alignment{256};
    void* do_allocate(std::size_t bytes, std::size_t) override { return ::operator new(bytes, alignment); }
    void do_deallocate(void* block, std::size_t, std::size_t) override { ::operator delete(block, alignment); }
    bool do_is_equal(const memory_resource& other) const noexcept override { return this == &other; }
};

// FNV-1a as Boost.JSON uses it, under a salt whose low byte is 0; the rest of it adds the same to all names of a
// length.
std::uint64_t hash_on(std::uint64_t hash, std::string_view text) {
    for (const char c : text) hash = (static_cast<unsigned char>(c) ^ hash) * 0x100000001b3;
    return hash;
}

std::string object_of_names(std::size_t count, bool colliding) {
    std::mt19937 random(1);
    std::string out = "{", start(5, ' '), end(2, ' ');
    for (std::size_t found = 0; found < count;) {
        for (char& c : start) c = static_cast<char>('a' + random() % 26);
        const std::uint64_t start_hash = hash_on(0xcbf29ce484222325, start);
        for (std::size_t i = 0; i < 26 * 26 && found < count; ++i) {
            end[0] = static_cast<char>('a' + i / 26);
            end[1] = static_cast<char>('a' + i % 26);
            if (colliding && hash_on(start_hash, end) % count != 0) continue;
            out += (found++ == 0 ? "\"" : ",\"") + start + end + "\":1";
        }
    }
    return out + "}";
}

double cpu_seconds(const std::string& text, name_filter wanted) {
    predictable_memory memory;
    strict_parser parser(wanted);
    const std::clock_t start = std::clock();
    static_cast<void>(parser.parse(text, &memory));
    return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
}

template <class T>
void check_same(const boost::json::object& narrow, const boost::json::object& wide_frame, int& checked) {
    if (narrow.at("type").as_string() != T::type) return;
    ++checked;
    REQUIRE(decode<T>(narrow).has_value());
    const auto from_wide = decode<T>(wide_frame);
    INFO((from_wide ? "" : from_wide.error().details));
    REQUIRE(from_wide.has_value());
}
template <class... T>
void check_all(frame_list<T...> /*frames*/, const boost::json::object& narrow, const boost::json::object& wide_frame,
               int& checked) {
    (check_same<T>(narrow, wide_frame, checked), ...);
}

} // namespace

TEST_CASE("wide JSON: up to the bound an object keeps all its members, beyond it the wanted ones") {
    const auto members = [](const std::string& text) {
        return strict_parser(is_wanted).parse(text).value().as_object().size();
    };
    CHECK(members("{\"a\":1" + unknown_members(wide_object_members - 1) + "}") == wide_object_members);
    CHECK(members("{\"a\":1" + unknown_members(wide_object_members) + "}") == 1);
    CHECK(parsed(wide(R"("a":{"b":[1,{"c":2,"a":"x"}],"c":{"a":1}},"c":{"a":{"b":1}},"d":"y","b":null)")) ==
          R"({"a":{"b":[1,{"a":"x"}]},"b":null})");
    CHECK(parsed(wide(R"("\u0061":"\u0000\ud83d\ude00 a\/b","b":[[],{},"",-0.5,1e2,true,18446744073709551615])")) ==
          R"({"a":"\u0000😀 a/b","b":[[],{},"",-5E-1,1E2,true,18446744073709551615]})");
    CHECK(parsed("[1," + wide(R"("a":1)") + ",{\"x\":{\"a\":1},\"b\":2}]") == R"([1,{"a":1},{"b":2}])");
    CHECK(parsed(wide(R"("x":0)")) == "{}");
}

TEST_CASE("wide JSON: without a filter every member is kept") {
    CHECK(strict_parser().parse(wide(R"("x":0)")).value().as_object().size() == wide_object_members + 1);
}

TEST_CASE("wide JSON: a duplicate is found wherever it stands, also in what is left out") {
    for (const char* members :
         {R"("a":1,"a":2)", R"("x":1,"x":2)", R"("x":1,"\u0078":2)", R"("x":{"y":[{"z":1,"z":1}]})", R"("unknown7":1)",
          R"("a":{"y":1,"b":2,"y":3})", R"("":1,"":1)"}) {
        CAPTURE(members);
        CHECK(parsed(wide(members)) == "duplicate_member");
    }
    CHECK(parsed(wide(R"("x":{"x":{"x":1}},"y":[{"x":1},{"x":1}],"X":1)")) == "{}");
}

TEST_CASE("wide JSON: what is not strict JSON is refused, also in what is left out") {
    for (const char* members : {R"("x":1e999)", R"("x":"\ud800")", R"("x":01)", R"("x":[1,])", "\"x\":\"\xff\"",
                                R"("x")", R"("a":)", R"("a":1,"a":1e999)"}) {
        CAPTURE(members);
        CHECK(parsed(wide(members)) == "not_json");
    }
    const std::string deep(31, '['), deep_end(31, ']');
    CHECK(parsed(wide("\"x\":" + deep + deep_end)) == "{}");
    CHECK(parsed(wide("\"x\":[" + deep + deep_end + "]")) == "not_json");
    CHECK(parsed(wide("\"a\":1") + "}") == "not_json");
    CHECK(parsed(wide("\"a\":1").substr(0, 500)) == "not_json");
}

TEST_CASE("wide JSON: on random texts it agrees with the plain parser") {
    const unsigned seed = Catch::getSeed();
    CAPTURE(seed);
    std::mt19937 random(seed);
    const auto below = [&](std::size_t bound) { return random() % bound; };
    const std::string likely = "{}[]\",:\\abx019.e-u\xff ";
    for (int round = 0; round < 3000; ++round) {
        std::string text = wide(R"("a":{"b":[1,2,{"x":"y"}]},"x":{"a":[true,null]},"b":"text")");
        for (std::size_t change = 0; change < below(3); ++change) text[below(200)] = likely[below(likely.size())];
        const std::string plain = parsed(text, nullptr), filtered = parsed(text);
        CAPTURE(text);
        if (plain == "not_json" || plain == "duplicate_member") {
            REQUIRE(filtered == plain);
        } else {
            REQUIRE((filtered != "not_json" && filtered != "duplicate_member"));
        }
    }
}

TEST_CASE("wide JSON: names chosen to collide in a hash table cost no more than others") {
    constexpr std::size_t count = 8192;
    const double usual = cpu_seconds(object_of_names(count, false), is_wanted);
    const double hostile = cpu_seconds(object_of_names(count, true), is_wanted);
    CHECK(hostile < 5 * usual + 0.01); // without the filter: some hundred times
}

TEST_CASE("client frames mean the same with many unknown members in front and behind") {
    int checked = 0;
    for (const auto& file : std::filesystem::directory_iterator(test::source_path("tests/golden"))) {
        std::ifstream in(file.path());
        for (std::string line; file.path().extension() == ".jsonl" && std::getline(in, line);) {
            const auto golden = strict_parser().parse(line).value();
            const auto& member = *golden.as_object().begin();
            const auto text = boost::json::serialize(member.value());
            std::string widened = text;
            widened.insert(widened.size() - 1, unknown_members(200));
            widened.insert(1, "\"first\":{},");
            CAPTURE(text);
            const int before = checked;
            check_all(client_frame_list{},
                      member.key() == "c" ? member.value().as_object() : boost::json::object{{"type", ""}},
                      strict_parser(is_client_name).parse(widened).value().as_object(), checked);
            if (checked == before) continue;
            const auto message = strict_parser(is_client_name).parse(widened).value();
            CHECK(message.as_object().size() == member.value().as_object().size());
            CHECK(read_envelope(message)->type == std::string_view(member.value().at("type").as_string()));
        }
    }
    CHECK(checked > 30);
}

} // namespace wsd
