#pragma once

#include "common/protocol/field_reader.hpp"
#include "common/protocol/text.hpp"

#include <boost/json/array.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

// Reads frames by their field tables. Included by the units that instantiate decode for a family of frames.
namespace wsd::field {

template <class T, class... Entries>
bool read_fields(reader& in, const boost::json::object& object, T& frame, table<Entries...>);

// ---- values ----

// `value` is what a function of reader returned; empty means failure.
template <class Value, class T> bool store(const std::optional<Value>& value, T& to) {
    if (!value) return false;
    if constexpr (requires { to.value = std::string(*value); })
        to.value = *value; // strong_id
    else if constexpr (std::is_same_v<Value, std::int64_t>)
        to = static_cast<T>(*value);
    else
        to = *value;
    return true;
}

template <class T> bool read(id, reader& in, const boost::json::value& value, T& to) {
    return store(in.string(value, {1, id_bytes_max, length_unit::bytes, false}), to);
}
template <std::size_t Max, class T> bool read(tag<Max>, reader& in, const boost::json::value& value, T& to) {
    return store(in.string(value, {1, Max, length_unit::code_points, false}), to);
}
template <std::size_t Min, std::size_t Max, class T>
bool read(text<Min, Max>, reader& in, const boost::json::value& value, T& to) {
    return store(in.string(value, {Min, Max}), to);
}
template <std::size_t Max, class T> bool read(octets<Max>, reader& in, const boost::json::value& value, T& to) {
    return store(in.string(value, {0, Max, length_unit::bytes}), to);
}
template <std::size_t Min, auto Max, class T>
bool read(limited_text<Min, Max>, reader& in, const boost::json::value& value, T& to) {
    return store(in.string(value, {Min, in.limits().*Max}), to);
}
template <auto Max, class T> bool read(trimmed_text<Max>, reader& in, const boost::json::value& value, T& to) {
    return store(in.string(value, {.max = in.limits().*Max, .trimmed = true}), to);
}
template <literal... Words, class T> bool read(word<Words...>, reader& in, const boost::json::value& value, T& to) {
    return store(in.word(value, {Words.view()...}), to);
}
template <std::int64_t Min, std::int64_t Max, class T>
bool read(integer<Min, Max>, reader& in, const boost::json::value& value, T& to) {
    static_assert(std::in_range<T>(Min) && std::in_range<T>(Max));
    return store(in.integer(value, {Min, Max}), to);
}
template <std::int64_t Min, std::int64_t Max, class T>
bool read(clamped<Min, Max>, reader& in, const boost::json::value& value, T& to) {
    static_assert(std::in_range<T>(Min) && std::in_range<T>(Max));
    return store(in.integer(value, {Min, Max, true}), to);
}
inline bool read(boolean, reader& in, const boost::json::value& value, bool& to) {
    return store(in.boolean(value), to);
}
inline bool read(uuid, reader& in, const boost::json::value& value, message_id& to) {
    return store(in.uuid(value), to);
}
inline bool read(code, reader& in, const boost::json::value& value, error_code& to) {
    return store(in.code(value), to);
}
template <class T> bool read(object, reader& in, const boost::json::value& value, T& to) {
    const auto* const held = in.object(value);
    return held != nullptr && read_fields(in, *held, to, typename T::fields{});
}
template <class Kind, class T> bool read(or_null<Kind>, reader& in, const boost::json::value& value, T& to) {
    if (value.is_null()) {
        to.reset();
        return true;
    }
    return read(Kind{}, in, value, to.emplace());
}
template <class Element, std::size_t Min, std::size_t Max, class T>
bool read(list<Element, Min, Max>, reader& in, const boost::json::value& value, T& to) {
    const auto* const elements = in.array(value, Min, Max);
    if (elements == nullptr) return false;
    to.resize(elements->size());
    for (std::size_t i = 0; i < to.size(); ++i)
        if (!read(Element{}, in, (*elements)[i], to[i])) return in.inside_element(i);
    return true;
}
template <class Key, class Value, class T>
bool read(map<Key, Value>, reader& in, const boost::json::value& value, T& to) {
    const auto* const members = in.object(value);
    if (members == nullptr) return false;
    for (const auto& member : *members) {
        auto& [name, held] = to.emplace_back();
        name = std::string_view(member.key());
        if (!read(Value{}, in, member.value(), held)) return in.inside_member(name);
    }
    return true;
}

// ---- entries ----

template <class Kind, class T> bool read_present(Kind kind, reader& in, const boost::json::value& value, T& to) {
    if constexpr (requires {
                      to.emplace();
                      to.has_value();
                  }) {
        // An optional around what or_null itself makes optional, or around a plain value.
        return read(kind, in, value, to.emplace());
    } else {
        return read(kind, in, value, to);
    }
}

template <literal Name, auto Member, class Kind, class T>
bool read_entry(required<Name, Member, Kind>, reader& in, const boost::json::object& object, T& frame) {
    const auto* const value = object.if_contains(Name.view());
    if (value == nullptr) in.fail("missing");
    return (value != nullptr && read(Kind{}, in, *value, frame.*Member)) || in.inside_member(Name.view());
}
template <literal Name, auto Member, class Kind, class T>
bool read_entry(optional<Name, Member, Kind>, reader& in, const boost::json::object& object, T& frame) {
    const auto* const value = object.if_contains(Name.view());
    return value == nullptr || read_present(Kind{}, in, *value, frame.*Member) || in.inside_member(Name.view());
}
template <literal Name, auto Member, class Kind, class T>
bool read_entry(optional_or_null<Name, Member, Kind>, reader& in, const boost::json::object& object, T& frame) {
    const auto* const value = object.if_contains(Name.view());
    if (value == nullptr || value->is_null()) return true;
    return read_present(Kind{}, in, *value, frame.*Member) || in.inside_member(Name.view());
}
template <literal Name, auto Member, class Kind, class T>
bool read_entry(defaulted<Name, Member, Kind>, reader& in, const boost::json::object& object, T& frame) {
    return read_entry(optional<Name, Member, Kind>{}, in, object, frame);
}

template <template <literal, auto, class> class Entry, literal Name, auto Member, class Kind, class T>
bool read_again(Entry<Name, Member, Kind> entry, reader& in, const boost::json::object& object, const T& frame) {
    T second{};
    if (!read_entry(entry, in, object, second)) return false;
    if (second.*Member == frame.*Member) return true;
    in.fail("differs from its other name");
    return in.inside_member(Name.view());
}
template <literal Name, class Entry, class T>
bool read_entry(again<Name, Entry>, reader& in, const boost::json::object& object, const T& frame) {
    return read_again(Entry{}, in, object, frame);
}
template <literal Name, auto Part, class Entry, class T>
bool read_entry(again_in<Name, Part, Entry>, reader& in, const boost::json::object& object, const T& frame) {
    return read_again(Entry{}, in, object, frame.*Part);
}
template <literal Name, literal Json, class T>
bool read_entry(constant<Name, Json>, reader& in, const boost::json::object& object, T&) {
    const auto* const value = object.if_contains(Name.view());
    if (value == nullptr) in.fail("missing");
    return (value != nullptr && in.literal(*value, Json.view())) || in.inside_member(Name.view());
}
template <literal Name, auto Member, literal Json, class T>
bool read_entry(when<Name, Member, Json>, reader& in, const boost::json::object& object, T& frame) {
    const auto* const value = object.if_contains(Name.view());
    frame.*Member = value != nullptr;
    return value == nullptr || in.literal(*value, Json.view()) || in.inside_member(Name.view());
}
template <literal Name, class T> bool read_entry(absent<Name>, reader& in, const boost::json::object& object, T&) {
    if (!object.contains(Name.view())) return true;
    in.fail("not allowed here");
    return in.inside_member(Name.view());
}
template <literal Name, class T>
bool read_entry(ignored<Name, any_object>, reader& in, const boost::json::object& object, T&) {
    const auto* const value = object.if_contains(Name.view());
    return value == nullptr || in.object(*value) != nullptr || in.inside_member(Name.view());
}
template <auto Member, class T> bool read_entry(part<Member>, reader& in, const boost::json::object& object, T& frame) {
    auto& nested = frame.*Member;
    return read_fields(in, object, nested, typename std::remove_cvref_t<decltype(nested)>::fields{});
}

// The first failing entry decides.
template <class T, class... Entries>
bool read_fields(reader& in, const boost::json::object& object, T& frame, table<Entries...>) {
    return (read_entry(Entries{}, in, object, frame) && ...);
}

} // namespace wsd::field
