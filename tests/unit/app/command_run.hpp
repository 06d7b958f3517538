#pragma once

#include "server/app/command_line.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace wsd::test {

struct command_run {
    int status = -1;
    std::string out;
    std::string err;
};

// A command in a process of its own, as far as it can see.
inline command_run run(std::vector<std::string> arguments,
                       std::vector<std::pair<std::string, std::string>> environment = {},
                       const std::string& input = {}) {
    std::ostringstream out, err;
    std::istringstream in(input);
    const int status =
        run_command_line({.given = {.arguments = std::move(arguments), .environment = std::move(environment)},
                          .out = out,
                          .err = err,
                          .in = &in});
    return {status, out.str(), err.str()};
}

// A directory that goes with the test.
class scratch_directory {
  public:
    scratch_directory() : path_(std::filesystem::temp_directory_path() / "wsd-test-XXXXXX") {
        std::string name = path_.string();
        if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no scratch directory");
        path_ = name;
    }
    ~scratch_directory() {
        std::error_code ec;
        std::filesystem::remove_all(path_, ec);
    }
    scratch_directory(const scratch_directory&) = delete;
    scratch_directory& operator=(const scratch_directory&) = delete;

    std::string write(const std::string& name, const std::string& text) const {
        const auto path = path_ / name;
        std::ofstream(path, std::ios::binary) << text;
        return path.string();
    }
    std::string path(const std::string& name) const { return (path_ / name).string(); }

  private:
    std::filesystem::path path_;
};

inline const std::vector<std::pair<std::string, std::string>> with_secret{
    {"JWT_SECRET", "0123456789abcdef0123456789abcdef"}};

} // namespace wsd::test
