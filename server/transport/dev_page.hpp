#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace wsd {

// The demonstration client: the whole HTTP response to a request for /dev/. nullopt: the request is for something else.
// `head` is the header block of a well-formed request. For WS_DEV only; the page holds no secret and takes no input.
[[nodiscard]] std::optional<std::string> find_dev_page(std::string_view head);

} // namespace wsd
