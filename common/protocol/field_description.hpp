#pragma once

#include "common/protocol/field_table.hpp"
#include "common/protocol/text.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

// Field tables as data, for what walks over all of them at run time: documentation, schemas, tests.
namespace wsd {

enum class value_kind : std::uint8_t { string, integer, boolean, message_id, error_code, literal, object, array, map };
enum class field_presence : std::uint8_t { required, optional, forbidden };

// A field, or a value in a list or map: then the first part means nothing.
struct field_description {
    std::string_view name{};
    field_presence presence = field_presence::required;
    bool null_is_absent = false;
    bool kept = true;            // false: checked when decoded, never written
    bool always_written = false; // optional for the sender, written with its default by encode
    std::string_view same_as{};  // a second name of that field's value; empty: none

    value_kind kind = value_kind::string;
    bool nullable = false;
    // string: its length in code points, or in bytes; array: number of elements.
    std::size_t size_min = 0;
    std::size_t size_max = field::unbounded;
    bool in_bytes = false;
    bool control_characters = true;                 // allowed in a string
    bool trimmed = false;                           // the bounds are those of the trimmed string
    std::uint32_t decode_limits::* limit = nullptr; // an option is the upper bound
    std::vector<std::string_view> words{};          // of a string; empty: any
    std::int64_t min = -field::integer_max;         // integer
    std::int64_t max = field::integer_max;
    bool clamped = false;                     // the bounds are applied, not demanded
    std::string_view json{};                  // literal
    std::vector<field_description> members{}; // object; one of any form has none
    std::vector<field_description> element{}; // array, map: one, of its values
    std::vector<field_description> key{};     // map: one, of its names
};

template <class T> std::vector<field_description> describe_fields();

namespace field {

inline field_description describe_value(id) {
    return {.size_min = 1, .size_max = id_bytes_max, .in_bytes = true, .control_characters = false};
}
template <std::size_t Max> field_description describe_value(tag<Max>) {
    return {.size_min = 1, .size_max = Max, .control_characters = false};
}
template <std::size_t Min, std::size_t Max> field_description describe_value(text<Min, Max>) {
    return {.size_min = Min, .size_max = Max};
}
template <std::size_t Max> field_description describe_value(octets<Max>) { return {.size_max = Max, .in_bytes = true}; }
template <std::size_t Min, auto Max> field_description describe_value(limited_text<Min, Max>) {
    return {.size_min = Min, .limit = Max};
}
template <auto Max> field_description describe_value(trimmed_text<Max>) { return {.trimmed = true, .limit = Max}; }
template <literal... Words> field_description describe_value(word<Words...>) { return {.words = {Words.view()...}}; }
template <std::int64_t Min, std::int64_t Max> field_description describe_value(integer<Min, Max>) {
    return {.kind = value_kind::integer, .min = Min, .max = Max};
}
template <std::int64_t Min, std::int64_t Max> field_description describe_value(clamped<Min, Max>) {
    return {.kind = value_kind::integer, .min = Min, .max = Max, .clamped = true};
}
inline field_description describe_value(boolean) { return {.kind = value_kind::boolean}; }
inline field_description describe_value(uuid) { return {.kind = value_kind::message_id}; }
inline field_description describe_value(code) { return {.kind = value_kind::error_code}; }
inline field_description describe_value(any_object) { return {.kind = value_kind::object}; }

template <class T> struct held_in {
    using type = T;
};
template <class T> struct held_in<std::optional<T>> : held_in<T> {};
template <class Class, class T> struct held_in<T Class::*> : held_in<T> {};

// `Held` is the type of the member, without std::optional around it.
template <class Held, class Kind> struct value_in {
    static field_description describe() { return describe_value(Kind{}); }
};
template <class Held> struct value_in<Held, object> {
    static field_description describe() { return {.kind = value_kind::object, .members = describe_fields<Held>()}; }
};
template <class Held, class Kind> struct value_in<Held, or_null<Kind>> {
    static field_description describe() {
        auto value = value_in<Held, Kind>::describe();
        value.nullable = true;
        return value;
    }
};
template <class Held, class Element, std::size_t Min, std::size_t Max> struct value_in<Held, list<Element, Min, Max>> {
    static field_description describe() {
        return {.kind = value_kind::array,
                .size_min = Min,
                .size_max = Max,
                .element = {value_in<typename Held::value_type, Element>::describe()}};
    }
};
template <class Held, class Key, class Value> struct value_in<Held, map<Key, Value>> {
    using mapped = typename held_in<typename Held::value_type::second_type>::type;
    static field_description describe() {
        return {.kind = value_kind::map,
                .element = {value_in<mapped, Value>::describe()},
                .key = {value_in<std::string_view, Key>::describe()}};
    }
};
template <auto Member, class Kind> field_description describe_member() {
    return value_in<typename held_in<decltype(Member)>::type, Kind>::describe();
}

using descriptions = std::vector<field_description>;

inline void add(descriptions& out, std::string_view name, field_presence presence, field_description description) {
    description.name = name;
    description.presence = presence;
    out.push_back(std::move(description));
}

template <literal Name, auto Member, class Kind> void describe_entry(required<Name, Member, Kind>, descriptions& out) {
    add(out, Name.view(), field_presence::required, describe_member<Member, Kind>());
}
template <literal Name, auto Member, class Kind> void describe_entry(optional<Name, Member, Kind>, descriptions& out) {
    add(out, Name.view(), field_presence::optional, describe_member<Member, Kind>());
}
template <literal Name, auto Member, class Kind>
void describe_entry(optional_or_null<Name, Member, Kind>, descriptions& out) {
    describe_entry(optional<Name, Member, Kind>{}, out);
    out.back().null_is_absent = true;
}
template <literal Name, auto Member, class Kind> void describe_entry(defaulted<Name, Member, Kind>, descriptions& out) {
    describe_entry(optional<Name, Member, Kind>{}, out);
    out.back().always_written = true;
}
template <literal Name, class Entry> void describe_entry(again<Name, Entry>, descriptions& out) {
    describe_entry(Entry{}, out);
    out.back().same_as = Name.view();
}
template <literal Name, auto Part, class Entry> void describe_entry(again_in<Name, Part, Entry>, descriptions& out) {
    describe_entry(again<Name, Entry>{}, out);
}
template <literal Name, literal Json> void describe_entry(constant<Name, Json>, descriptions& out) {
    add(out, Name.view(), field_presence::required, {.kind = value_kind::literal, .json = Json.view()});
}
template <literal Name, auto Member, literal Json> void describe_entry(when<Name, Member, Json>, descriptions& out) {
    add(out, Name.view(), field_presence::optional, {.kind = value_kind::literal, .json = Json.view()});
}
template <literal Name> void describe_entry(absent<Name>, descriptions& out) {
    add(out, Name.view(), field_presence::forbidden, {});
}
template <literal Name, class Kind> void describe_entry(ignored<Name, Kind>, descriptions& out) {
    add(out, Name.view(), field_presence::optional, describe_value(Kind{}));
    out.back().kept = false;
}
template <auto Member> void describe_entry(part<Member>, descriptions& out) {
    for (auto& field : describe_fields<typename held_in<decltype(Member)>::type>()) out.push_back(std::move(field));
}

template <class... Entries> descriptions describe_table(table<Entries...> /*fields*/) {
    descriptions out;
    (describe_entry(Entries{}, out), ...);
    return out;
}

} // namespace field

// In the order of the table.
template <class T> std::vector<field_description> describe_fields() {
    return field::describe_table(typename T::fields{});
}

} // namespace wsd
