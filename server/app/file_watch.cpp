#include "server/app/file_watch.hpp"

#include <algorithm>
#include <utility>

#include <sys/stat.h>

namespace wsd {

file_watch::file_watch(std::array<std::string, 2> paths) : paths_(std::move(paths)), seen_(now()), taken_(seen_) {}

bool file_watch::look() {
    const states before = std::exchange(seen_, now());
    if (seen_ == taken_) refused_.reset(); // they were put back: what comes next is a change, also when it was seen
    return seen_ == before && seen_ != taken_;
}

bool file_watch::is_special() const noexcept {
    return std::any_of(seen_.begin(), seen_.end(), [](const state& each) { return each.is == kind::special; });
}

void file_watch::take() noexcept {
    taken_ = seen_;
    refused_.reset();
}

bool file_watch::refuse() noexcept { return std::exchange(refused_, seen_) != seen_; }

file_watch::state file_watch::state_of(const std::string& path) noexcept {
    struct stat found{};
    if (path.empty() || ::stat(path.c_str(), &found) != 0) return {};
    // The numbers of a pipe change by being read.
    if (!S_ISREG(found.st_mode)) return {.is = kind::special};
    return {.is = kind::regular,
            .device = found.st_dev,
            .inode = found.st_ino,
            .size = found.st_size,
            .written_s = found.st_mtim.tv_sec,
            .written_ns = found.st_mtim.tv_nsec};
}

} // namespace wsd
