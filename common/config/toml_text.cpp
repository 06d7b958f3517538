#include "common/config/toml_text.hpp"

#include <algorithm>
#include <string>

namespace wsd {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }

class scanner {
  public:
    explicit scanner(std::string_view text) : text_(text) {}

    std::size_t run() {
        if (text_.starts_with(byte_order_mark)) at_ = byte_order_mark.size();
        while (at_ < text_.size()) {
            const char c = text_[at_];
            if (!is_ascii(c)) return at_;
            if (c == '#') {
                at_ = std::min(text_.find('\n', at_), text_.size());
            } else if (c == '"' || c == '\'') {
                if (!skip_string(c)) return at_;
            } else {
                ++at_;
            }
        }
        return std::string_view::npos;
    }

  private:
    bool is_triple(char quote) const { return text_.substr(at_, 3) == std::string(3, quote); }

    // False: a stray character is next.
    bool skip_string(char quote) {
        if (is_triple(quote)) return skip_long_string(quote);
        for (++at_; at_ < text_.size() && text_[at_] != '\n'; ++at_) {
            if (text_[at_] == quote) {
                ++at_;
                return true;
            }
            if (quote == '"' && text_[at_] == '\\' && text_.substr(at_ + 1, 1) != "\n") ++at_;
        }
        return true;
    }

    bool skip_long_string(char quote) {
        for (at_ += 3; at_ < text_.size(); ++at_) {
            if (is_triple(quote)) {
                at_ += 3;
                // Up to two quotes may stand right before the closing ones.
                for (int more = 0; more < 2 && text_.substr(at_, 1) == std::string(1, quote); ++more) ++at_;
                return true;
            }
            if (quote == '"' && text_[at_] == '\\' && !skip_escape()) return false;
        }
        return true;
    }

    // A backslash at the end of a line swallows white space, and there the library has the same fault.
    bool skip_escape() {
        const auto next = text_.find_first_not_of(" \t\r\n", at_ + 1);
        if (next == at_ + 1) {
            ++at_;
            return true;
        }
        if (next == std::string_view::npos) {
            at_ = text_.size() - 1;
            return true;
        }
        at_ = is_ascii(text_[next]) ? next - 1 : next;
        return is_ascii(text_[next]);
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

} // namespace

std::size_t find_stray_character(std::string_view toml) { return scanner(toml).run(); }

} // namespace wsd
