#pragma once

#include "common/protocol/decode_limits.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

// The words in which a frame says what its fields are. A frame is an aggregate with
//
//     static constexpr std::string_view type = "PONG";
//     using fields = field::table<field::required<"timestamp", &pong::timestamp, field::integer<>>>;
//
// and from this table alone come decoding, encoding and the description of the format. Members have the name of the
// field in snake_case and are in the order of the table.
namespace wsd::field {

template <std::size_t N> struct literal {
    char text[N]{};
    consteval literal(const char (&source)[N]) { std::copy_n(source, N, text); }
    [[nodiscard]] constexpr std::string_view view() const noexcept { return {text, N - 1}; }
};

inline constexpr std::size_t unbounded = static_cast<std::size_t>(-1);
// The range in which a double is exact: what every JSON implementation can read.
inline constexpr std::int64_t integer_max = (std::int64_t{1} << 53) - 1;

// ---- kinds of values, each with the member types that can hold it ----
// "string" is std::string, std::string_view or a strong_id; when decoded into a view it points into the JSON value.

struct id {};                                                                          // string: see is_id
template <std::size_t Max = 128> struct tag {};                                        // string: see is_tag
template <std::size_t Min = 0, std::size_t Max = unbounded> struct text {};            // string, bounds in code points
template <std::size_t MaxBytes> struct octets {};                                      // string
template <std::size_t Min, std::uint32_t decode_limits::* Max> struct limited_text {}; // string, in code points
template <std::uint32_t decode_limits::* Max> struct trimmed_text {}; // the same after white space around it is removed
template <literal... Words> struct word {};                           // string: one of the words
template <std::int64_t Min = -integer_max, std::int64_t Max = integer_max> struct integer {}; // an integer type
template <std::int64_t Min, std::int64_t Max>
struct clamped {};    // an integer type; what is outside is moved to the bound
struct boolean {};    // bool
struct uuid {};       // message_id
struct code {};       // error_code
struct object {};     // a struct with `fields`
struct any_object {}; // in `ignored` only
template <class Element, std::size_t Min = 0, std::size_t Max = unbounded> struct list {}; // std::vector
template <class Key, class Value> struct map {}; // std::vector of std::pair: an object whose member names are keys
template <class Kind> struct or_null {};         // std::optional, empty = null

using natural = integer<0>;
using timestamp_ms = integer<>;

// ---- entries of a table ----

template <literal Name, auto Member, class Kind> struct required {};
// Absent when the member is an empty std::optional, or, for other types, an empty string or vector.
template <literal Name, auto Member, class Kind> struct optional {};
// As `optional`; null and, in strings, "" count as absent too.
template <literal Name, auto Member, class Kind> struct optional_or_null {};
// May be absent, then the member keeps its default value; always written.
template <literal Name, auto Member, class Kind> struct defaulted {};
// The value of the field Name again under a second name; `again_in`: Entry is about a member of Part.
template <literal Name, class Entry> struct again {};
template <literal Name, auto Part, class Entry> struct again_in {};
// Always this JSON text.
template <literal Name, literal Json> struct constant {};
// This JSON text when the bool Member is true, else absent.
template <literal Name, auto Member, literal Json = "true"> struct when {};
// Must not be there.
template <literal Name> struct absent {};
// Optional, checked, not kept.
template <literal Name, class Kind> struct ignored {};
// The fields of the member, a struct with `fields`, stand in this object.
template <auto Member> struct part {};

template <class... Entries> struct table {};

} // namespace wsd::field
