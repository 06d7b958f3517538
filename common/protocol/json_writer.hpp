#pragma once

#include "common/base/ids.hpp"

#include <charconv>
#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>

namespace wsd {

// Appends JSON text to a string, with as few checks as possible: the string is grown ahead and cut when done. While a
// writer is alive the string belongs to it. Strings are valid UTF-8.
class json_writer {
  public:
    explicit json_writer(std::string& out) : out_(out) {
        const auto used = out.size();
        out.resize(used + step);
        set_position(used);
    }
    json_writer(const json_writer&) = delete;
    json_writer& operator=(const json_writer&) = delete;
    ~json_writer() { out_.resize(position()); }

    // Bytes written so far, what was in the string before included.
    [[nodiscard]] std::size_t position() const noexcept { return static_cast<std::size_t>(next_ - out_.data()); }
    // Replaces a byte that was written.
    void set_at(std::size_t position, char c) noexcept { out_[position] = c; }

    // As it is; `text` is JSON.
    void raw(std::string_view text) {
        ensure(text.size());
        std::memcpy(next_, text.data(), text.size());
        next_ += text.size();
    }
    void raw(char c) {
        ensure(1);
        *next_++ = c;
    }
    template <class Integer> void integer(Integer value) {
        ensure(integer_max_chars);
        next_ = std::to_chars(next_, end_, value).ptr;
    }
    void uuid(const message_id& id);
    // In quotes, with `"`, `\` and U+0000–U+001F escaped.
    void text(std::string_view value);
    // In quotes; nothing in it needs an escape.
    void word(std::string_view value) {
        ensure(value.size() + 2);
        *next_++ = '"';
        std::memcpy(next_, value.data(), value.size());
        next_ += value.size();
        *next_++ = '"';
    }

  private:
    // Most frames fit: what is grown is filled with zeros first. The string itself grows by doubling.
    static constexpr std::size_t step = 768;
    static constexpr std::size_t integer_max_chars = 20;

    void ensure(std::size_t bytes) {
        if (static_cast<std::size_t>(end_ - next_) < bytes) grow(bytes);
    }
    void grow(std::size_t bytes);
    void set_position(std::size_t used) noexcept {
        next_ = out_.data() + used;
        end_ = out_.data() + out_.size();
    }
    void escaped(std::string_view value);

    std::string& out_;
    char* next_;
    char* end_;
};

// Position of the first character that a JSON string can't hold as it is, or text.size().
[[nodiscard]] std::size_t find_escape(std::string_view text) noexcept;

} // namespace wsd
