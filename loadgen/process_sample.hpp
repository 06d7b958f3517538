#pragma once

#include <cstdint>
#include <optional>

namespace wsd::loadgen {

struct process_sample {
    std::uint64_t rss_bytes = 0;
    std::optional<std::uint64_t> descriptors; // unknown of another user's process
};

// What a process of this machine uses now. nullopt: there is none of that id.
[[nodiscard]] std::optional<process_sample> sample_process(std::uint32_t id);

} // namespace wsd::loadgen
