#include "common/state/held_frames.hpp"

namespace wsd {

void held_frames::drop(std::map<std::uint64_t, frame>::iterator which) {
    bytes_ -= which->second.text.size();
    by_subject_.erase(which->second.subject);
    frames_.erase(which);
}

bool held_frames::forget(std::string_view subject) {
    const auto known = by_subject_.find(std::string(subject));
    if (known == by_subject_.end()) return false;
    drop(frames_.find(known->second));
    return true;
}

std::size_t held_frames::hold(std::string_view subject, std::string_view text, const limits& most) {
    std::string name(subject);
    if (const auto known = by_subject_.find(name); known != by_subject_.end()) drop(frames_.find(known->second));
    const auto order = next_++;
    by_subject_.emplace(name, order);
    frames_.emplace(order, frame{.subject = std::move(name), .text = std::string(text)});
    bytes_ += text.size();
    std::size_t dropped = 0;
    for (; frames_.size() > most.frames || bytes_ > most.bytes; ++dropped) drop(frames_.begin());
    return dropped;
}

} // namespace wsd
