#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace wsd {

// Output buffers of one shard, so that an idle connection holds none and a busy one does not grow its own from nothing.
// Keeps at most `buffers_max` buffers of at most `capacity_max` octets each; what is beyond is freed.
class buffer_pool {
  public:
    static constexpr std::size_t buffers_max = 256;
    static constexpr std::size_t capacity_max = 32 * 1024;
    static constexpr std::size_t capacity_initial = 2048;

    [[nodiscard]] std::string take() {
        if (free_.empty()) {
            std::string fresh;
            fresh.reserve(capacity_initial);
            return fresh;
        }
        std::string buffer = std::move(free_.back());
        free_.pop_back();
        return buffer;
    }

    void give_back(std::string buffer) {
        if (free_.size() >= buffers_max || buffer.capacity() > capacity_max || buffer.capacity() < capacity_initial)
            return;
        buffer.clear();
        free_.push_back(std::move(buffer));
    }

  private:
    std::vector<std::string> free_;
};

} // namespace wsd
