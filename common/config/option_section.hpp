#pragma once

#include "common/config/option_table.hpp"

#include <limits>
#include <optional>
#include <type_traits>
#include <utility>

// How the rows of the option table are made. Used by option_table.cpp only.
namespace wsd {
namespace detail {

template <class T> inline constexpr bool is_duration = false;
template <class Rep, class Period> inline constexpr bool is_duration<std::chrono::duration<Rep, Period>> = true;
template <class T> inline constexpr bool is_optional = false;
template <class T> inline constexpr bool is_optional<std::optional<T>> = true;

template <auto Member> using member_type = std::remove_cvref_t<decltype(std::declval<settings>().*Member)>;

template <class T> [[nodiscard]] T from_value(const option_value& value) {
    if constexpr (is_optional<T>) {
        return from_value<typename T::value_type>(value);
    } else if constexpr (std::is_enum_v<T>) {
        return static_cast<T>(std::get<std::uint64_t>(value));
    } else if constexpr (is_duration<T>) {
        return T(static_cast<typename T::rep>(std::get<std::uint64_t>(value)));
    } else if constexpr (std::is_unsigned_v<T> && !std::is_same_v<T, bool>) {
        return static_cast<T>(std::get<std::uint64_t>(value));
    } else {
        return std::get<T>(value);
    }
}

template <class T> [[nodiscard]] option_value to_value(const T& member) {
    if constexpr (is_optional<T>) {
        return member ? to_value(*member) : option_value{};
    } else if constexpr (is_duration<T>) {
        return static_cast<std::uint64_t>(member.count());
    } else if constexpr (std::is_enum_v<T> || (std::is_unsigned_v<T> && !std::is_same_v<T, bool>)) {
        return static_cast<std::uint64_t>(member);
    } else if constexpr (std::is_same_v<T, std::string> || std::is_same_v<T, std::vector<std::string>>) {
        return member.empty() ? option_value{} : option_value(member);
    } else {
        return member;
    }
}

template <auto Member> void store_member(settings& target, const option_value& value) {
    using type = member_type<Member>;
    target.*Member = std::holds_alternative<std::monostate>(value) ? type{} : from_value<type>(value);
}

template <auto Member> [[nodiscard]] option_value fetch_member(const settings& source) {
    return to_value(source.*Member);
}

template <auto Member> [[nodiscard]] constexpr std::uint64_t greatest_value() {
    using type = member_type<Member>;
    if constexpr (is_duration<type>) {
        return static_cast<std::uint64_t>(std::numeric_limits<typename type::rep>::max());
    } else {
        return std::numeric_limits<type>::max();
    }
}

} // namespace detail

struct number_bounds {
    std::uint64_t lowest;
    std::uint64_t highest;
    std::string_view unit = {};
};

struct text_rule {
    bool (*accepts)(std::string_view);
    std::string_view allowed;
};

// Makes the rows of one section of the documentation. `Member` is the settings member that the option fills.
struct option_section {
    std::string_view title;

    template <auto Member>
    consteval option_row row(std::string_view variable, option_kind kind, std::string_view fallback,
                             std::string_view help) const {
        return {.section = title,
                .variable = variable,
                .kind = kind,
                .default_text = fallback,
                .help = help,
                .store = detail::store_member<Member>,
                .fetch = detail::fetch_member<Member>};
    }
    template <auto Member>
    consteval option_row number(std::string_view variable, std::string_view fallback, number_bounds range,
                                std::string_view help) const {
        if (range.lowest > range.highest || range.highest > detail::greatest_value<Member>()) throw "bounds do not fit";
        auto made = row<Member>(variable, option_kind::whole_number, fallback, help);
        made.lowest = range.lowest;
        made.highest = range.highest;
        made.unit = range.unit;
        return made;
    }
    template <auto Member>
    consteval option_row boolean(std::string_view variable, std::string_view fallback, std::string_view help) const {
        return row<Member>(variable, option_kind::boolean, fallback, help);
    }
    template <auto Member>
    consteval option_row one_of(std::string_view variable, std::string_view fallback,
                                std::span<const std::string_view> choices, std::string_view help) const {
        auto made = row<Member>(variable, option_kind::choice, fallback, help);
        made.choices = choices;
        return made;
    }
    template <auto Member>
    consteval option_row text(std::string_view variable, std::string_view fallback, text_rule rule,
                              std::string_view help, option_kind kind = option_kind::text) const {
        auto made = row<Member>(variable, kind, fallback, help);
        made.accepts = rule.accepts;
        made.allowed = rule.allowed;
        return made;
    }
    template <auto Member>
    consteval option_row secret(std::string_view variable, text_rule rule, std::string_view help) const {
        auto made = text<Member>(variable, "", rule, help);
        made.secret = true;
        made.has_flag = false;
        return made;
    }
};
consteval option_row outside_file(option_row row) {
    row.in_file = false;
    return row;
}

} // namespace wsd
