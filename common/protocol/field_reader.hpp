#pragma once

#include "common/base/ids.hpp"
#include "common/protocol/codes.hpp"
#include "common/protocol/decode.hpp"
#include "common/protocol/field_table.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace wsd::field {

enum class length_unit : std::uint8_t { bytes, code_points };

struct string_rule {
    std::size_t min = 0;
    std::size_t max = unbounded;
    length_unit unit = length_unit::code_points;
    bool control_characters = true; // allowed
    bool trimmed = false;           // white space around it is removed before all else
};

struct integer_rule {
    std::int64_t min = -integer_max;
    std::int64_t max = integer_max;
    bool clamped = false;
};

// Checks JSON values against rules and remembers the first failure, with the path to it. The functions return false or
// nullopt when they failed.
class reader {
  public:
    explicit reader(const decode_limits& limits) noexcept : limits_(limits) {}

    [[nodiscard]] const decode_limits& limits() const noexcept { return limits_; }
    [[nodiscard]] decode_failure take_failure() noexcept { return {std::move(details_)}; }

    // Always false.
    bool fail(std::string_view problem);
    // Add to the front of the path.
    bool inside_member(std::string_view name);
    bool inside_element(std::size_t index);

    [[nodiscard]] std::optional<std::string_view> string(const boost::json::value& value, const string_rule& rule);
    [[nodiscard]] std::optional<std::string_view> word(const boost::json::value& value,
                                                       std::initializer_list<std::string_view> words);
    [[nodiscard]] std::optional<std::int64_t> integer(const boost::json::value& value, const integer_rule& rule);
    [[nodiscard]] std::optional<message_id> uuid(const boost::json::value& value);
    [[nodiscard]] std::optional<error_code> code(const boost::json::value& value);
    [[nodiscard]] std::optional<bool> boolean(const boost::json::value& value);
    [[nodiscard]] bool literal(const boost::json::value& value, std::string_view json);
    [[nodiscard]] const boost::json::object* object(const boost::json::value& value);
    [[nodiscard]] const boost::json::array* array(const boost::json::value& value, std::size_t min, std::size_t max);

  private:
    const decode_limits& limits_;
    std::string details_;
};

} // namespace wsd::field
