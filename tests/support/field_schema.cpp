#include "tests/support/field_schema.hpp"

#include "common/protocol/codes.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include <stdexcept>
#include <string>

namespace wsd::test {
namespace {

namespace json = boost::json;

json::object value_schema(const field_description& field);

json::array error_codes() {
    json::array codes;
    for (std::size_t i = 0; i < error_code_count; ++i) codes.emplace_back(describe(static_cast<error_code>(i)).text);
    return codes;
}

std::string_view option_of(std::uint32_t decode_limits::* limit) {
    if (limit == &decode_limits::content_length) return "WS_MAX_CONTENT_LENGTH";
    if (limit == &decode_limits::room_name_length) return "WS_MAX_ROOM_NAME_LENGTH";
    if (limit == &decode_limits::thumbnail_url_length) return "WS_MAX_THUMBNAIL_URL_LENGTH";
    throw std::logic_error("a limit without a name");
}

json::object string_schema(const field_description& field) {
    json::object out{{"type", "string"}};
    if (!field.words.empty()) {
        json::array words(field.words.begin(), field.words.end());
        return {{"enum", std::move(words)}};
    }
    if (field.size_min > 0) out["minLength"] = field.size_min;
    if (field.size_max != field::unbounded) out["maxLength"] = field.size_max;
    if (field.in_bytes) out["$comment"] = "at most " + std::to_string(field.size_max) + " bytes of UTF-8";
    if (field.limit != nullptr) {
        out["$comment"] = "at most " + std::string(option_of(field.limit)) + " code points" +
                          (field.trimmed ? ", after white space around it was removed" : "");
    }
    // `not` instead of an anchored pattern: in some languages $ matches before a last line feed.
    if (!field.control_characters) out["not"] = json::object{{"pattern", "[\\u0000-\\u001f\\u007f]"}};
    return out;
}

json::object integer_schema(const field_description& field) {
    json::object out{{"type", "integer"}, {"minimum", field.min}, {"maximum", field.max}};
    if (!field.clamped) return out;
    out["minimum"] = -field::integer_max;
    out["maximum"] = field::integer_max;
    out["$comment"] = "taken into " + std::to_string(field.min) + ".." + std::to_string(field.max);
    return out;
}

json::object array_schema(const field_description& field) {
    json::object out{{"type", "array"}, {"items", value_schema(field.element.at(0))}};
    if (field.size_min > 0) out["minItems"] = field.size_min;
    if (field.size_max != field::unbounded) out["maxItems"] = field.size_max;
    return out;
}

json::object plain_schema(const field_description& field) {
    switch (field.kind) {
    case value_kind::string:
        return string_schema(field);
    case value_kind::integer:
        return integer_schema(field);
    case value_kind::boolean:
        return {{"type", "boolean"}};
    case value_kind::message_id:
        return {{"type", "string"}, {"format", "uuid"}, {"minLength", 36}, {"maxLength", 36}};
    case value_kind::error_code:
        return {{"enum", error_codes()}};
    case value_kind::literal:
        return {{"const", json::parse(field.json)}};
    case value_kind::object:
        return field.members.empty() ? json::object{{"type", "object"}} : object_schema(field.members);
    case value_kind::array:
        return array_schema(field);
    case value_kind::map:
        return {{"type", "object"},
                {"propertyNames", value_schema(field.key.at(0))},
                {"additionalProperties", value_schema(field.element.at(0))}};
    }
    throw std::logic_error("a kind of value without a schema");
}

json::object value_schema(const field_description& field) {
    json::object plain = plain_schema(field);
    if (!field.nullable && !field.null_is_absent) return plain;
    return {{"anyOf", json::array{std::move(plain), json::object{{"type", "null"}}}}};
}

} // namespace

json::object object_schema(const std::vector<field_description>& fields) {
    json::object properties;
    json::array required;
    for (const field_description& field : fields) {
        if (field.presence == field_presence::forbidden) {
            properties[field.name] = false;
            continue;
        }
        json::object schema = value_schema(field);
        if (!field.same_as.empty()) schema["description"] = "again the value of " + std::string(field.same_as);
        properties[field.name] = std::move(schema);
        if (field.presence == field_presence::required) required.emplace_back(field.name);
    }
    return {{"type", "object"}, {"required", std::move(required)}, {"properties", std::move(properties)}};
}

} // namespace wsd::test
