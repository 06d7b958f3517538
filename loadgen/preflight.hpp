#pragma once

#include "loadgen/machine.hpp"
#include "loadgen/options.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace wsd::loadgen {

// Raises the soft limit of descriptors to the hard one.
[[nodiscard]] machine_limits read_machine_limits();

// Whether a run can be made at all, before anything is opened. nullopt: yes. Otherwise what is short, and the command
// or option that mends it.
[[nodiscard]] std::optional<std::string> find_shortage(const run_options& run, const machine_limits& limits);

// Whether something accepts connections there, within so long.
[[nodiscard]] bool comes_up(const boost::asio::ip::tcp::endpoint& server, std::chrono::milliseconds longest);

// The first address of the URL's host; an IPv4 one when source addresses are given. The error is a sentence.
struct resolved {
    boost::asio::ip::tcp::endpoint server;
    std::string problem; // empty: none
};
[[nodiscard]] resolved resolve_server(const run_options& run);

} // namespace wsd::loadgen
