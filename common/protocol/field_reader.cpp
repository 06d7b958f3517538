#include "common/protocol/field_reader.hpp"

#include "common/base/ids.hpp"
#include "common/protocol/text.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>

#include <algorithm>

namespace wsd::field {

bool reader::fail(std::string_view problem) {
    details_ = ": ";
    details_ += problem;
    return false;
}

bool reader::inside_member(std::string_view name) {
    std::string path(name);
    if (details_.front() != ':' && details_.front() != '[') path += '.';
    details_.insert(0, path);
    return false;
}

bool reader::inside_element(std::size_t index) {
    std::string path = "[" + std::to_string(index) + "]";
    if (details_.front() != ':' && details_.front() != '[') path += '.';
    details_.insert(0, path);
    return false;
}

std::optional<std::string_view> reader::string(const boost::json::value& value, const string_rule& rule) {
    const auto* const held = value.if_string();
    if (held == nullptr) {
        fail("not a string");
        return std::nullopt;
    }
    std::string_view text(held->data(), held->size());
    if (rule.trimmed) text = trim(text);
    const bool bytes = rule.unit == length_unit::bytes;
    // A code point takes a byte at least: short texts need no counting.
    if (text.size() > rule.max && (bytes || count_code_points(text) > rule.max)) {
        fail("longer than " + std::to_string(rule.max) + (bytes ? " bytes" : " code points"));
        return std::nullopt;
    }
    if (text.size() < rule.min) {
        fail("empty");
        return std::nullopt;
    }
    if (!rule.control_characters && has_control_characters(text)) {
        fail("contains control characters");
        return std::nullopt;
    }
    return text;
}

std::optional<std::string_view> reader::word(const boost::json::value& value,
                                             std::initializer_list<std::string_view> words) {
    const auto text = string(value, {});
    if (!text) return std::nullopt;
    const auto* const found = std::ranges::find(words, *text);
    if (found != words.end()) return *text;
    std::string problem = "not one of";
    for (const auto allowed : words) {
        problem += allowed.data() == words.begin()->data() ? " " : ", ";
        problem += allowed;
    }
    fail(problem);
    return std::nullopt;
}

std::optional<std::int64_t> reader::integer(const boost::json::value& value, const integer_rule& rule) {
    std::int64_t number = 0;
    if (const auto* const held = value.if_int64()) {
        number = *held;
    } else if (const auto* const big = value.if_uint64()) {
        number = *big <= static_cast<std::uint64_t>(integer_max) ? static_cast<std::int64_t>(*big) : integer_max + 1;
    } else {
        fail("not an integer");
        return std::nullopt;
    }
    if (number < -integer_max || number > integer_max) {
        fail("not an integer");
        return std::nullopt;
    }
    if (rule.clamped) return std::clamp(number, rule.min, rule.max);
    if (number < rule.min || number > rule.max) {
        fail(number < rule.min ? "less than " + std::to_string(rule.min) : "more than " + std::to_string(rule.max));
        return std::nullopt;
    }
    return number;
}

std::optional<message_id> reader::uuid(const boost::json::value& value) {
    const auto text = string(value, {});
    if (!text) return std::nullopt;
    auto id = message_id::parse(*text);
    if (!id) fail("not a message id of this server");
    return id;
}

std::optional<error_code> reader::code(const boost::json::value& value) {
    const auto text = string(value, {});
    if (!text) return std::nullopt;
    const auto found = find_error_code(*text);
    if (!found) fail("not a known error code");
    return found;
}

std::optional<bool> reader::boolean(const boost::json::value& value) {
    if (const auto* const held = value.if_bool()) return *held;
    fail("not a boolean");
    return std::nullopt;
}

bool reader::literal(const boost::json::value& value, std::string_view json) {
    bool equal = false;
    if (value.is_null())
        equal = json == "null";
    else if (const auto* const truth = value.if_bool())
        equal = json == (*truth ? "true" : "false");
    else if (const auto* const text = value.if_string())
        equal = json.size() == text->size() + 2 && json.substr(1, text->size()) == std::string_view(*text);
    else
        equal = boost::json::serialize(value) == json;
    return equal || fail("not " + std::string(json));
}

const boost::json::object* reader::object(const boost::json::value& value) {
    const auto* const held = value.if_object();
    if (held == nullptr) fail("not an object");
    return held;
}

const boost::json::array* reader::array(const boost::json::value& value, std::size_t min, std::size_t max) {
    const auto* const held = value.if_array();
    if (held == nullptr) {
        fail("not an array");
        return nullptr;
    }
    if (held->size() < min || held->size() > max) {
        fail(held->size() < min ? "empty" : "more than " + std::to_string(max) + " elements");
        return nullptr;
    }
    return held;
}

} // namespace wsd::field
