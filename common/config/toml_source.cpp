#include "common/config/toml_source.hpp"

#include "common/config/option_value.hpp"
#include "common/config/toml_text.hpp"

#include <algorithm>
#include <optional>
#include <string_view>

// Some malformed texts break what the parser of toml++ asserts (`[=]`: that a key begins there), and it refuses them
// properly right behind. So its assertions are neither checked nor, as with NDEBUG, assumed to hold.
#undef NDEBUG
#define TOML_ASSERT(expression) static_assert(true)
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

namespace wsd {
namespace {

constexpr int syntax_errors_max = 50;

const option_row* row_of_key(std::string_view key) {
    const auto rows = option_table();
    const auto found = std::ranges::find_if(rows, [&](const option_row& row) { return key_name(row) == key; });
    return found == rows.end() ? nullptr : &*found;
}

std::vector<std::string> known_keys() {
    std::vector<std::string> keys;
    for (const auto& row : option_table()) {
        if (row.in_file) keys.push_back(key_name(row));
    }
    return keys;
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blanks = " \t\r";
    const auto first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

struct placed_mistake {
    toml::source_position position;
    mistake what;
};

class reader {
  public:
    reader(std::string text, std::string name) : text_(std::move(text)), name_(std::move(name)) {}

    file_reading run() {
        for (int errors = 0; errors < syntax_errors_max; ++errors) {
            if (const auto stray = find_stray_character(text_); stray != std::string::npos) {
                if (!skip_line(position_of(stray), "a character outside ASCII needs quotes")) break;
                continue;
            }
            auto parsed = toml::parse(std::string_view(text_), std::string_view(name_));
            if (parsed) {
                for (auto&& [key, node] : parsed.table()) take(key, node);
                break;
            }
            if (!skip_line(parsed.error().source().begin, parsed.error().description())) break;
        }
        std::ranges::sort(mistakes_, {},
                          [](const placed_mistake& m) { return std::pair(m.position.line, m.position.column); });
        for (auto& found : mistakes_) result_.mistakes.push_back(std::move(found.what));
        return std::move(result_);
    }

  private:
    void take(const toml::key& key, const toml::node& node) {
        const auto* row = row_of_key(key.str());
        const auto position = node.source().begin;
        if (!row) {
            report(key.source().begin, unknown_name(key.str(), where(key.source().begin), known_keys()));
        } else if (!row->in_file) {
            result_.named.push_back(row);
            report(position, {.option = key_name(*row),
                              .value = written(node.source()),
                              .where = where(position),
                              .problem = "can't be set in the file itself"});
        } else if (auto value = value_of(*row, node)) {
            result_.values.push_back({.row = row, .value = std::move(*value), .where = where(position)});
        } else {
            result_.named.push_back(row);
            report(position, bad_value(*row, written(node.source()), where(position)));
        }
    }

    std::optional<option_value> value_of(const option_row& row, const toml::node& node) const {
        switch (row.kind) {
        case option_kind::whole_number:
            // As written: the forms of TOML with signs, underscores or another base are not "decimal digits only".
            return node.is_integer() ? parse_option(row, written(node.source())) : std::nullopt;
        case option_kind::decimal:
            return node.is_number() ? parse_option(row, written(node.source())) : std::nullopt;
        case option_kind::boolean:
            return node.is_boolean() ? std::optional(option_value(**node.as_boolean())) : std::nullopt;
        case option_kind::choice:
        case option_kind::text:
            return node.is_string() ? parse_option(row, **node.as_string()) : std::nullopt;
        case option_kind::list:
            return node.is_array() ? list_of(row, *node.as_array()) : std::nullopt;
        }
        return std::nullopt;
    }

    static std::optional<option_value> list_of(const option_row& row, const toml::array& array) {
        std::vector<std::string> items;
        for (const auto& node : array) {
            const auto* item = node.as_string();
            if (!item || !accepts_item(row, **item)) return std::nullopt;
            items.push_back(**item);
        }
        return items.empty() ? option_value{} : option_value(std::move(items));
    }

    // Reports the line that is not TOML and blanks it out. False: there is nothing left to blank out.
    bool skip_line(toml::source_position position, std::string_view description) {
        const auto [first, length] = line_at(position.line);
        const auto line = trimmed(std::string_view(text_).substr(first, length));
        const auto equals = line.find('=');
        const auto key = trimmed(line.substr(0, equals));
        const auto* row = row_of_key(key);

        mistake found{.option = row ? std::string(key) : "configuration file",
                      .value = {},
                      .where = where(position),
                      .problem = "not valid TOML: " + std::string(description)};
        if (row) {
            result_.named.push_back(row);
            found = bad_value(*row, trimmed(line.substr(equals + 1)), where(position));
            // The parser's description quotes the text, which may be a secret.
            if (!row->secret) found.problem += " (not valid TOML: " + std::string(description) + ")";
        }
        report(position, std::move(found));
        if (line.empty()) return false;
        text_.replace(first, length, length, ' ');
        return true;
    }

    struct extent {
        std::size_t first;
        std::size_t length;
    };
    extent line_at(std::size_t number) const {
        std::size_t first = 0;
        for (std::size_t line = 1; line < number; ++line) {
            const auto end = text_.find('\n', first);
            if (end == std::string::npos) return {text_.size(), 0};
            first = end + 1;
        }
        return {first, std::min(text_.find('\n', first), text_.size()) - first};
    }

    // The text between two positions; of several lines the first and a mark.
    std::string written(const toml::source_region& region) const {
        const auto [first, length] = line_at(region.begin.line);
        const auto line = std::string_view(text_).substr(first, length);
        const auto begin = byte_of(line, region.begin.column);
        if (region.end.line != region.begin.line) return std::string(trimmed(line.substr(begin))) + " …";
        return std::string(line.substr(begin, byte_of(line, region.end.column) - begin));
    }

    toml::source_position position_of(std::size_t byte) const {
        const auto before = std::string_view(text_).substr(0, byte);
        const auto line_start = before.rfind('\n') + 1; // npos + 1 is the beginning
        const auto begins_code_point = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; };
        return {.line = static_cast<toml::source_index>(std::ranges::count(before, '\n') + 1),
                .column = static_cast<toml::source_index>(
                    std::ranges::count_if(before.substr(line_start), begins_code_point) + 1)};
    }

    // Columns count code points from 1.
    static std::size_t byte_of(std::string_view line, std::size_t column) {
        std::size_t byte = 0;
        for (std::size_t passed = 1; passed < column && byte < line.size(); ++passed) {
            do ++byte;
            while (byte < line.size() && (static_cast<unsigned char>(line[byte]) & 0xC0) == 0x80);
        }
        return byte;
    }

    std::string where(toml::source_position position) const {
        return name_ + ":" + std::to_string(position.line) + ":" + std::to_string(position.column);
    }

    void report(toml::source_position position, mistake what) { mistakes_.push_back({position, std::move(what)}); }

    std::string text_;
    std::string name_;
    file_reading result_;
    std::vector<placed_mistake> mistakes_;
};

} // namespace

file_reading read_toml(std::string text, const std::string& name) { return reader(std::move(text), name).run(); }

} // namespace wsd
