#pragma once

#include "common/protocol/field_description.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace wsd::test {

// Makes JSON values that fit the description of a field, of strings as nasty as allowed: control characters, NUL,
// quotes, code points of every length and from the edges of the ranges.
class frame_sampler {
  public:
    explicit frame_sampler(std::uint32_t seed, decode_limits limits = {}) : random_(seed), limits_(limits) {}

    // All required fields and each optional one by chance.
    [[nodiscard]] boost::json::object object(const std::vector<field_description>& fields);
    [[nodiscard]] boost::json::value value(const field_description& what);
    [[nodiscard]] std::string hostile_string(std::size_t code_points_min, std::size_t code_points_max,
                                             bool control_characters);
    // 0..bound-1
    [[nodiscard]] std::size_t below(std::size_t bound);

  private:
    [[nodiscard]] std::string string(const field_description& what);
    [[nodiscard]] char32_t code_point(bool control_characters);

    std::mt19937 random_;
    decode_limits limits_;
};

void append_utf8(std::string& out, char32_t code_point);

// The upper bound of a string's length.
[[nodiscard]] std::size_t size_max(const field_description& what, const decode_limits& limits);

} // namespace wsd::test
