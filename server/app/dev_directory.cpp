#include "server/app/dev_directory.hpp"

#include "server/app/keys.hpp"
#include "server/app/process_context.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace wsd {
namespace {

bool write_private_file(const std::string& path, const std::string& text) {
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0) return false;
    const bool written = ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    return ::close(file) == 0 && written;
}

} // namespace

dev_directory::~dev_directory() { remove(); }

dev_directory::dev_directory(dev_directory&& other) noexcept
    : path_(std::exchange(other.path_, {})), temporary_(std::exchange(other.temporary_, false)) {}

dev_directory& dev_directory::operator=(dev_directory&& other) noexcept {
    remove();
    path_ = std::exchange(other.path_, {});
    temporary_ = std::exchange(other.temporary_, false);
    return *this;
}

void dev_directory::remove() noexcept {
    if (!temporary_) return;
    std::error_code ec; // what can't be removed is left to the system's cleaning of its temporary files
    std::filesystem::remove_all(path_, ec);
    temporary_ = false;
}

setup_result<dev_directory> dev_directory::make_temporary() {
    std::error_code ec;
    auto folder = std::filesystem::temp_directory_path(ec);
    if (ec) folder = "/tmp";
    std::string path = (folder / "wsd-dev-XXXXXX").string();
    if (mkdtemp(path.data()) == nullptr) return setup_error{"can't make " + path + ": " + std::strerror(errno)};
    return dev_directory(std::move(path), true);
}

setup_result<dev_directory> dev_directory::keep(const std::string& path) {
    std::error_code ec;
    std::filesystem::create_directories(path, ec);
    if (ec) return setup_error{"can't make " + path + ": " + ec.message()};
    std::filesystem::permissions(path, std::filesystem::perms::owner_all, ec);
    return dev_directory(path, false);
}

std::string dev_directory::data() const { return path_ + "/data"; }

setup_result<std::string> dev_directory::kept_secret() const {
    const auto path = path_ + "/secret";
    if (auto content = read_text_file(path); content.text && !content.text->empty()) return *content.text;
    std::error_code ec;
    std::filesystem::remove(path, ec); // an empty one, left by a start that was cut off
    auto secret = random_secret();
    if (!write_private_file(path, secret)) return setup_error{"can't write " + path + ": " + std::strerror(errno)};
    return secret;
}

} // namespace wsd
