#include "server/observe/process_metrics.hpp"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <charconv>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>

namespace wsd {
namespace {

struct file_closer {
    void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};

// Second number of /proc/self/statm, in pages.
std::optional<std::uint64_t> resident_bytes() {
    const std::unique_ptr<std::FILE, file_closer> file(std::fopen("/proc/self/statm", "re"));
    char text[128];
    if (!file || std::fgets(text, sizeof text, file.get()) == nullptr) return std::nullopt;
    const std::string_view line(text);
    const std::size_t begin = line.find(' ');
    std::uint64_t pages = 0;
    if (begin == std::string_view::npos ||
        std::from_chars(text + begin + 1, text + line.size(), pages).ec != std::errc{}) {
        return std::nullopt;
    }
    return pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

// Linux 6.2 and newer give the number as the directory's size; before, the entries are counted, a few milliseconds for
// ten thousand.
std::optional<std::uint64_t> open_descriptors() {
    struct stat status{};
    if (::stat("/proc/self/fd", &status) == 0 && status.st_size > 0) return static_cast<std::uint64_t>(status.st_size);
    std::error_code ec;
    std::uint64_t count = 0;
    auto entry = std::filesystem::directory_iterator("/proc/self/fd", ec);
    for (; !ec && entry != std::filesystem::directory_iterator(); entry.increment(ec)) ++count;
    if (ec || count == 0) return std::nullopt;
    return count - 1; // the iterator's own
}

} // namespace

void write_process_metrics(metric_writer& writer) {
    if (const auto bytes = resident_bytes()) {
        writer.family(metric_type::gauge, "process_resident_memory_bytes", "Resident memory size in bytes.");
        writer.sample(*bytes);
    }
    if (const auto count = open_descriptors()) {
        writer.family(metric_type::gauge, "process_open_fds", "Number of open file descriptors.");
        writer.sample(*count);
    }
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        writer.family(metric_type::gauge, "process_max_fds", "Maximum number of open file descriptors.");
        writer.sample(std::uint64_t{limit.rlim_cur});
    }
    rusage usage{};
    if (::getrusage(RUSAGE_SELF, &usage) == 0) {
        const auto microseconds = (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1'000'000 + usage.ru_utime.tv_usec +
                                  usage.ru_stime.tv_usec;
        writer.family(metric_type::counter, "process_cpu_seconds_total", "User and system CPU time in seconds.");
        writer.sample(fixed_point{.units = static_cast<std::uint64_t>(microseconds), .decimals = 6});
    }
}

} // namespace wsd
