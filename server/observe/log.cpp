#include "server/observe/log.hpp"

#include "server/observe/log_format.hpp"

#include <spdlog/async_logger.h>
#include <spdlog/details/null_mutex.h>
#include <spdlog/details/thread_pool.h>
#include <spdlog/sinks/base_sink.h>

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <string>

namespace wsd {
namespace {

// A write of at most PIPE_BUF bytes does not block after poll said writable. The descriptor itself stays in blocking
// mode, because that mode belongs to whoever shares it with us.
constexpr std::size_t chunk_bytes = 4096;
constexpr int poll_ms = 100;

// Writes finished lines, on the logger's thread alone.
class descriptor_sink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
  public:
    explicit descriptor_sink(int descriptor) : descriptor_(descriptor) {}

    [[nodiscard]] std::uint64_t dropped() const noexcept { return dropped_.load(std::memory_order_relaxed); }
    void drop() noexcept { dropped_.fetch_add(1, std::memory_order_relaxed); }
    // From now on a line that can't be written at once is dropped. Any thread.
    void stop_waiting() noexcept { stopping_.store(true, std::memory_order_relaxed); }

  private:
    enum class outcome : std::uint8_t { complete, partial, nothing };

    void sink_it_(const spdlog::details::log_msg& msg) override {
        // After half a line the next one begins on a line of its own.
        if (torn_ && write_all("\n") != outcome::complete) return drop();
        const outcome line = write_all({msg.payload.data(), msg.payload.size()});
        torn_ = line == outcome::partial;
        if (line != outcome::complete) drop();
    }
    void flush_() override {}

    [[nodiscard]] outcome write_all(std::string_view text) const noexcept {
        std::string_view rest = text;
        while (!rest.empty()) {
            const ssize_t written =
                wait_writable() ? ::write(descriptor_, rest.data(), std::min(rest.size(), chunk_bytes)) : -1;
            if (written < 0 && (errno == EINTR || errno == EAGAIN) && !stopping_.load(std::memory_order_relaxed))
                continue;
            if (written < 0) return rest.size() == text.size() ? outcome::nothing : outcome::partial;
            rest.remove_prefix(static_cast<std::size_t>(written));
        }
        return outcome::complete;
    }

    [[nodiscard]] bool wait_writable() const noexcept {
        for (;;) {
            const bool stopping = stopping_.load(std::memory_order_relaxed);
            pollfd request{.fd = descriptor_, .events = POLLOUT, .revents = 0};
            if (::poll(&request, 1, stopping ? 0 : poll_ms) > 0) return (request.revents & POLLOUT) != 0;
            if (stopping) return false;
        }
    }

    const int descriptor_;
    bool torn_ = false;
    std::atomic<bool> stopping_{false};
    std::atomic<std::uint64_t> dropped_{0};
};

class async_logger final : public logger {
  public:
    async_logger(const clock& time, const log_options& options)
        : logger(options.least), time_(time), json_(options.json),
          sink_(std::make_shared<descriptor_sink>(options.descriptor)),
          pool_(std::make_shared<spdlog::details::thread_pool>(std::max<std::size_t>(options.queue_lines, 1), 1)),
          async_(std::make_shared<spdlog::async_logger>("wsd", sink_, pool_,
                                                        spdlog::async_overflow_policy::overrun_oldest)) {
        async_->set_error_handler([sink = sink_.get()](const std::string&) { sink->drop(); });
    }

    ~async_logger() override {
        sink_->stop_waiting();
        // Writes what is queued and joins; after that nobody else holds async_.
        pool_.reset();
    }

    [[nodiscard]] std::uint64_t dropped_lines() const noexcept override {
        return sink_->dropped() + pool_->overrun_counter();
    }

  private:
    void write(log_level level, std::string_view event, std::span<const log_field> fields) override {
        const log_line line{.at = time_.wall_ms(), .level = level, .event = event, .fields = fields};
        std::string text;
        text.reserve(256);
        json_ ? append_json_line(text, line) : append_text_line(text, line);
        // The level was decided by log_enabled; to spdlog every line is alike.
        async_->log(spdlog::level::info, spdlog::string_view_t(text.data(), text.size()));
    }

    const clock& time_;
    const bool json_;
    const std::shared_ptr<descriptor_sink> sink_;
    std::shared_ptr<spdlog::details::thread_pool> pool_;
    const std::shared_ptr<spdlog::async_logger> async_;
};

} // namespace

std::unique_ptr<logger> make_async_logger(const clock& time, const log_options& options) {
    return std::make_unique<async_logger>(time, options);
}

} // namespace wsd
