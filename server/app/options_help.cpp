#include "server/app/options_help.hpp"

#include "common/config/option_table.hpp"
#include "common/config/option_value.hpp"

namespace wsd {
namespace {

std::string flag_line(const option_row& row) {
    if (!row.has_flag)
        return "  (no flag: variable " + std::string(row.variable) + " or the file's " + key_name(row) + ")";
    const auto value = row.kind == option_kind::boolean ? "[=true|false]" : " VALUE";
    return "  --" + flag_name(row) + value + "  (variable " + std::string(row.variable) + ")";
}

} // namespace

std::string options_help() {
    std::string text =
        "Options are read from flags, then environment variables, then the file of --config, then the defaults:\n"
        "the first that sets one counts.\n";
    const settings defaults = default_settings();
    std::string_view section;
    for (const auto& row : option_table()) {
        if (row.section != section) text += "\n" + std::string(row.section) + ":\n";
        section = row.section;
        text += flag_line(row) + "\n      " + std::string(row.help) + "\n      ";
        if (!row.default_text.empty()) text += "Default " + std::string(row.default_text) + ". ";
        text += "Allowed: " + allowed_text(row);
        if (!row.unit.empty()) text += " (" + std::string(row.unit) + ")";
        text += ".\n";
    }
    return text;
}

} // namespace wsd
