#include "tests/support/frame_sampler.hpp"

#include "common/base/ids.hpp"
#include "common/protocol/codes.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace wsd::test {

void append_utf8(std::string& out, char32_t c) {
    if (c < 0x80) {
        out += static_cast<char>(c);
    } else if (c < 0x800) {
        out += static_cast<char>(0xc0 | c >> 6);
        out += static_cast<char>(0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
        out += static_cast<char>(0xe0 | c >> 12);
        out += static_cast<char>(0x80 | (c >> 6 & 0x3f));
        out += static_cast<char>(0x80 | (c & 0x3f));
    } else {
        out += static_cast<char>(0xf0 | c >> 18);
        out += static_cast<char>(0x80 | (c >> 12 & 0x3f));
        out += static_cast<char>(0x80 | (c >> 6 & 0x3f));
        out += static_cast<char>(0x80 | (c & 0x3f));
    }
}

std::size_t size_max(const field_description& what, const decode_limits& limits) {
    return what.limit != nullptr ? limits.*what.limit : what.size_max;
}

std::size_t frame_sampler::below(std::size_t bound) {
    return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random_);
}

char32_t frame_sampler::code_point(bool control_characters) {
    constexpr std::array<char32_t, 26> edges{
        U'"',   U'\\',  U'/',   U' ',   U'<',   U'&',   0x80,    0x85,    0xa0,     0xff,   0x7ff, 0x800,  0x2028,
        0x2029, 0xd7ff, 0xe000, 0xfeff, 0xfffd, 0xffff, 0x10000, 0x1f600, 0x10ffff, 0x200d, 0x301, 0x3000, 0x10fffe};
    const auto choice = below(10);
    if (choice < 4) return static_cast<char32_t>(0x20 + below(0x7f - 0x20));
    if (choice < 6) return edges[below(edges.size())];
    if (choice < 7 && control_characters) return below(8) == 0 ? 0x7f : static_cast<char32_t>(below(0x20));
    if (choice < 9) return static_cast<char32_t>(0xa0 + below(0xd800 - 0xa0));
    return static_cast<char32_t>(0x10000 + below(0x100000));
}

std::string frame_sampler::hostile_string(std::size_t min, std::size_t max, bool control_characters) {
    // Mostly short, now and then at the bound.
    const auto length = below(8) == 0 ? max : min + below(std::min<std::size_t>(max - min, 40) + 1);
    std::string out;
    for (std::size_t i = 0; i < length; ++i) append_utf8(out, code_point(control_characters));
    return out;
}

std::string frame_sampler::string(const field_description& what) {
    if (!what.words.empty()) return std::string(what.words[below(what.words.size())]);
    constexpr std::size_t long_enough = 300;
    const auto max = std::min(size_max(what, limits_), long_enough);
    // A code point has four bytes at most.
    auto out =
        hostile_string(what.size_min, what.in_bytes ? std::max(max / 4, what.size_min) : max, what.control_characters);
    if (what.trimmed) out = trim(out);
    return out;
}

boost::json::value frame_sampler::value(const field_description& what) {
    if (what.nullable && below(4) == 0) return nullptr;
    switch (what.kind) {
    case value_kind::string:
        return boost::json::value(string(what));
    case value_kind::integer: {
        const auto choice = below(4);
        if (choice == 0) return what.min;
        if (choice == 1) return what.max;
        return std::clamp(static_cast<std::int64_t>(random_()), what.min, what.max);
    }
    case value_kind::boolean:
        return below(2) == 0;
    case value_kind::message_id:
        return boost::json::value(message_id{.high = std::uint64_t{random_()} << 32 | random_(),
                                             .low = std::uint64_t{random_()} << 32 | random_()}
                                      .to_string());
    case value_kind::error_code:
        return boost::json::value(describe(static_cast<error_code>(below(error_code_count))).text);
    case value_kind::literal:
        return boost::json::parse(what.json);
    case value_kind::object:
        return object(what.members);
    case value_kind::array: {
        boost::json::array out;
        const auto size = what.size_min + below(4);
        for (std::size_t i = 0; i < size; ++i) out.push_back(value(what.element.front()));
        return out;
    }
    case value_kind::map: {
        boost::json::object out;
        const auto size = below(4);
        for (std::size_t i = 0; i < size; ++i) out[string(what.key.front())] = value(what.element.front());
        return out;
    }
    }
    return nullptr;
}

boost::json::object frame_sampler::object(const std::vector<field_description>& fields) {
    boost::json::object out;
    for (const auto& field : fields) {
        if (field.presence == field_presence::forbidden) continue;
        if (!field.same_as.empty()) {
            if (!out.contains(field.same_as)) continue;
            auto same = out.at(field.same_as);
            out[field.name] = std::move(same);
            continue;
        }
        if (field.presence == field_presence::optional && below(2) == 0) continue;
        out[field.name] = field.null_is_absent && below(4) == 0 ? boost::json::value(nullptr) : value(field);
    }
    return out;
}

} // namespace wsd::test
