#pragma once

#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

namespace wsd::test {

// What `promtool check metrics` says about an exposition; empty when it has nothing to say.
inline std::string promtool_complaints(const std::string& exposition) {
    const auto file = std::filesystem::temp_directory_path() / ("wsd_metrics_" + std::to_string(::getpid()));
    std::ofstream(file) << exposition;
    std::FILE* process =
        ::popen((std::string(WSD_PROMTOOL) + " check metrics < " + file.string() + " 2>&1").c_str(), "r");
    if (process == nullptr) return "promtool does not start";
    std::string output;
    std::array<char, 4096> buffer{};
    while (std::fgets(buffer.data(), buffer.size(), process) != nullptr) output += buffer.data();
    const int status = ::pclose(process);
    std::filesystem::remove(file);
    if (status != 0 && output.empty()) return "promtool failed";
    return output;
}

} // namespace wsd::test
