#pragma once

#include <cstdint>
#include <string>

namespace wsd::loadgen {

// Runs this program once more for every part, with the same words and --part behind them, and waits for all. Their
// reports, a line each. Meanwhile Ctrl-C is theirs: they end early and report what they have.
[[nodiscard]] std::string run_parts(std::uint32_t count, int argc, const char* const* argv);

} // namespace wsd::loadgen
