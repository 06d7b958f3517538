#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace wsd::loadgen {

// Hears a line of status of a part; nullopt: the part says no more.
using part_listener = std::function<void(std::uint32_t part, std::optional<std::string_view> line)>;

// Runs this program once more for every part, with the same words and --part behind them, and waits for all. Their
// reports, a line each. Meanwhile Ctrl-C is theirs: they end early and report what they have.
[[nodiscard]] std::string run_parts(std::uint32_t count, int argc, const char* const* argv,
                                    const part_listener& listener);

} // namespace wsd::loadgen
