#include "server/app/command_request.hpp"

#include "common/base/nearest.hpp"
#include "server/app/options_help.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <ostream>
#include <utility>

namespace wsd {
namespace {

// The sub-commands with what they add to the options. The options themselves are taken out of the arguments before:
// this parser would stop at the first mistake and take `--name=` and `--name` for the same.
class command_parser {
  public:
    command_parser() : app_("wsd: a WebSocket chat server", "wsd") {
        app_.allow_extras();
        app_.add_flag("--version", version_flag_, "The same as the command version");
        leaf(app_, command_name::serve, "serve", "Run the server (the default)");
        auto* dev =
            leaf(app_, command_name::dev, "dev",
                 "Run a server for trying things out: loopback, a random secret, commands to paste for two users");
        dev->add_flag("--keep", request_.keep, "Keep data and secret in .wsd-dev/ instead of a temporary directory");
        add_token();
        add_config();
        leaf(app_, command_name::version, "version", "Say what this is made of");
        app_.footer(
            "`wsd serve --help` explains all options. Status: 0 done, 1 failed, 2 wrong arguments or configuration.");
    }

    std::variant<command_request, command_finished> run(const process_context& process) {
        auto arguments = process.given.arguments;
        request_.inputs.flags = take_flags(arguments);
        request_.inputs.environment = process.given.environment;
        request_.inputs.read_file = read_text_file;
        std::ranges::reverse(arguments); // as the parser wants them
        try {
            app_.parse(arguments);
        } catch (const CLI::CallForHelp&) {
            process.out << help_of_chosen();
            return command_finished{0};
        } catch (const CLI::ParseError& error) {
            process.err << "error: " << error.what() << '\n';
            return command_finished{2};
        }
        choose();
        sort_extras();
        const auto& strays = request_.inputs.mistakes;
        if (group_chosen() || (chosen_ == &app_ && !strays.empty())) {
            // No command, or none that is known: what the other arguments mean is anybody's guess.
            if (strays.empty()) process.err << help_of_chosen();
            for (const auto& stray : strays) process.err << "error: " << stray.text() << '\n';
            return command_finished{2};
        }
        return std::move(request_);
    }

  private:
    CLI::App* leaf(CLI::App& parent, command_name name, const char* word, const char* description) {
        auto* command = parent.add_subcommand(word, description);
        leaves_[static_cast<std::size_t>(name)] = command;
        return command;
    }

    void add_token() {
        auto* group = app_.add_subcommand("token", "Make a token, or look into one");
        auto* mint = leaf(*group, command_name::token_mint, "mint",
                          "Print a token for a user, signed with JWT_SECRET or the secret of a file");
        mint->add_option("--user", request_.user, "Who the token is for (needed)");
        mint->add_option("--session", request_.session, "Session of the user; without it the session default");
        mint->add_option("--role", request_.role, "USER or ADMIN")->capture_default_str();
        mint->add_option("--ttl", request_.ttl, "How long it is valid: a number and s, m, h or d")
            ->capture_default_str();
        auto* inspect = leaf(*group, command_name::token_inspect, "inspect",
                             "Print what a token says and whether the server would take it (status 1: it would not)");
        inspect->add_option("TOKEN", request_.token, "The token; - reads it from the standard input");
        for (auto* command : {mint, inspect})
            command->add_option("--secret", request_.secret,
                                "@FILE: a file that holds the secret (a line end at its end is dropped)");
    }

    void add_config() {
        auto* group = app_.add_subcommand("config", "Check, show or explain the configuration");
        leaf(*group, command_name::config_check, "check", "Name every mistake in file, environment and flags");
        auto* show = leaf(*group, command_name::config_show, "show", "Print the effective settings, secrets masked");
        show->add_flag("--origin", request_.origin, "Say of each setting where it is from");
        leaf(*group, command_name::config_default, "default", "Print a configuration file that explains every option");
    }

    void choose() {
        chosen_ = &app_;
        while (!chosen_->get_subcommands().empty()) chosen_ = chosen_->get_subcommands().front();
        request_.command = version_flag_ ? command_name::version : name_of(chosen_).value_or(command_name::serve);
        for (const auto* option : chosen_->get_options()) {
            for (const auto& name : option->get_lnames()) request_.inputs.other_flags.push_back(name);
        }
    }

    // `token` or `config` alone.
    bool group_chosen() const { return chosen_ != &app_ && !chosen_->get_subcommands({}).empty(); }

    void sort_extras() {
        const auto extras = app_.remaining(true);
        for (std::size_t i = 0; i < extras.size(); ++i) {
            const auto& extra = extras[i];
            if (extra.starts_with("-") && extra.size() > 1) {
                if (extra == "--") continue;
                const auto name = extra.substr(extra.starts_with("--") ? 2 : 1);
                request_.inputs.flags.push_back({.name = name.substr(0, name.find('=')), .value = {}});
                // What follows an unknown flag is most likely its value.
                const bool value_follows = extra.find('=') == std::string::npos && i + 1 < extras.size();
                if (value_follows && !extras[i + 1].starts_with("-")) ++i;
            } else {
                request_.inputs.mistakes.push_back(stray(extra));
            }
        }
    }

    mistake stray(const std::string& word) const {
        std::vector<std::string> commands;
        for (const auto* command : chosen_->get_subcommands({})) commands.push_back(command->get_name());
        auto problem = commands.empty() ? "is not an argument of this command"
                                        : "unknown command; did you mean " + nearest_name(word, commands) + "?";
        return {.option = word, .value = {}, .where = "command line", .problem = std::move(problem)};
    }

    std::string help_of_chosen() const {
        const CLI::App* command = &app_;
        std::string parents;
        while (!command->get_subcommands().empty()) {
            parents += (parents.empty() ? "" : " ") + command->get_name();
            command = command->get_subcommands().front();
        }
        return command->help(parents) + options_part(name_of(command));
    }

    static std::string options_part(std::optional<command_name> name) {
        switch (name.value_or(command_name::version)) {
        case command_name::version:
        case command_name::config_default:
            return {};
        case command_name::token_mint:
        case command_name::token_inspect:
            return "\nIt takes the options of `wsd serve` too: a configuration is read as there.\n";
        default:
            return "\n" + options_help();
        }
    }

    // nullopt: a group of commands, or wsd itself.
    std::optional<command_name> name_of(const CLI::App* command) const {
        const auto found = std::ranges::find(leaves_, command);
        if (found == leaves_.end()) return std::nullopt;
        return static_cast<command_name>(found - leaves_.begin());
    }

    command_request request_;
    bool version_flag_ = false;
    CLI::App app_;
    const CLI::App* chosen_ = nullptr;
    std::array<const CLI::App*, command_count> leaves_{}; // by command_name
};

} // namespace

std::variant<command_request, command_finished> parse_command(const process_context& process) {
    return command_parser().run(process);
}

} // namespace wsd
