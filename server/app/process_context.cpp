#include "server/app/process_context.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include <unistd.h>

namespace wsd {
namespace {
constexpr std::size_t file_bytes_max = 1024 * 1024;
}

std::vector<std::pair<std::string, std::string>> process_environment() {
    std::vector<std::pair<std::string, std::string>> variables;
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        const std::string_view text = *entry;
        const auto equals = text.find('=');
        if (equals != std::string_view::npos) variables.emplace_back(text.substr(0, equals), text.substr(equals + 1));
    }
    return variables;
}

file_content read_text_file(const std::string& path) {
    std::error_code ec;
    if (std::filesystem::is_directory(path, ec)) return {.text = {}, .failure = "it is a directory"};
    errno = 0;
    std::ifstream file(path, std::ios::binary);
    if (!file) return {.text = {}, .failure = std::strerror(errno)};
    std::string text(file_bytes_max + 1, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (file.bad()) return {.text = {}, .failure = std::strerror(errno)};
    text.resize(static_cast<std::size_t>(file.gcount()));
    if (text.size() > file_bytes_max) return {.text = {}, .failure = "it is larger than 1 MiB"};
    return {.text = std::move(text), .failure = {}};
}

} // namespace wsd
