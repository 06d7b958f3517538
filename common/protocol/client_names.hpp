#pragma once

#include <string_view>

namespace wsd {

// Whether a field of a client frame, at any depth, has this name: what a server looks for in what it receives.
[[nodiscard]] bool is_client_name(std::string_view name) noexcept;

} // namespace wsd
