#pragma once

#include <boost/json/storage_ptr.hpp>
#include <boost/json/value.hpp>
#include <boost/system/result.hpp>

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string_view>

namespace wsd {

enum class json_problem : std::uint8_t {
    // Not one RFC 8259 text (syntax, encoding, empty, byte-order mark, trailing characters), or beyond the protocol's
    // limits: nested deeper than max_json_depth, a number that is not finite as a double, an escaped lone surrogate.
    not_json = 1,
    duplicate_member, // an object, at any depth, has two members of one name (compared after unescaping)
};

inline constexpr std::size_t max_json_depth = 32; // the outermost object or array is depth 1

// Whether a member of this name is ever looked for.
using name_filter = bool (*)(std::string_view name) noexcept;

// In a text with an object of more members than this, members that are never looked for are checked and left out.
inline constexpr std::size_t wide_object_members = 64;

using json_result = boost::system::result<boost::json::value, json_problem>;

[[noreturn]] inline void throw_exception_from_error(json_problem, const boost::source_location&) {
    throw std::logic_error("value() of a text that is not strict JSON");
}

// Owns the working memory of parsing, which is reused from text to text: one instance per thread, used by that thread
// only. With a filter, memory and time are linear in the length of the text, which the caller bounds, up to a
// logarithm. Without one they are not if the names in a large object are chosen to collide in Boost.JSON's hash table,
// whose salt is an address: 24 KB took 26 ms instead of 0.2, and the time grows with the square. So texts of strangers
// need a filter.
class strict_parser {
  public:
    explicit strict_parser(name_filter wanted = nullptr);
    ~strict_parser();
    strict_parser(strict_parser&&) noexcept;
    strict_parser& operator=(strict_parser&&) noexcept;

    // The value lives in `storage` and refers to nothing else. A text that has both problems is not_json.
    // A number written without fraction and exponent is of kind int64 or uint64, or double when it fits neither; every
    // other number is of kind double, so `1` differs from `1.0` and `1e0`.
    // Throws only std::bad_alloc, after which the parser is as good as new.
    [[nodiscard]] json_result parse(std::string_view text, const boost::json::storage_ptr& storage = {});

  private:
    struct impl;
    name_filter wanted_;
    std::unique_ptr<impl> impl_;
};

} // namespace wsd
