#include "common/config/option_value.hpp"

#include "common/config/option_syntax.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>

namespace wsd {
namespace {

std::optional<std::uint64_t> parse_whole(const option_row& row, std::string_view text) {
    std::uint64_t value = 0;
    const auto* end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, value);
    if (parsed.ec != std::errc{} || parsed.ptr != end) return std::nullopt;
    if (value < row.lowest || value > row.highest) return std::nullopt;
    return value;
}

std::optional<double> parse_decimal(const option_row& row, std::string_view text) {
    double value = 0;
    if (!row.accepts(text)) return std::nullopt;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::optional<std::vector<std::string>> parse_list(const option_row& row, std::string_view text) {
    std::vector<std::string> items;
    for (;;) {
        const auto comma = text.find(',');
        const auto item = trimmed(text.substr(0, comma));
        if (!accepts_item(row, item)) return std::nullopt;
        items.emplace_back(item);
        if (comma == std::string_view::npos) return items;
        text.remove_prefix(comma + 1);
    }
}

template <class T> std::optional<option_value> widened(std::optional<T> value) {
    if (!value) return std::nullopt;
    return option_value(std::move(*value));
}

std::string joined(std::span<const std::string_view> words) {
    std::string text;
    for (const auto word : words) {
        if (!text.empty()) text += ", ";
        text += word;
    }
    return text;
}

std::string decimal_text(double value) {
    char digits[32];
    const auto written = std::to_chars(digits, digits + sizeof digits, value, std::chars_format::fixed);
    std::string text(digits, written.ptr);
    return text.find('.') == std::string::npos ? text + ".0" : text;
}

} // namespace

std::optional<option_value> parse_option(const option_row& row, std::string_view text) {
    if (text.empty() && row.default_text.empty()) return option_value{};
    switch (row.kind) {
    case option_kind::whole_number:
        return widened(parse_whole(row, text));
    case option_kind::decimal:
        return widened(parse_decimal(row, text));
    case option_kind::boolean:
        if (text != "true" && text != "false") return std::nullopt;
        return option_value(text == "true");
    case option_kind::choice: {
        const auto found = std::ranges::find(row.choices, text);
        if (found == row.choices.end()) return std::nullopt;
        return option_value(static_cast<std::uint64_t>(found - row.choices.begin()));
    }
    case option_kind::text:
        if (!row.accepts(text)) return std::nullopt;
        return option_value(std::string(text));
    case option_kind::list:
        return widened(parse_list(row, text));
    }
    return std::nullopt;
}

bool accepts_item(const option_row& row, std::string_view item) { return !item.empty() && row.accepts(item); }

std::string allowed_text(const option_row& row) {
    switch (row.kind) {
    case option_kind::whole_number:
        return "a whole number from " + std::to_string(row.lowest) + " to " + std::to_string(row.highest);
    case option_kind::boolean:
        return "true or false";
    case option_kind::choice:
        return "one of " + joined(row.choices);
    default:
        return std::string(row.allowed);
    }
}

std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out += {'\\', c};
        } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
            char escape[8];
            std::snprintf(escape, sizeof escape, "\\u%04X", static_cast<unsigned>(static_cast<unsigned char>(c)));
            out += escape;
        } else {
            out += c;
        }
    }
    return out + '"';
}

std::string to_toml(const option_row& row, const option_value& value) {
    if (std::holds_alternative<std::monostate>(value)) return row.kind == option_kind::list ? "[]" : "\"\"";
    if (row.secret) return "\"***\"";
    switch (row.kind) {
    case option_kind::whole_number:
        return std::to_string(std::get<std::uint64_t>(value));
    case option_kind::decimal:
        return decimal_text(std::get<double>(value));
    case option_kind::boolean:
        return std::get<bool>(value) ? "true" : "false";
    case option_kind::choice:
        return quoted(row.choices[std::get<std::uint64_t>(value)]);
    case option_kind::text:
        return quoted(std::get<std::string>(value));
    case option_kind::list:
        break;
    }
    std::string text = "[";
    for (const auto& item : std::get<std::vector<std::string>>(value)) {
        if (text.size() > 1) text += ", ";
        text += quoted(item);
    }
    return text + "]";
}

} // namespace wsd
