#include "loadgen/state/credentials.hpp"

#include "common/auth/token_tools.hpp"

namespace wsd::loadgen {
namespace {

std::string_view take_line(std::string_view& text) {
    const auto end = text.find('\n');
    auto line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ' || line.back() == '\t')) line.remove_suffix(1);
    while (!line.empty() && (line.front() == ' ' || line.front() == '\t')) line.remove_prefix(1);
    return line;
}

} // namespace

setup_result<credentials> credentials::mint(const mint_plan& plan) {
    const auto keys = key_set::from_secret(plan.secret, 1);
    if (!keys) return keys.error();
    credentials all;
    all.entries_.reserve(plan.users);
    mint_request request;
    request.issued_at_s = plan.now / 1000;
    request.expires_at_s = plan.now / 1000 + plan.lifetime.count();
    for (std::uint32_t number = 0; number < plan.users; ++number) {
        request.user.value = plan.prefix + std::to_string(number);
        auto token = wsd::mint(**keys, request);
        if (!token) return setup_error{"is not a secret that tokens can be made with"};
        all.entries_.push_back({request.user.value, std::move(*token)});
    }
    return all;
}

setup_result<credentials> credentials::read(std::string_view text, std::uint32_t users) {
    credentials all;
    for (std::size_t number = 1; !text.empty() && all.entries_.size() < users; ++number) {
        const auto line = take_line(text);
        if (line.empty() || line.front() == '#') continue;
        const auto space = line.find_first_of(" \t");
        if (space == std::string_view::npos) {
            all.entries_.push_back({"", std::string(line)});
            continue;
        }
        const auto token = line.substr(line.find_first_not_of(" \t", space));
        if (token.find_first_of(" \t") != std::string_view::npos)
            return setup_error{"line " + std::to_string(number) + ": expected 'user token' or a token"};
        all.entries_.push_back({std::string(line.substr(0, space)), std::string(token)});
    }
    if (all.entries_.size() < users) {
        return setup_error{"has " + std::to_string(all.entries_.size()) + " tokens, fewer than the " +
                           std::to_string(users) + " users"};
    }
    return all;
}

} // namespace wsd::loadgen
