#include "server/app/dev_hints.hpp"

#include "common/auth/token_tools.hpp"
#include "common/base/clock.hpp"
#include "common/config/option_syntax.hpp"
#include "server/app/keys.hpp"

#include <cctype>
#include <filesystem>
#include <ostream>
#include <string_view>

namespace wsd {
namespace {

constexpr std::int64_t token_seconds = 24 * 60 * 60;

std::string token_for(const settings& options, std::string user) {
    const auto keys = load_keys(options);
    if (!keys) return {};
    const auto now_s = system_clock().wall_ms() / 1000;
    const auto token = mint(**keys, {.user = {std::move(user)},
                                     .session = {},
                                     .role = role::user,
                                     .expires_at_s = now_s + token_seconds,
                                     .not_before_s = {},
                                     .issued_at_s = now_s,
                                     .issuer = options.jwt_issuer,
                                     .audience = options.jwt_audience});
    return token.value_or("");
}

std::string address(const std::string& host, unsigned short port) {
    const bool ipv6 = host.find(':') != std::string::npos;
    return (ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

// As one word of a shell command.
std::string shell_word(const std::string& text) {
    const bool plain =
        text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:@%+=,") ==
        std::string::npos;
    if (plain && !text.empty()) return text;
    std::string word = "'";
    for (const char c : text) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return word + "'";
}

// As one value of a query (RFC 3986).
std::string query_value(const std::string& text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string value;
    for (const char c : text) {
        const auto octet = static_cast<unsigned char>(c);
        const bool plain =
            octet < 0x80 && (std::isalnum(octet) != 0 || std::string_view("-._~/").find(c) != std::string_view::npos);
        if (plain) {
            value += c;
        } else {
            ((value += '%') += digits[octet >> 4]) += digits[octet & 15];
        }
    }
    return value;
}

// The token stands behind #, so that the browser keeps it to itself.
std::string browser_url(const settings& options, const listening& where, const std::string& user) {
    const std::string query = options.path == "/ws" ? "" : "?path=" + query_value(options.path);
    return (where.tls ? "https://" : "http://") + address(where.host, where.port) + "/dev/" + query + "#" +
           token_for(options, user);
}

// Beside the source tree that this was built in, or where packages put it.
std::string example_client() {
    std::error_code ec;
    const auto program = std::filesystem::read_symlink("/proc/self/exe", ec);
    if (ec) return {};
    for (auto folder = program.parent_path(); folder != folder.parent_path(); folder = folder.parent_path()) {
        for (const auto* place : {"packaging/examples/chat.py", "share/wsd/examples/chat.py"}) {
            if (std::filesystem::exists(folder / place, ec)) return (folder / place).string();
        }
    }
    return {};
}

} // namespace

std::string dev_hints(const settings& options, const listening& where, const std::string& client) {
    const std::string url = (where.tls ? "wss://" : "ws://") + address(where.host, where.port) + options.path;
    std::string text = "\n  WebSocket  " + url + "\n";
    if (!where.admin_host.empty()) {
        text += "  Health     http://" + address(where.admin_host, where.admin_port) + "/readyz\n";
    }
    if (options.store == choice::store::sqlite) text += "  Data       " + options.data_dir + "\n";
    for (const auto* user : {"alice", "bob"}) {
        text += "\nOpen in a browser to be " + std::string(user) + ":\n\n  " + browser_url(options, where, user) + "\n";
    }
    if (client.empty()) {
        text += "\nTokens for two users, valid for a day (Authorization: Bearer …, or the cookie " +
                options.jwt_cookie_name + "):\n\n  alice  " + token_for(options, "alice") + "\n\n  bob    " +
                token_for(options, "bob") + "\n";
        return text;
    }
    for (const auto* user : {"alice", "bob"}) {
        text += "\nPaste into a terminal to be " + std::string(user) + ":\n\n  python3 " + shell_word(client) +
                " --url " + shell_word(url) + " --token " + token_for(options, user) + "\n";
    }
    return text + "\nThen type  bob: hello  as alice, or open the chat with bob. Ctrl-C here ends the server.\n";
}

server_hooks hint_hooks(const settings& options, const process_context& process) {
    return {.on_listening = [&options, &process](const listening& where) {
        process.out << dev_hints(options, where, example_client()) << std::flush;
    }};
}

} // namespace wsd
