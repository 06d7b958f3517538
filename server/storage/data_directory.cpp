#include "server/storage/data_directory.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace wsd {
namespace {

constexpr const char* lock_name = "lock";

std::string read_line(int file) {
    char text[32];
    const auto length = ::pread(file, text, sizeof text, 0);
    std::string line(text, length > 0 ? static_cast<std::size_t>(length) : 0);
    return line.substr(0, line.find('\n'));
}

std::string describe(int error) { return std::strerror(error); }

// A new directory survives a power cut when the one above it was synced. Makes what is missing of `path`.
std::error_code make_durable_directories(const std::filesystem::path& path) {
    namespace fs = std::filesystem;
    std::error_code error;
    if (fs::exists(path, error) || error) return error;
    const fs::path parent = path.parent_path().empty() ? fs::path(".") : path.parent_path();
    if (parent != path) error = make_durable_directories(parent);
    if (error) return error;
    if (::mkdir(path.c_str(), S_IRWXU) != 0 && errno != EEXIST) return {errno, std::system_category()};
    const int above = ::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (above < 0) return {};
    ::fsync(above); // best effort: not every file system knows it
    ::close(above);
    return {};
}

} // namespace

data_directory::~data_directory() {
    if (lock_ >= 0) ::close(lock_);
}

data_directory::data_directory(data_directory&& other) noexcept
    : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}

data_directory& data_directory::operator=(data_directory&& other) noexcept {
    std::swap(path_, other.path_);
    std::swap(lock_, other.lock_);
    return *this;
}

std::string data_directory::claim(const std::string& path) {
    namespace fs = std::filesystem;
    std::error_code error;
    if (fs::exists(path, error) && !fs::is_directory(path, error))
        return "data directory " + path + " is not a directory: name another one in WS_DATA_DIR";
    if ((error = make_durable_directories(fs::absolute(path).lexically_normal()))) {
        return "data directory " + path + " can't be made (" + error.message() +
               "): make it yourself, or name another one in WS_DATA_DIR";
    }
    path_ = path;
    const int opened = ::open(file(lock_name).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (opened < 0) {
        return "data directory " + path + " is not writable (" + describe(errno) +
               "): give this user the right to write to it, or name another one in WS_DATA_DIR";
    }
    if (::flock(opened, LOCK_EX | LOCK_NB) != 0) {
        const int failure = errno;
        const std::string holder = read_line(opened);
        ::close(opened);
        if (failure != EWOULDBLOCK) return file(lock_name) + " can't be locked (" + describe(failure) + ")";
        return "data directory " + path + " is in use by process " + (holder.empty() ? "?" : holder) +
               ": stop that one first, or name another directory in WS_DATA_DIR";
    }
    lock_ = opened;
    const std::string process = std::to_string(::getpid()) + "\n";
    // The process id is for people; the lock counts without it.
    if (::ftruncate(lock_, 0) != 0 ||
        ::pwrite(lock_, process.data(), process.size(), 0) != static_cast<ssize_t>(process.size()))
        return "data directory " + path + " is not writable (" + describe(errno) + "): is the disk full?";
    return {};
}

} // namespace wsd
