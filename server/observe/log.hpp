#pragma once

#include "common/base/clock.hpp"
#include "common/base/ids.hpp"
#include "server/observe/correlation.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string_view>
#include <variant>

namespace wsd {

enum class log_level : std::uint8_t { debug, info, warn, error };

// The name of an event or a field: a literal of [a-z0-9_], checked while compiling. Names under which a credential
// might be written and those that every line has already don't compile.
class log_name {
  public:
    consteval log_name(const char* literal) : text_(literal) { // NOLINT(google-explicit-constructor)
        if (text_.empty()) throw "a log name is not empty";
        for (const char c : text_) {
            if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_')) throw "a log name is of [a-z0-9_]";
        }
        for (const std::string_view word : {"ts", "level", "event"}) {
            if (text_ == word) throw "a log name that every line has already";
        }
        for (const std::string_view word : {"token", "secret", "password", "authorization", "cookie"}) {
            if (text_ == word) throw "a log name for a credential";
        }
    }
    [[nodiscard]] constexpr std::string_view view() const noexcept { return text_; }

  private:
    std::string_view text_;
};

// One `name=value` of a line. Holds views: only for use as an argument of log_event.
class log_field {
  public:
    using value_type = std::variant<std::string_view, std::int64_t, std::uint64_t, bool, correlation_id, message_id>;

    log_field(log_name name, std::string_view value) : name_(name), value_(value) {}
    template <std::same_as<bool> T> log_field(log_name name, T value) : name_(name), value_(value) {}
    template <std::signed_integral T>
        requires(!std::same_as<T, char>)
    log_field(log_name name, T value) : name_(name), value_(static_cast<std::int64_t>(value)) {}
    template <std::unsigned_integral T>
        requires(!std::same_as<T, bool>)
    log_field(log_name name, T value) : name_(name), value_(static_cast<std::uint64_t>(value)) {}
    template <class Tag> log_field(log_name name, const strong_id<Tag>& id) : name_(name), value_(id.view()) {}
    log_field(log_name name, const correlation_id& id) : name_(name), value_(id) {}
    log_field(log_name name, const message_id& id) : name_(name), value_(id) {}

    [[nodiscard]] std::string_view name() const noexcept { return name_.view(); }
    [[nodiscard]] const value_type& value() const noexcept { return value_; }

  private:
    log_name name_;
    value_type value_;
};

// Where every part of the server writes its log lines. Called from any thread; never waits for the reader of the log.
//
//     log.log_event(log_level::info, "connection_opened", {{"user", user}, {"shard", shard}});
class logger {
  public:
    explicit logger(log_level least) noexcept : least_(least) {}
    logger(const logger&) = delete;
    logger& operator=(const logger&) = delete;
    virtual ~logger() = default;

    // Whether a line of this level is written at all: one load. Ask first when making the fields costs something.
    [[nodiscard]] bool log_enabled(log_level level) const noexcept { return level >= least_; }

    // One line. String values are cut at 1024 bytes.
    void log_event(log_level level, log_name event, std::initializer_list<log_field> fields = {}) {
        if (log_enabled(level)) write(level, event.view(), {fields.begin(), fields.size()});
    }

    // Lines lost since the start, because they were made faster than they could be written.
    [[nodiscard]] virtual std::uint64_t dropped_lines() const noexcept = 0;

  private:
    virtual void write(log_level level, std::string_view event, std::span<const log_field> fields) = 0;

    const log_level least_;
};

struct log_options {
    log_level least = log_level::info;
    bool json = false;
    int descriptor = 2;             // not closed by the logger, and open for as long as it lives
    std::size_t queue_lines = 4096; // ≥ 1; a full queue gives up its oldest line
};

// A logger with a thread of its own, which alone writes to the descriptor; a reader of the log that stops reading costs
// lines, not time of the callers. The destructor writes what is queued as long as the descriptor takes it at once and
// drops the rest. `time` outlives the logger. The process ignores SIGPIPE. Throws when the thread can't be made.
[[nodiscard]] std::unique_ptr<logger> make_async_logger(const clock& time, const log_options& options);

} // namespace wsd
