#pragma once

#include "server/observe/log_format.hpp"

#include <mutex>
#include <string>

namespace wsd::test {

// Keeps every line as text, with the time 1970-01-01T00:00:00.000Z. Any thread.
class recording_logger final : public logger {
  public:
    explicit recording_logger(log_level least = log_level::debug) : logger(least) {}

    [[nodiscard]] std::string text() const {
        const std::lock_guard lock(mutex_);
        return text_;
    }
    [[nodiscard]] std::uint64_t dropped_lines() const noexcept override { return 0; }

  private:
    void write(log_level level, std::string_view event, std::span<const log_field> fields) override {
        const std::lock_guard lock(mutex_);
        append_text_line(text_, {.at = 0, .level = level, .event = event, .fields = fields});
    }

    mutable std::mutex mutex_;
    std::string text_;
};

} // namespace wsd::test
