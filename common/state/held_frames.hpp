#pragma once

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace wsd {

// State frames for a connection that does not take its output: of each subject the latest, in the order in which they
// became what they are. Owns their texts. Bounded by the limits given to hold(); the oldest go first.
class held_frames {
  public:
    struct limits {
        std::size_t frames = 0;
        std::size_t bytes = 0;
    };
    // Takes the place of what is held of the subject. How many others were dropped to make room, this one included
    // when it does not fit at all.
    [[nodiscard]] std::size_t hold(std::string_view subject, std::string_view text, const limits& most);

    [[nodiscard]] bool holds(std::string_view subject) const { return by_subject_.contains(std::string(subject)); }
    // True: something was held of the subject, and is no more.
    bool forget(std::string_view subject);

    // fn(text) for each, the oldest first; then nothing is held any more.
    template <class Fn> void take_all(Fn&& fn) {
        for (const auto& [order, held] : frames_) fn(std::string_view(held.text));
        frames_.clear();
        by_subject_ = {};
        bytes_ = 0;
    }

    [[nodiscard]] bool empty() const noexcept { return frames_.empty(); }
    [[nodiscard]] std::size_t size() const noexcept { return frames_.size(); }
    [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

  private:
    struct frame {
        std::string subject;
        std::string text;
    };
    void drop(std::map<std::uint64_t, frame>::iterator which);

    std::map<std::uint64_t, frame> frames_; // by age
    boost::unordered_flat_map<std::string, std::uint64_t> by_subject_;
    std::uint64_t next_ = 0;
    std::size_t bytes_ = 0;
};

} // namespace wsd
