#include "loadgen/process_sample.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace wsd::loadgen {

std::optional<process_sample> sample_process(std::uint32_t id) {
    const std::string folder = "/proc/" + std::to_string(id);
    std::uint64_t size_pages = 0, resident_pages = 0;
    if (!(std::ifstream(folder + "/statm") >> size_pages >> resident_pages)) return std::nullopt;
    process_sample now;
    now.rss_bytes = resident_pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
    std::error_code ec;
    std::filesystem::directory_iterator entries(folder + "/fd", ec);
    if (ec) return now;
    std::uint64_t count = 0;
    for (; entries != std::filesystem::directory_iterator(); entries.increment(ec)) {
        if (ec) return now;
        ++count;
    }
    now.descriptors = count;
    return now;
}

} // namespace wsd::loadgen
