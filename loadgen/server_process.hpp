#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace wsd::loadgen {

// The server under load, when this program may end it: started by a command of the shell, or somebody else's process
// of which only the id is known. Lives on the main thread. What it started it ends when it is destroyed.
class server_process {
  public:
    explicit server_process(std::string command) : command_(std::move(command)) {}
    explicit server_process(std::uint32_t id) : id_(static_cast<int>(id)) {}
    server_process(const server_process&) = delete;
    server_process& operator=(const server_process&) = delete;
    ~server_process();

    // Only one that has a command can be started, and started again after it has ended. Error: why it was not.
    [[nodiscard]] std::optional<std::string> start();
    [[nodiscard]] bool may_start() const { return !command_.empty(); }
    void signal(int number);
    // How it ended: "exit status 0", "signal 9", or "gone" when it is not ours. nullopt: it runs.
    [[nodiscard]] std::optional<std::string> ended();
    [[nodiscard]] std::uint32_t id() const { return static_cast<std::uint32_t>(id_); }

  private:
    std::string command_; // empty: not ours
    int id_ = 0;          // 0: none
};

} // namespace wsd::loadgen
