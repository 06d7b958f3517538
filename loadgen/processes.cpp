#include "loadgen/processes.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <vector>

namespace wsd::loadgen {
namespace {

constexpr int status_descriptor = 3; // in a part

// The reading end of a pipe, and what came out of it.
struct outlet {
    int from = -1; // -1: over
    std::string text;
};

struct part {
    pid_t id = 0;
    outlet report;
    outlet status;
};

part start_part(std::uint32_t index, std::uint32_t count, int argc, const char* const* argv) {
    std::array<int, 2> report{-1, -1}, status{-1, -1};
    if (::pipe2(report.data(), O_CLOEXEC) != 0) return {};
    part started{.report = {.from = report[0], .text = {}}};
    if (::pipe2(status.data(), O_CLOEXEC) == 0) started.status.from = status[0];
    std::vector<std::string> words(argv, argv + argc);
    const auto name = std::to_string(index) + '/' + std::to_string(count);
    words.insert(words.end(), {"--json=-", "--part"});
    if (started.status.from >= 0) {
        words.push_back(name + ':' + std::to_string(status_descriptor));
    } else {
        words.insert(words.end(), {name, "-q"});
    }
    std::vector<char*> arguments;
    arguments.reserve(words.size() + 1);
    for (auto& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, report[1], STDOUT_FILENO);
    if (started.status.from >= 0) posix_spawn_file_actions_adddup2(&files, status[1], status_descriptor);
    if (::posix_spawn(&started.id, "/proc/self/exe", &files, nullptr, arguments.data(), environ) != 0) started.id = 0;
    posix_spawn_file_actions_destroy(&files);
    ::close(report[1]);
    if (status[1] >= 0) ::close(status[1]);
    return started;
}

void read_some(outlet& one) {
    std::array<char, 65'536> buffer{};
    const auto got = ::read(one.from, buffer.data(), buffer.size());
    if (got > 0) {
        one.text.append(buffer.data(), static_cast<std::size_t>(got));
    } else if (got == 0 || errno != EINTR) {
        ::close(one.from);
        one.from = -1;
    }
}

void listen(std::uint32_t index, outlet& status, const part_listener& listener) {
    for (std::size_t end = 0; (end = status.text.find('\n')) != std::string::npos; status.text.erase(0, end + 1))
        listener(index, std::string_view(status.text).substr(0, end));
    if (status.from < 0) listener(index, std::nullopt);
}

// Until all have closed their ends.
void read_all(std::vector<part>& parts, const part_listener& listener) {
    for (;;) {
        std::vector<pollfd> open;
        for (const auto& one : parts)
            for (const int from : {one.report.from, one.status.from})
                if (from >= 0) open.push_back({.fd = from, .events = POLLIN, .revents = 0});
        if (open.empty()) return;
        if (::poll(open.data(), open.size(), -1) < 0) continue;
        const auto ready = [&open](int from) {
            for (const auto& one : open)
                if (one.fd == from && one.revents != 0) return true;
            return false;
        };
        for (std::uint32_t index = 0; index < parts.size(); ++index) {
            auto& one = parts[index];
            if (one.report.from >= 0 && ready(one.report.from)) read_some(one.report);
            if (one.status.from < 0 || !ready(one.status.from)) continue;
            read_some(one.status);
            listen(index, one.status, listener);
        }
    }
}

} // namespace

std::string run_parts(std::uint32_t count, int argc, const char* const* argv, const part_listener& listener) {
    std::vector<part> parts;
    parts.reserve(count);
    for (std::uint32_t index = 0; index < count; ++index) parts.push_back(start_part(index, count, argc, argv));
    // After they were started: what is ignored stays so across exec.
    ::signal(SIGINT, SIG_IGN);
    read_all(parts, listener);
    std::string reports;
    for (const auto& one : parts) {
        reports += one.report.text;
        if (one.id != 0) ::waitpid(one.id, nullptr, 0);
    }
    return reports;
}

} // namespace wsd::loadgen
