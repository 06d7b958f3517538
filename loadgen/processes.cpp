#include "loadgen/processes.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <vector>

namespace wsd::loadgen {
namespace {

struct part {
    pid_t id = 0;
    int output = -1;
};

part start_part(std::uint32_t index, std::uint32_t count, int argc, const char* const* argv) {
    std::array<int, 2> pipe_ends{};
    if (::pipe2(pipe_ends.data(), O_CLOEXEC) != 0) return {};
    std::vector<std::string> words(argv, argv + argc);
    words.insert(words.end(), {"--part", std::to_string(index) + '/' + std::to_string(count), "-q", "--json=-"});
    std::vector<char*> arguments;
    arguments.reserve(words.size() + 1);
    for (auto& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, pipe_ends[1], STDOUT_FILENO);
    part started{.output = pipe_ends[0]};
    if (::posix_spawn(&started.id, "/proc/self/exe", &files, nullptr, arguments.data(), environ) != 0) started.id = 0;
    posix_spawn_file_actions_destroy(&files);
    ::close(pipe_ends[1]);
    return started;
}

std::string read_all(int from) {
    std::string text;
    std::array<char, 65'536> buffer{};
    for (;;) {
        const auto got = ::read(from, buffer.data(), buffer.size());
        if (got > 0) {
            text.append(buffer.data(), static_cast<std::size_t>(got));
        } else if (got == 0 || errno != EINTR) {
            return text;
        }
    }
}

} // namespace

std::string run_parts(std::uint32_t count, int argc, const char* const* argv) {
    std::vector<part> parts;
    parts.reserve(count);
    for (std::uint32_t index = 0; index < count; ++index) parts.push_back(start_part(index, count, argc, argv));
    // After they were started: what is ignored stays so across exec.
    ::signal(SIGINT, SIG_IGN);
    std::string reports;
    // One after the other: who has ended waits in its pipe for its turn.
    for (const auto& one : parts) {
        if (one.output >= 0) {
            reports += read_all(one.output);
            ::close(one.output);
        }
        if (one.id != 0) ::waitpid(one.id, nullptr, 0);
    }
    return reports;
}

} // namespace wsd::loadgen
