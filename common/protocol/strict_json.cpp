#include "common/protocol/strict_json.hpp"

#include "common/protocol/wide_json.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/error.hpp>
#include <boost/json/value_stack.hpp>

#include <array>
#include <cmath>

namespace wsd {
namespace {

namespace json = boost::json;
using boost::system::error_code;

// Working memory beyond the first part is given back after a text of this size, so that one large message does not
// leave a thread large for ever.
constexpr std::size_t kept_text_bytes = 64 * 1024;

// Builds the value and counts the members as they stand in the text. Of two members of one name Boost.JSON keeps the
// last without a word, so the value then has fewer members than were counted.
struct counting_builder {
    static constexpr std::size_t max_object_size = json::object::max_size();
    static constexpr std::size_t max_array_size = json::array::max_size();
    static constexpr std::size_t max_key_size = json::string::max_size();
    static constexpr std::size_t max_string_size = json::string::max_size();

    alignas(json::value) std::array<unsigned char, 4096> initial;
    json::value_stack values{{}, initial.data(), initial.size()};
    std::size_t members = 0;
    std::size_t members_max = 0; // of one object; with more the text is wide and parsing ends
    bool wide = false;

    bool on_document_begin(error_code&) { return true; }
    bool on_document_end(error_code&) { return true; }
    bool on_object_begin(error_code&) { return true; }
    bool on_object_end(std::size_t count, error_code& ec) {
        if (count > members_max) {
            wide = true;
            ec = json::make_error_code(json::error::object_too_large);
            return false;
        }
        members += count;
        values.push_object(count);
        return true;
    }
    bool on_array_begin(error_code&) { return true; }
    bool on_array_end(std::size_t count, error_code&) {
        values.push_array(count);
        return true;
    }
    bool on_key_part(json::string_view part, std::size_t, error_code&) {
        values.push_chars(part);
        return true;
    }
    bool on_key(json::string_view last, std::size_t, error_code&) {
        values.push_key(last);
        return true;
    }
    bool on_string_part(json::string_view part, std::size_t, error_code&) {
        values.push_chars(part);
        return true;
    }
    bool on_string(json::string_view last, std::size_t, error_code&) {
        values.push_string(last);
        return true;
    }
    bool on_number_part(json::string_view, error_code&) { return true; }
    bool on_int64(std::int64_t number, json::string_view, error_code&) {
        values.push_int64(number);
        return true;
    }
    bool on_uint64(std::uint64_t number, json::string_view, error_code&) {
        values.push_uint64(number);
        return true;
    }
    bool on_double(double number, json::string_view, error_code& ec) {
        if (!std::isfinite(number)) {
            ec = json::make_error_code(json::error::not_double);
            return false;
        }
        values.push_double(number);
        return true;
    }
    bool on_bool(bool value, error_code&) {
        values.push_bool(value);
        return true;
    }
    bool on_null(error_code&) {
        values.push_null();
        return true;
    }
    bool on_comment_part(json::string_view, error_code&) { return true; }
    bool on_comment(json::string_view, error_code&) { return true; }
};

// The depth of the recursion is bounded by max_json_depth.
std::size_t count_members(const json::value& value) {
    std::size_t count = 0;
    if (const json::object* object = value.if_object()) {
        count = object->size();
        for (const auto& member : *object) count += member.value().is_structured() ? count_members(member.value()) : 0;
    } else if (const json::array* array = value.if_array()) {
        for (const json::value& element : *array) count += element.is_structured() ? count_members(element) : 0;
    }
    return count;
}

} // namespace

struct strict_parser::impl {
    json::basic_parser<counting_builder> parser{strict_options()};

    json_result parse(std::string_view text, const json::storage_ptr& storage, name_filter wanted) {
        counting_builder& builder = parser.handler();
        parser.reset();
        builder.members = 0;
        builder.members_max = wanted == nullptr ? counting_builder::max_object_size : wide_object_members;
        builder.wide = false;
        builder.values.reset(storage);
        error_code ec;
        const std::size_t used = parser.write_some(false, text.data(), text.size(), ec);
        if (ec || used != text.size()) {
            builder.values.reset(); // lets go of the caller's storage
            return builder.wide ? parse_wide(text, storage, wanted) : json_problem::not_json;
        }
        json_result value(builder.values.release());
        if (count_members(*value) != builder.members) return json_problem::duplicate_member;
        return value;
    }
};

strict_parser::strict_parser(name_filter wanted) : wanted_(wanted), impl_(std::make_unique<impl>()) {}
strict_parser::~strict_parser() = default;
strict_parser::strict_parser(strict_parser&&) noexcept = default;
strict_parser& strict_parser::operator=(strict_parser&&) noexcept = default;

json_result strict_parser::parse(std::string_view text, const json::storage_ptr& storage) {
    try {
        json_result parsed = impl_->parse(text, storage, wanted_);
        if (text.size() > kept_text_bytes) impl_ = std::make_unique<impl>();
        return parsed;
    } catch (const std::bad_alloc&) {
        impl_ = std::make_unique<impl>();
        throw;
    }
}

} // namespace wsd
