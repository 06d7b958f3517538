#include "loadgen/server_process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>

namespace wsd::loadgen {
namespace {

constexpr unsigned look_us = 10'000;
constexpr int looks_until_kill = 1500; // 15 s

// A group of its own, so that Ctrl-C ends the run and not the server under it.
std::optional<std::string> spawn_shell(const std::string& command, int& id) {
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    // Standard output is for the report.
    posix_spawn_file_actions_adddup2(&files, STDERR_FILENO, STDOUT_FILENO);
    std::string shell = "sh", flag = "-c", line = "exec " + command;
    char* const argv[] = {shell.data(), flag.data(), line.data(), nullptr};
    const int failure = posix_spawn(&id, "/bin/sh", &files, &attributes, argv, environ);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
    if (failure != 0) return std::strerror(failure);
    return std::nullopt;
}

} // namespace

std::optional<std::string> server_process::start() { return spawn_shell(command_, id_); }

void server_process::signal(int number) {
    if (id_ != 0) ::kill(id_, number);
}

std::optional<std::string> server_process::ended() {
    if (id_ == 0) return "gone";
    if (!may_start()) {
        if (::kill(id_, 0) == 0) return std::nullopt;
        id_ = 0;
        return "gone";
    }
    int status = 0;
    if (::waitpid(id_, &status, WNOHANG) == 0) return std::nullopt;
    id_ = 0;
    if (WIFSIGNALED(status)) return "signal " + std::to_string(WTERMSIG(status));
    return "exit status " + std::to_string(WEXITSTATUS(status));
}

server_process::~server_process() {
    if (!may_start() || id_ == 0) return;
    signal(SIGTERM);
    for (int i = 0; i < looks_until_kill; ++i) {
        if (ended()) return;
        ::usleep(look_us);
    }
    signal(SIGKILL);
    ::waitpid(id_, nullptr, 0);
}

} // namespace wsd::loadgen
