#include "loadgen/preflight.hpp"

#include <boost/asio/io_context.hpp>

#include <sys/resource.h>
#include <sys/utsname.h>

#include <algorithm>
#include <fstream>
#include <thread>

namespace wsd::loadgen {
namespace {
constexpr std::uint64_t other_descriptors = 64; // event loops, files, the terminal
}

machine_limits read_machine_limits() {
    machine_limits limits;
    rlimit files{};
    getrlimit(RLIMIT_NOFILE, &files);
    if (files.rlim_cur < files.rlim_max) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
        getrlimit(RLIMIT_NOFILE, &files);
    }
    limits.descriptors = files.rlim_cur;
    std::uint32_t first = 32'768, last = 60'999; // the kernel's default
    std::ifstream("/proc/sys/net/ipv4/ip_local_port_range") >> first >> last;
    limits.ports = last - first + 1;
    limits.processors = std::thread::hardware_concurrency();
    utsname name{};
    if (uname(&name) == 0) limits.system = std::string(name.sysname) + ' ' + name.release + ' ' + name.machine;
    return limits;
}

std::optional<std::string> find_shortage(const run_options& run, const machine_limits& limits) {
    const std::uint64_t descriptors = run.connections + other_descriptors;
    if (descriptors > limits.descriptors) {
        return std::to_string(run.connections) + " connections need " + std::to_string(descriptors) +
               " file descriptors, this process may have " + std::to_string(limits.descriptors) +
               "; raise the limit with 'ulimit -Hn " + std::to_string(descriptors) +
               "' as root (or LimitNOFILE= of the service), or use -c " +
               std::to_string(limits.descriptors > other_descriptors ? limits.descriptors - other_descriptors : 1);
    }
    const std::uint64_t addresses = std::max<std::uint64_t>(1, run.sources.count);
    if (run.connections > addresses * limits.ports) {
        const std::uint64_t needed = (run.connections + limits.ports - 1) / limits.ports;
        return std::to_string(run.connections) + " connections from " + std::to_string(addresses) +
               " source address(es) need more than the " + std::to_string(limits.ports) +
               " ports of each; use at least " + std::to_string(needed) +
               " addresses, for example --source-ips 127.0.0.2-" +
               std::to_string(std::min<std::uint64_t>(254, 1 + needed)) +
               ", or widen net.ipv4.ip_local_port_range with sysctl";
    }
    return std::nullopt;
}

bool comes_up(const boost::asio::ip::tcp::endpoint& server, std::chrono::milliseconds longest) {
    constexpr std::chrono::milliseconds look{20};
    boost::asio::io_context io;
    for (auto waited = std::chrono::milliseconds(0); waited < longest; waited += look) {
        boost::asio::ip::tcp::socket socket(io);
        boost::system::error_code ec;
        socket.connect(server, ec);
        if (!ec) return true;
        std::this_thread::sleep_for(look);
    }
    return false;
}

resolved resolve_server(const run_options& run) {
    boost::asio::io_context io;
    boost::asio::ip::tcp::resolver resolver(io);
    boost::system::error_code ec;
    const auto found = resolver.resolve(run.url.host, std::to_string(run.url.port), ec);
    if (ec) return {{}, "can't resolve " + run.url.host + ": " + ec.message()};
    for (const auto& entry : found)
        if (run.sources.count == 0 || entry.endpoint().address().is_v4()) return {entry.endpoint(), ""};
    return {{}, run.url.host + " has no IPv4 address, which --source-ips needs"};
}

} // namespace wsd::loadgen
