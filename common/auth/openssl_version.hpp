#pragma once

#include <string_view>

namespace wsd {

// Of the library that is loaded, not of the headers: "3.0.17".
[[nodiscard]] std::string_view openssl_version() noexcept;

} // namespace wsd
