#pragma once

#include "common/protocol/codes.hpp"
#include "common/protocol/field_table.hpp"
#include "common/protocol/json_writer.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

// Writes frames by their field tables. Included by the units that instantiate encode for a family of frames.
namespace wsd::field {

// Pieces of text joined at compile time.
template <literal... Pieces> struct joined {
    static constexpr std::size_t size = (Pieces.view().size() + ...);
    static constexpr auto chars = [] {
        std::array<char, size> out{};
        auto next = out.begin();
        ((next = std::copy(Pieces.view().begin(), Pieces.view().end(), next)), ...);
        return out;
    }();
    static constexpr std::string_view view{chars.data(), size};
};
template <literal Name> constexpr std::string_view key = joined<",\"", Name, "\":">::view;

template <class T> constexpr bool is_optional = false;
template <class T> constexpr bool is_optional<std::optional<T>> = true;

inline std::string_view as_view(std::string_view text) noexcept { return text; }
template <class Tag> std::string_view as_view(const strong_id<Tag>& id) noexcept { return id.view(); }

// An empty std::optional, string or vector.
template <class T> bool is_missing(const T& value) {
    if constexpr (is_optional<T>)
        return !value.has_value();
    else if constexpr (requires { value.empty(); })
        return value.empty();
    else
        return false;
}
template <class T> const auto& held(const T& value) {
    if constexpr (is_optional<T>)
        return *value;
    else
        return value;
}

template <class T, class... Entries> void write_fields(json_writer& writer, const T& frame, table<Entries...>);

// ---- values ----

template <class Text> void write_text(json_writer& writer, const Text& value) { writer.text(as_view(value)); }

template <class T> void write(id, json_writer& writer, const T& value) { write_text(writer, value); }
template <std::size_t Max, class T> void write(tag<Max>, json_writer& writer, const T& value) {
    write_text(writer, value);
}
template <std::size_t Min, std::size_t Max, class T> void write(text<Min, Max>, json_writer& writer, const T& value) {
    write_text(writer, value);
}
template <std::size_t Max, class T> void write(octets<Max>, json_writer& writer, const T& value) {
    write_text(writer, value);
}
template <std::size_t Min, auto Max, class T> void write(limited_text<Min, Max>, json_writer& writer, const T& value) {
    write_text(writer, value);
}
template <auto Max, class T> void write(trimmed_text<Max>, json_writer& writer, const T& value) {
    write_text(writer, value);
}
template <literal... Words, class T> void write(word<Words...>, json_writer& writer, const T& value) {
    writer.word(as_view(value));
}
template <std::int64_t Min, std::int64_t Max, class T>
void write(integer<Min, Max>, json_writer& writer, const T& value) {
    writer.integer(value);
}
template <std::int64_t Min, std::int64_t Max, class T>
void write(clamped<Min, Max>, json_writer& writer, const T& value) {
    writer.integer(value);
}
inline void write(boolean, json_writer& writer, bool value) { writer.raw(value ? "true" : "false"); }
inline void write(uuid, json_writer& writer, const message_id& value) { writer.uuid(value); }
inline void write(code, json_writer& writer, error_code value) { writer.word(describe(value).text); }

// Closes the object whose fields, each with a comma before it, begin at `begin`.
inline void close_object(json_writer& writer, std::size_t begin) {
    if (writer.position() == begin)
        writer.raw('{');
    else
        writer.set_at(begin, '{');
    writer.raw('}');
}
template <class T> void write(object, json_writer& writer, const T& value) {
    const auto begin = writer.position();
    write_fields(writer, value, typename T::fields{});
    close_object(writer, begin);
}
template <class Kind, class T> void write(or_null<Kind>, json_writer& writer, const T& value) {
    if (value.has_value())
        write(Kind{}, writer, *value);
    else
        writer.raw("null");
}
template <class Element, std::size_t Min, std::size_t Max, class T>
void write(list<Element, Min, Max>, json_writer& writer, const T& values) {
    writer.raw('[');
    bool first = true;
    for (const auto& value : values) {
        if (!first) writer.raw(',');
        first = false;
        write(Element{}, writer, value);
    }
    writer.raw(']');
}
template <class Key, class Value, class T> void write(map<Key, Value>, json_writer& writer, const T& members) {
    const auto begin = writer.position();
    for (const auto& [name, value] : members) {
        writer.raw(',');
        write(Key{}, writer, name);
        writer.raw(':');
        write(Value{}, writer, value);
    }
    close_object(writer, begin);
}

// ---- entries ----

template <literal Name, class Kind, class T> void write_member(Kind kind, json_writer& writer, const T& value) {
    writer.raw(key<Name>);
    write(kind, writer, value);
}
template <literal Name, class Kind, class T> void write_unless_missing(Kind kind, json_writer& writer, const T& value) {
    if (!is_missing(value)) write_member<Name>(kind, writer, held(value));
}

template <literal Name, auto Member, class Kind, class T>
void write_entry(required<Name, Member, Kind>, json_writer& writer, const T& frame) {
    write_member<Name>(Kind{}, writer, frame.*Member);
}
template <literal Name, auto Member, class Kind, class T>
void write_entry(defaulted<Name, Member, Kind>, json_writer& writer, const T& frame) {
    write_member<Name>(Kind{}, writer, frame.*Member);
}
template <literal Name, auto Member, class Kind, class T>
void write_entry(optional<Name, Member, Kind>, json_writer& writer, const T& frame) {
    write_unless_missing<Name>(Kind{}, writer, frame.*Member);
}
template <literal Name, auto Member, class Kind, class T>
void write_entry(optional_or_null<Name, Member, Kind>, json_writer& writer, const T& frame) {
    write_unless_missing<Name>(Kind{}, writer, frame.*Member);
}
template <literal Name, class Entry, class T>
void write_entry(again<Name, Entry>, json_writer& writer, const T& frame) {
    write_entry(Entry{}, writer, frame);
}
template <literal Name, auto Part, class Entry, class T>
void write_entry(again_in<Name, Part, Entry>, json_writer& writer, const T& frame) {
    write_entry(Entry{}, writer, frame.*Part);
}
template <literal Name, literal Json, class T> void write_entry(constant<Name, Json>, json_writer& writer, const T&) {
    writer.raw(joined<",\"", Name, "\":", Json>::view);
}
template <literal Name, auto Member, literal Json, class T>
void write_entry(when<Name, Member, Json>, json_writer& writer, const T& frame) {
    if (frame.*Member) writer.raw(joined<",\"", Name, "\":", Json>::view);
}
template <literal Name, class T> void write_entry(absent<Name>, json_writer&, const T&) {}
template <literal Name, class Kind, class T> void write_entry(ignored<Name, Kind>, json_writer&, const T&) {}
template <auto Member, class T> void write_entry(part<Member>, json_writer& writer, const T& frame) {
    const auto& nested = frame.*Member;
    write_fields(writer, nested, typename std::remove_cvref_t<decltype(nested)>::fields{});
}

template <class T, class... Entries> void write_fields(json_writer& writer, const T& frame, table<Entries...>) {
    (write_entry(Entries{}, writer, frame), ...);
}

} // namespace wsd::field
