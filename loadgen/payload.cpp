#include "loadgen/payload.hpp"

#include "loadgen/hex.hpp"

#include <algorithm>
#include <cstring>

namespace wsd::loadgen {
namespace {

// "wl1:" run stream number due filler checksum
constexpr std::string_view magic = "wl1:";
constexpr std::size_t run_at = 4, stream_at = 12, number_at = 20, due_at = 28, filler_at = 44, checksum_bytes = 8;
static_assert(filler_at + checksum_bytes == payload_bytes_min);

constexpr std::string_view filler = "The quick brown fox jumps over the lazy dog. 0123456789-_+=*/<>(){}[]~|^%$#@!?;,";

// Multiply and fold over words of eight bytes: a damaged byte is found with probability 1 - 2^-32, at a fraction of a
// nanosecond a byte. Not meant to withstand an adversary.
std::uint32_t checksum(std::string_view text) {
    constexpr std::uint64_t odd = 0x9e3779b97f4a7c15;
    std::uint64_t sum = text.size() * odd;
    for (std::size_t i = 0; i < text.size(); i += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, text.data() + i, std::min<std::size_t>(8, text.size() - i));
        sum = (sum ^ word) * odd;
        sum ^= sum >> 29;
    }
    return static_cast<std::uint32_t>(sum ^ sum >> 32);
}

} // namespace

void append_payload(std::string& out, const payload& value, std::size_t bytes) {
    const std::size_t begin = out.size();
    out.resize(begin + bytes);
    char* at = out.data() + begin;
    std::memcpy(at, magic.data(), magic.size());
    put_hex(at + run_at, value.run);
    put_hex(at + stream_at, value.stream);
    put_hex(at + number_at, value.number);
    put_hex(at + due_at, static_cast<std::uint64_t>(value.due_ns));
    const std::size_t end = bytes - checksum_bytes;
    std::size_t from = (value.stream + value.number) % filler.size();
    for (std::size_t i = filler_at; i < end;) {
        const std::size_t run = std::min(end - i, filler.size() - from);
        std::memcpy(at + i, filler.data() + from, run);
        i += run;
        from = 0;
    }
    put_hex(at + end, checksum({at, end}));
}

parsed_payload parse_payload(std::string_view content) {
    parsed_payload parsed{.value = {}, .fault = payload_fault::damaged};
    if (content.size() < payload_bytes_min) return parsed;
    std::uint64_t due = 0;
    std::uint32_t sum = 0;
    const char* at = content.data();
    const std::size_t end = content.size() - checksum_bytes;
    // All are read, also after one that can't be.
    bool fields = take_hex(at + run_at, parsed.value.run);
    fields = take_hex(at + stream_at, parsed.value.stream) && fields;
    fields = take_hex(at + number_at, parsed.value.number) && fields;
    fields = take_hex(at + due_at, due) && fields;
    parsed.value.due_ns = static_cast<std::int64_t>(due);
    if (fields && content.starts_with(magic) && take_hex(at + end, sum) && sum == checksum(content.substr(0, end)))
        parsed.fault = payload_fault::none;
    return parsed;
}

} // namespace wsd::loadgen
