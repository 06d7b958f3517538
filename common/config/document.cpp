#include "common/config/document.hpp"

#include "common/config/option_value.hpp"

#include <string_view>

namespace wsd {
namespace {

constexpr std::size_t widest = 100;

// Words of `text` in lines that begin with `# `.
std::string comment(std::string_view text) {
    std::string out;
    std::string line = "#";
    while (!text.empty()) {
        const auto blank = text.find(' ');
        const auto word = text.substr(0, blank);
        if (line.size() > 1 && line.size() + 1 + word.size() > widest) {
            out += line + '\n';
            line = "#";
        }
        line += ' ';
        line += word;
        text = blank == std::string_view::npos ? std::string_view{} : text.substr(blank + 1);
    }
    return out + line + '\n';
}

std::string names(const option_row& row) {
    const auto variable = "Variable " + std::string(row.variable);
    return row.has_flag ? variable + ", flag --" + flag_name(row) + "." : variable + "; no flag.";
}

std::string bounds(const option_row& row) {
    auto text = "Allowed: " + allowed_text(row);
    if (!row.unit.empty()) text += " (" + std::string(row.unit) + ")";
    return text + ".";
}

void begin_section(std::string& out, std::string_view& current, const option_row& row) {
    if (row.section == current) return;
    current = row.section;
    out += "\n# " + std::string(row.section) + '\n';
}

} // namespace

std::string default_document() {
    const settings defaults = default_settings();
    std::string out =
        comment("Configuration of wsd. Every option is also an environment variable and, secrets excepted, "
                "a flag. A flag is stronger than the variable, the variable than this file, this file "
                "than the default. Lines that begin with # and a letter show the default; remove the # "
                "to change it. An empty value means: not set.");
    std::string_view section;
    for (const auto& row : option_table()) {
        begin_section(out, section, row);
        out += '\n' + comment(row.help) + comment(bounds(row)) + comment(names(row));
        if (row.in_file) {
            out += "#" + key_name(row) + " = " + to_toml(row, row.fetch(defaults)) + '\n';
        } else {
            out += comment("Can't be set in the file itself.");
        }
    }
    return out;
}

std::string settings_document(const loaded_settings& loaded, document_options options) {
    std::string out;
    std::string_view section;
    for (const auto& row : option_table()) {
        begin_section(out, section, row);
        // The file can't name itself, so that what is shown can be used as a file.
        if (!row.in_file) out += "# ";
        out += key_name(row) + " = " + to_toml(row, row.fetch(loaded.values));
        if (options.origins) out += " # " + loaded.origins[index_of(row)].where;
        out += '\n';
    }
    out.erase(0, out.find_first_not_of('\n'));
    return out;
}

} // namespace wsd
