#pragma once

#include <filesystem>
#include <string_view>

namespace wsd::test {

// A file of the source tree; `relative` begins at its root.
[[nodiscard]] inline std::filesystem::path source_path(std::string_view relative) {
    return std::filesystem::path(WSD_SOURCE_DIR) / relative;
}

} // namespace wsd::test
