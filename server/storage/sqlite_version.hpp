#pragma once

#include <string_view>

namespace wsd {

// Of the library that is loaded, not of the headers: "3.40.1".
[[nodiscard]] std::string_view sqlite_version() noexcept;

} // namespace wsd
