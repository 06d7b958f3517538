#include "server/observe/log_format.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <type_traits>

namespace wsd {
namespace {

constexpr std::size_t value_bytes_max = 1024;
constexpr char hex_digits[] = "0123456789abcdef";

constexpr std::string_view level_name(log_level level) noexcept {
    switch (level) {
    case log_level::debug:
        return "debug";
    case log_level::info:
        return "info";
    case log_level::warn:
        return "warn";
    case log_level::error:
        return "error";
    }
    return "error";
}

template <std::integral T> void append_number(std::string& out, T value) {
    char text[24];
    const auto end = std::to_chars(text, text + sizeof text, value).ptr;
    out.append(text, end);
}

void append_padded(std::string& out, unsigned value, unsigned digits) {
    char text[8];
    for (unsigned i = digits; i > 0; --i) {
        text[i - 1] = static_cast<char>('0' + value % 10);
        value /= 10;
    }
    out.append(text, digits);
}

// RFC 3339 in UTC with milliseconds.
void append_time(std::string& out, timestamp at) {
    using namespace std::chrono;
    const sys_time<std::chrono::milliseconds> moment{std::chrono::milliseconds{at}};
    const auto day = floor<days>(moment);
    const year_month_day date{day};
    const hh_mm_ss time{moment - day};
    append_padded(out, static_cast<unsigned>(std::clamp(static_cast<int>(date.year()), 0, 9999)), 4);
    out += '-';
    append_padded(out, static_cast<unsigned>(date.month()), 2);
    out += '-';
    append_padded(out, static_cast<unsigned>(date.day()), 2);
    out += 'T';
    append_padded(out, static_cast<unsigned>(time.hours().count()), 2);
    out += ':';
    append_padded(out, static_cast<unsigned>(time.minutes().count()), 2);
    out += ':';
    append_padded(out, static_cast<unsigned>(time.seconds().count()), 2);
    out += '.';
    append_padded(out, static_cast<unsigned>(time.subseconds().count()), 3);
    out += 'Z';
}

struct code_point {
    char32_t value = 0;
    std::size_t bytes = 0; // 0: no well-formed sequence begins here
};

// RFC 3629: shortest form only, no surrogates, at most U+10FFFF.
code_point decode(std::string_view text) noexcept {
    const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
    const std::uint8_t first = byte(0);
    if (first < 0x80) return {first, 1};
    const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || text.size() < length) return {};
    char32_t value = first & (0xffU >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xc0) != 0x80) return {};
        value = value << 6 | (byte(i) & 0x3fU);
    }
    constexpr char32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (value < least[length] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) return {};
    return {value, length};
}

// Code points that could end a line, move a terminal's cursor or hide what a line says.
bool must_escape(char32_t c) noexcept {
    return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x061c || (c >= 0x200b && c <= 0x200f) ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x2069) || c == 0xfeff;
}

void append_escape(std::string& out, char32_t c) {
    const char text[] = {
        '\\', 'u', hex_digits[c >> 12 & 0xf], hex_digits[c >> 8 & 0xf], hex_digits[c >> 4 & 0xf], hex_digits[c & 0xf]};
    out.append(text, sizeof text);
}

bool is_bare(std::string_view value) noexcept {
    return !value.empty() && value.size() <= value_bytes_max && std::all_of(value.begin(), value.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("_.:/@+-").find(c) != std::string_view::npos;
    });
}

enum class style : std::uint8_t { text, json };

void append_value(std::string& out, const log_field::value_type& value, style how) {
    std::visit(
        [&](const auto& v) {
            using type = std::remove_cvref_t<decltype(v)>;
            if constexpr (std::is_same_v<type, std::string_view>) {
                if (how == style::text && is_bare(v)) {
                    out += v;
                } else {
                    append_log_string(out, v);
                }
            } else if constexpr (std::is_same_v<type, bool>) {
                out += v ? "true" : "false";
            } else if constexpr (std::is_integral_v<type>) {
                append_number(out, v);
            } else {
                if (how == style::json) out += '"';
                v.append_to(out);
                if (how == style::json) out += '"';
            }
        },
        value);
}

} // namespace

void append_log_string(std::string& out, std::string_view value) {
    out += '"';
    std::size_t position = 0;
    while (position < value.size()) {
        const code_point c = decode(value.substr(position));
        if (position + std::max<std::size_t>(c.bytes, 1) > value_bytes_max) {
            out += "…";
            break;
        }
        if (c.bytes == 0) {
            out += "\\ufffd";
            ++position;
            continue;
        }
        if (c.value == '"' || c.value == '\\') {
            out += '\\';
            out += static_cast<char>(c.value);
        } else if (c.value == '\n') {
            out += "\\n";
        } else if (must_escape(c.value)) {
            append_escape(out, c.value);
        } else {
            out.append(value, position, c.bytes);
        }
        position += c.bytes;
    }
    out += '"';
}

void append_text_line(std::string& out, const log_line& line) {
    append_time(out, line.at);
    out += ' ';
    out += level_name(line.level);
    out += ' ';
    out += line.event;
    for (const log_field& f : line.fields) {
        out += ' ';
        out += f.name();
        out += '=';
        append_value(out, f.value(), style::text);
    }
    out += '\n';
}

void append_json_line(std::string& out, const log_line& line) {
    out += R"({"ts":")";
    append_time(out, line.at);
    out += R"(","level":")";
    out += level_name(line.level);
    out += R"(","event":")";
    out += line.event;
    out += '"';
    for (const log_field& f : line.fields) {
        out += ",\"";
        out += f.name();
        out += "\":";
        append_value(out, f.value(), style::json);
    }
    out += "}\n";
}

} // namespace wsd
