#include "common/config/load.hpp"

#include "common/base/nearest.hpp"
#include "common/config/consistency.hpp"
#include "common/config/option_value.hpp"
#include "common/config/toml_source.hpp"

#include <algorithm>

namespace wsd {
namespace {

const option_row* row_of_flag(std::string_view name) {
    const auto rows = option_table();
    const auto found = std::ranges::find_if(rows, [&](const option_row& row) { return flag_name(row) == name; });
    return found == rows.end() ? nullptr : &*found;
}

class loader {
  public:
    explicit loader(const load_inputs& inputs) : inputs_(inputs) {
        result_.values = default_settings();
        result_.origins.resize(option_table().size());
        result_.broken.resize(option_table().size());
    }

    loaded_settings run() {
        if (const auto path = config_path()) take_file(*path);
        take_environment();
        take_flag_arguments();
        check_consistency(result_);
        result_.mistakes.insert(result_.mistakes.end(), inputs_.mistakes.begin(), inputs_.mistakes.end());
        return std::move(result_);
    }

  private:
    struct file_path {
        std::string path;
        std::string where;
    };
    // Looked up beforehand, because the file is the weakest source and only the others tell where it is.
    std::optional<file_path> config_path() const {
        const auto& row = option_named("WS_CONFIG");
        std::optional<file_path> found;
        for (const auto& [name, value] : inputs_.environment) {
            if (name == row.variable && !value.empty()) found = {value, "environment variable " + name};
        }
        for (const auto& flag : inputs_.flags) {
            if (flag.name == flag_name(row) && flag.value) found = {*flag.value, "flag --" + flag.name};
        }
        if (!found || found->path.empty() || !parse_option(row, found->path)) return std::nullopt;
        return found;
    }

    void take_environment() {
        for (const auto& [name, value] : inputs_.environment) {
            const auto rows = option_table();
            const auto row = std::ranges::find(rows, std::string_view(name), &option_row::variable);
            if (row == rows.end()) {
                if (name.starts_with("WS_")) warn_unknown_variable(name);
            } else if (!value.empty()) {
                set(*row, value, value_source::environment, "environment variable " + name);
            }
        }
    }

    void warn_unknown_variable(const std::string& name) {
        std::vector<std::string> known;
        for (const auto& row : option_table()) known.emplace_back(row.variable);
        auto unknown = unknown_name(name, "environment", known);
        unknown.problem = "unknown, ignored" + unknown.problem.substr(unknown.problem.find(';'));
        result_.warnings.push_back(unknown.text());
    }

    void take_flag_arguments() {
        std::vector<const option_row*> seen;
        for (const auto& flag : inputs_.flags) {
            const auto where = "flag --" + flag.name;
            const auto* row = row_of_flag(flag.name);
            if (!row) {
                result_.mistakes.push_back(unknown_flag(flag.name));
            } else if (!row->has_flag) {
                fail(*row, {.option = key_name(*row),
                            .value = {},
                            .where = where,
                            .problem = "has no flag, because other users can read command lines; set the environment "
                                       "variable " +
                                       std::string(row->variable) + " or the file's " + key_name(*row)});
            } else if (std::ranges::find(seen, row) != seen.end()) {
                fail(*row,
                     {.option = key_name(*row), .value = {}, .where = where, .problem = "is given more than once"});
            } else {
                seen.push_back(row);
                take_flag(*row, flag, where);
            }
        }
    }

    void take_flag(const option_row& row, const flag_argument& flag, const std::string& where) {
        if (flag.value) {
            set(row, *flag.value, value_source::flag, where);
        } else if (row.kind == option_kind::boolean) {
            set(row, "true", value_source::flag, where);
        } else {
            fail(row, {.option = key_name(row),
                       .value = {},
                       .where = where,
                       .problem = "needs a value: " + allowed_text(row)});
        }
    }

    mistake unknown_flag(const std::string& name) const {
        std::vector<std::string> known;
        for (const auto& row : option_table()) {
            if (row.has_flag) known.push_back("--" + flag_name(row));
        }
        for (const auto& other : inputs_.other_flags) known.push_back("--" + other);
        return unknown_name("--" + name, "command line", known);
    }

    void take_file(const file_path& file) {
        auto content = inputs_.read_file(file.path);
        if (!content.text) {
            const auto& row = option_named("WS_CONFIG");
            auto unreadable = bad_value(row, quoted(file.path), file.where);
            unreadable.problem += ": " + content.failure;
            fail(row, std::move(unreadable));
            return;
        }
        auto reading = read_toml(std::move(*content.text), file.path);
        for (auto& value : reading.values) store(*value.row, value.value, value_source::file, std::move(value.where));
        for (const auto* named : reading.named) result_.broken[index_of(*named)] = true;
        std::ranges::move(reading.mistakes, std::back_inserter(result_.mistakes));
    }

    void set(const option_row& row, const std::string& text, value_source source, std::string where) {
        if (auto value = parse_option(row, text)) {
            store(row, *value, source, std::move(where));
        } else {
            fail(row, bad_value(row, quoted(text), std::move(where)));
        }
    }

    void store(const option_row& row, const option_value& value, value_source source, std::string where) {
        row.store(result_.values, value);
        result_.origins[index_of(row)] = {.source = source, .where = std::move(where)};
    }

    void fail(const option_row& row, mistake what) {
        result_.broken[index_of(row)] = true;
        result_.mistakes.push_back(std::move(what));
    }

    const load_inputs& inputs_;
    loaded_settings result_;
};

} // namespace

loaded_settings load(const load_inputs& inputs) { return loader(inputs).run(); }

std::vector<flag_argument> take_flags(std::vector<std::string>& arguments) {
    std::vector<flag_argument> taken;
    std::vector<std::string> rest;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const std::string& argument = arguments[i];
        if (argument == "--") {
            rest.insert(rest.end(), arguments.begin() + static_cast<std::ptrdiff_t>(i), arguments.end());
            break;
        }
        const auto equals = argument.find('=');
        const auto* row = argument.starts_with("--") ? row_of_flag(argument.substr(2, equals - 2)) : nullptr;
        if (!row) {
            rest.push_back(argument);
            continue;
        }
        flag_argument flag{.name = flag_name(*row), .value = std::nullopt};
        const bool more = i + 1 < arguments.size();
        if (equals != std::string::npos) {
            flag.value = argument.substr(equals + 1);
        } else if (more && row->kind == option_kind::boolean) {
            // Alone it means true, so what follows is its value only when it can be nothing else.
            if (arguments[i + 1] == "true" || arguments[i + 1] == "false") flag.value = arguments[++i];
        } else if (more && !arguments[i + 1].starts_with("--")) {
            flag.value = arguments[++i];
        }
        taken.push_back(std::move(flag));
    }
    arguments = std::move(rest);
    return taken;
}

} // namespace wsd
