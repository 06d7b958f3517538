// What is refused in client frames, generated from the field tables: every field of every type, every way to be wrong.
#include "common/protocol/decode.hpp"
#include "common/protocol/frame_list.hpp"
#include "tests/support/frame_sampler.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <catch_amalgamated.hpp>

#include <functional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace wsd;
using boost::json::value;

constexpr decode_limits limits{.content_length = 50, .room_name_length = 20, .thumbnail_url_length = 30};

// One way to break a value, and what is said about it.
struct fault {
    value broken;
    std::string says;
};

std::string repeated(std::string_view text, std::size_t times) {
    std::string out;
    for (std::size_t i = 0; i < times; ++i) out += text;
    return out;
}

bool is_kind(const value& v, value_kind kind) {
    switch (kind) {
    case value_kind::string:
        return v.is_string();
    case value_kind::integer:
        return v.is_int64() || v.is_uint64();
    case value_kind::boolean:
        return v.is_bool();
    case value_kind::object:
        return v.is_object();
    case value_kind::array:
        return v.is_array();
    default:
        return false;
    }
}

std::string_view article(value_kind kind) {
    switch (kind) {
    case value_kind::string:
        return "not a string";
    case value_kind::integer:
        return "not an integer";
    case value_kind::boolean:
        return "not a boolean";
    case value_kind::object:
        return "not an object";
    default:
        return "not an array";
    }
}

std::vector<fault> faults_of(const field_description& what, bool null_allowed);

void add_string_faults(const field_description& what, std::vector<fault>& out) {
    const auto max = test::size_max(what, limits);
    if (!what.words.empty()) {
        for (const auto* const word : {"", "OPEN", "nobody"}) out.push_back({value(word), "not one of "});
        out.push_back({value(std::string(what.words[0]) + " "), "not one of "});
        return;
    }
    if (max != field::unbounded)
        out.push_back({value(repeated(what.in_bytes ? "x" : "😀", max + 1)), "longer than " + std::to_string(max)});
    if (what.size_min > 0) out.push_back({value(""), "empty"});
    if (!what.control_characters)
        for (const char c : {'\0', '\n', '\x1f', '\x7f'})
            out.push_back({value(std::string("a") + c + "b"), "contains control characters"});
}

void add_integer_faults(const field_description& what, std::vector<fault>& out) {
    for (const auto& no_integer :
         {value(1.0), value(1.5), value(1e300), value(field::integer_max + 1), value(-field::integer_max - 1),
          value(std::uint64_t{1} << 63), value(std::numeric_limits<std::int64_t>::min())})
        out.push_back({no_integer, "not an integer"});
    if (what.clamped) return;
    if (what.min > -field::integer_max) out.push_back({value(what.min - 1), "less than "});
    if (what.max < field::integer_max) out.push_back({value(what.max + 1), "more than "});
}

void add_array_faults(const field_description& what, std::vector<fault>& out) {
    test::frame_sampler sampler(1, limits);
    const auto element = [&] {
        value sample;
        do sample = sampler.value(what.element.front());
        while (sample.is_string() && sample.get_string().empty());
        return sample;
    };
    boost::json::array too_many;
    for (std::size_t i = 0; i <= what.size_max; ++i) too_many.push_back(element());
    out.push_back({too_many, "more than " + std::to_string(what.size_max) + " elements"});
    if (what.size_min > 0) out.push_back({boost::json::array{}, "empty"});
    for (const auto& inner : faults_of(what.element.front(), false))
        out.push_back({boost::json::array{element(), inner.broken}, "[1]: " + inner.says});
}

void add_object_faults(const field_description& what, std::vector<fault>& out) {
    test::frame_sampler sampler(1, limits);
    for (const auto& field : what.members) {
        auto whole = sampler.object(what.members);
        if (field.presence == field_presence::required) {
            whole.erase(field.name);
            out.push_back({whole, "." + std::string(field.name) + ": missing"});
        }
        for (const auto& inner : faults_of(field, field.nullable)) {
            boost::json::object broken = sampler.object(what.members);
            broken[field.name] = inner.broken;
            out.push_back({broken, "." + std::string(field.name) + ": " + inner.says});
        }
    }
}

std::vector<fault> faults_of(const field_description& what, bool null_allowed) {
    std::vector<fault> out;
    for (const auto& other : {value(nullptr), value(true), value(7), value("text"), value(boost::json::array{}),
                              value(boost::json::object{})})
        if (!is_kind(other, what.kind) && !(other.is_null() && null_allowed))
            out.push_back({other, std::string(article(what.kind))});
    switch (what.kind) {
    case value_kind::string:
        add_string_faults(what, out);
        break;
    case value_kind::integer:
        add_integer_faults(what, out);
        break;
    case value_kind::array:
        add_array_faults(what, out);
        break;
    case value_kind::object:
        add_object_faults(what, out);
        break;
    default:
        break;
    }
    return out;
}

// A frame with all required fields and the one that is looked at.
boost::json::object frame_with(const std::vector<field_description>& fields, std::string_view name, const value& v) {
    test::frame_sampler sampler(1, limits);
    auto frame = sampler.object(fields);
    for (const auto& field : fields)
        if (field.presence != field_presence::required) frame.erase(field.name);
    frame[name] = v;
    return frame;
}

template <class T> void expect_refusal(const boost::json::object& frame, const std::string& details) {
    const auto outcome = decode<T>(frame, limits);
    INFO(T::type << " " << boost::json::serialize(frame));
    REQUIRE_FALSE(outcome.has_value());
    REQUIRE_THAT(outcome.error().details, Catch::Matchers::StartsWith(details));
    REQUIRE(outcome.error().details.size() < 300);
}

template <class T> void refuse_each_fault() {
    const auto fields = describe_fields<T>();
    for (const auto& field : fields) {
        const std::string name(field.name);
        if (field.presence == field_presence::forbidden) {
            for (const auto& any : {value("x"), value(nullptr), value(1)})
                expect_refusal<T>(frame_with(fields, name, any), name + ": not allowed here");
            continue;
        }
        if (field.presence == field_presence::required) {
            auto frame = frame_with(fields, name, nullptr);
            frame.erase(name);
            expect_refusal<T>(frame, name + ": missing");
        }
        for (const auto& fault : faults_of(field, field.null_is_absent || field.nullable)) {
            const bool inside = fault.says.starts_with('[') || fault.says.starts_with('.');
            expect_refusal<T>(frame_with(fields, name, fault.broken), name + (inside ? "" : ": ") + fault.says);
        }
    }
}

template <class T> void accept_each_bound() {
    const auto fields = describe_fields<T>();
    for (const auto& field : fields) {
        const auto& what = field;
        const auto max = test::size_max(what, limits);
        if (field.presence == field_presence::forbidden || what.kind != value_kind::string || !what.words.empty())
            continue;
        const auto size = max == field::unbounded ? 1000 : max;
        auto frame = frame_with(fields, field.name, value(repeated(what.in_bytes ? "x" : "😀", size)));
        if (what.trimmed) frame[field.name] = "\u3000 \t" + repeated("😀", size) + "\u2028\n";
        const auto outcome = decode<T>(frame, limits);
        // A rule about several fields may still refuse it, but then it says so.
        INFO(T::type << " " << field.name << " " << (outcome ? "" : outcome.error().details));
        if (!outcome) REQUIRE_THAT(outcome.error().details, !Catch::Matchers::ContainsSubstring("longer"));
    }
}

template <class T> void ignore_unknown_members(test::frame_sampler& sampler) {
    const auto fields = describe_fields<T>();
    for (int i = 0; i < 50; ++i) {
        auto frame = sampler.object(fields);
        const bool before = decode<T>(frame, limits).has_value();
        for (const auto* const name : {"type", "version_", "correlationId", "", "Content", "message_id"})
            if (!frame.contains(name))
                frame[name] = sampler.below(2) == 0 ? value(nullptr) : value(boost::json::array{1});
        INFO(T::type << " " << boost::json::serialize(frame));
        REQUIRE(decode<T>(frame, limits).has_value() == before);
    }
}

template <class... T> void refuse_all(frame_list<T...> /*frames*/) { (refuse_each_fault<T>(), ...); }
template <class... T> void accept_all(frame_list<T...> /*frames*/) { (accept_each_bound<T>(), ...); }
template <class... T> void ignore_all(frame_list<T...> /*frames*/, test::frame_sampler& sampler) {
    (ignore_unknown_members<T>(sampler), ...);
}

TEST_CASE("every field of every client frame refuses every wrong value and is named in the details", "[protocol]") {
    refuse_all(client_frame_list{});
}

TEST_CASE("every string of every client frame may be as long as its bound", "[protocol]") {
    accept_all(client_frame_list{});
}

TEST_CASE("members that a client frame does not have are ignored", "[protocol]") {
    const auto seed = std::random_device{}();
    INFO("seed " << seed);
    test::frame_sampler sampler(seed, limits);
    ignore_all(client_frame_list{}, sampler);
}

} // namespace
