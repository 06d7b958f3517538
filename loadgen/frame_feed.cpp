#include "loadgen/frame_feed.hpp"

#include "common/base/octet_words.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

namespace wsd::loadgen {
namespace {

constexpr std::string_view empty_line = "\r\n\r\n";
constexpr std::size_t short_head_bytes = 2;
constexpr std::uint8_t wide = 126, very_wide = 127; // lengths that say where the length is (RFC 6455 §5.2)
constexpr std::size_t mask_bytes = 4;

bool is_ascii(std::string_view text) {
    std::uint64_t all = 0;
    std::size_t at = 0;
    for (; at + sizeof all <= text.size(); at += sizeof all) all |= word_at<std::uint64_t>(text.data() + at);
    for (; at < text.size(); ++at) all |= static_cast<unsigned char>(text[at]);
    return (all & every_octet(0x80)) == 0;
}

} // namespace

// What is left is mostly a part of a frame: without moving it, a stream that never pauses would be kept whole.
void frame_feed::add(std::string_view bytes) {
    bytes_.erase(0, used_);
    used_ = 0;
    bytes_.append(bytes);
}

void frame_feed::expect_frames(message_sink* sink) {
    frames_ = true;
    sink_ = sink;
}

std::optional<frame_feed::head> frame_feed::read_head(std::string_view bytes) {
    if (bytes.size() < short_head_bytes) return std::nullopt;
    const auto octet = [bytes](std::size_t at) { return static_cast<std::uint8_t>(bytes[at]); };
    const std::uint8_t length = octet(1) & 0x7f;
    const std::size_t more = length == wide ? 2 : length == very_wide ? 8 : 0;
    const bool masked = (octet(1) & 0x80) != 0;
    head found{.bytes = short_head_bytes + more + (masked ? mask_bytes : 0),
               .payload = more == 0 ? std::uint64_t{length} : 0,
               .is_data = (octet(0) & 0x0f) < 3,
               .final = (octet(0) & 0x80) != 0};
    if (bytes.size() < found.bytes) return std::nullopt;
    for (std::size_t at = short_head_bytes; at < short_head_bytes + more; ++at)
        found.payload = found.payload << 8 | octet(at);
    // A length that needs no second field is against the rules there.
    found.is_text = octet(0) == 0x81 && !masked && length != very_wide && (more == 0 || found.payload >= wide);
    return found;
}

frame_feed::step frame_feed::next() {
    while (frames_ && left_ == 0) {
        const auto frame = read_head(rest());
        if (!frame) return step::read;
        const bool plain = frame->is_text && sink_ != nullptr && !in_fragments_;
        const std::size_t whole = frame->bytes + static_cast<std::size_t>(plain ? frame->payload : 0);
        if (plain && rest().size() < whole) return step::read;
        const auto text = rest().substr(frame->bytes, whole - frame->bytes);
        if (!plain || !is_ascii(text)) {
            left_ = frame->payload > std::numeric_limits<std::uint64_t>::max() - frame->bytes
                        ? std::numeric_limits<std::uint64_t>::max()
                        : frame->bytes + frame->payload;
            if (frame->is_data) in_fragments_ = !frame->final;
            return step::library;
        }
        const bool more = sink_->on_message(text);
        use(whole);
        if (!more) return step::stop;
    }
    return rest().empty() ? step::read : step::library;
}

std::size_t frame_feed::give(char* to, std::size_t room) {
    auto given = rest().substr(0, room);
    if (frames_) {
        given = given.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left_, given.size())));
        left_ -= given.size();
    } else {
        given = given.substr(0, of_response(given));
    }
    std::memcpy(to, given.data(), given.size());
    const std::size_t bytes = given.size();
    use(bytes);
    return bytes;
}

// How much of this belongs to the response's head; behind that, all: if it is no frames, it is a body.
std::size_t frame_feed::of_response(std::string_view bytes) {
    if (end_of_head_ == empty_line.size()) return bytes.size();
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        const bool goes_on = bytes[at] == empty_line[end_of_head_];
        end_of_head_ = goes_on ? static_cast<std::uint8_t>(end_of_head_ + 1) : bytes[at] == empty_line[0] ? 1 : 0;
        if (end_of_head_ == empty_line.size()) return at + 1;
    }
    return bytes.size();
}

void frame_feed::use(std::size_t bytes) {
    used_ += bytes;
    if (used_ != bytes_.size()) return;
    std::string().swap(bytes_);
    used_ = 0;
}

} // namespace wsd::loadgen
