#pragma once

#include "common/auth/key_set.hpp"
#include "common/config/settings.hpp"

#include <string>
#include <vector>

namespace wsd {

// The keys that tokens are verified with, read from the one source that is set. `warnings` gets a sentence about each
// key of a set that is skipped. Error: none is set, the file can't be read, or what is in it is no usable key.
[[nodiscard]] key_set_result load_keys(const settings& options, std::vector<std::string>& warnings);
[[nodiscard]] key_set_result load_keys(const settings& options); // without the warnings

// 64 hexadecimal digits from the operating system's source of randomness.
[[nodiscard]] std::string random_secret();

} // namespace wsd
