#include "common/protocol/member_scan.hpp"

#include "common/base/octet_words.hpp"

#include <algorithm>
#include <bit>
#include <charconv>

namespace wsd {
namespace {

// The first quote or backslash; `end` when there is none. Names and values are short: a call for each costs more than
// the search, eight octets at a time.
const char* find_mark(const char* at, const char* end) noexcept {
    for (; std::endian::native == std::endian::little && end - at >= 8; at += 8) {
        const auto word = word_at<std::uint64_t>(at);
        if (const auto marks = octets_equal(word, '"') | octets_equal(word, '\\'))
            return at + std::countr_zero(marks) / 8;
    }
    while (at != end && *at != '"' && *at != '\\') ++at;
    return at;
}

} // namespace

std::optional<std::uint64_t> member_scan::member::natural() const noexcept {
    std::uint64_t number = 0;
    const auto [end, ec] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (what != kind::number || ec != std::errc{} || end != value.data() + value.size()) return std::nullopt;
    return number;
}

member_scan::member_scan(std::string_view text) noexcept : at_(text.data()), end_(text.data() + text.size()) {
    skip_space();
    if (!take('{')) broken_ = true;
}

std::optional<member_scan::member> member_scan::next() noexcept {
    if (broken_) return std::nullopt;
    skip_space();
    if (at_ != end_ && *at_ == '}') return std::nullopt;
    if (!first_) {
        if (!take(',')) return stop();
        skip_space();
    }
    first_ = false;
    member found;
    bool escaped = false;
    if (!take_text(found.name, escaped)) return stop();
    skip_space();
    if (!take(':')) return stop();
    skip_space();
    if (!take_value(found)) return stop();
    return found;
}

std::optional<member_scan::member> member_scan::stop() noexcept {
    broken_ = true;
    return std::nullopt;
}

void member_scan::skip_space() noexcept {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\t' || *at_ == '\r')) ++at_;
}

bool member_scan::take(char c) noexcept {
    if (at_ == end_ || *at_ != c) return false;
    ++at_;
    return true;
}

bool member_scan::take_text(std::string_view& value, bool& escaped) noexcept {
    if (!take('"')) return false;
    const char* const begin = at_;
    escaped = false;
    for (;;) {
        at_ = find_mark(at_, end_);
        if (at_ == end_) return false;
        if (*at_ == '"') break;
        escaped = true;
        at_ += std::min<std::ptrdiff_t>(2, end_ - at_);
    }
    value = {begin, static_cast<std::size_t>(at_ - begin)};
    ++at_;
    return true;
}

bool member_scan::take_value(member& into) noexcept {
    if (at_ == end_) return false;
    if (*at_ == '"') {
        into.what = kind::text;
        return take_text(into.value, into.escaped);
    }
    const char* const begin = at_;
    if (*at_ == '{' || *at_ == '[') {
        if (!skip_nested()) return false;
    } else {
        into.what = *at_ == '-' || (*at_ >= '0' && *at_ <= '9') ? kind::number : kind::other;
        while (at_ != end_ && *at_ != ',' && *at_ != '}' && static_cast<unsigned char>(*at_) > ' ') ++at_;
    }
    into.value = {begin, static_cast<std::size_t>(at_ - begin)};
    return !into.value.empty();
}

bool member_scan::skip_nested() noexcept {
    std::size_t depth = 0;
    while (at_ != end_) {
        switch (*at_) {
        case '"': {
            std::string_view ignored;
            bool escaped = false;
            if (!take_text(ignored, escaped)) return false;
            continue;
        }
        case '{':
        case '[':
            ++depth;
            break;
        case '}':
        case ']':
            if (--depth == 0) {
                ++at_;
                return true;
            }
            break;
        default:
            break;
        }
        ++at_;
    }
    return false;
}

} // namespace wsd
