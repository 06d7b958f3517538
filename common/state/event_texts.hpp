#pragma once

#include "common/state/log_records.hpp"

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace wsd {

// What was encoded lately of events that several users have in their logs: the part that is the same for all of them.
// Members of a room are written to one after the other, each the last few of its messages. Lives on a shard's thread;
// bounded by its places, of which none keeps more than text_bytes_max beyond the message's own turn.
class event_texts {
  public:
    static constexpr std::size_t places = 64;
    static constexpr std::size_t text_bytes_max = 64 * 1024;

    // make(std::string&) appends the text to an empty string when it is not here. The result is good until the next
    // call.
    template <class Make>
    [[nodiscard]] std::string_view text_of(const std::shared_ptr<const message_record>& event, Make&& make) {
        entry& place = entries_[event->id.offset() % places];
        if (place.event == event) return place.text;
        if (place.text.capacity() > text_bytes_max) place.text = {};
        place.text.clear();
        place.event = nullptr;
        make(place.text);
        place.event = event;
        return place.text;
    }

  private:
    struct entry {
        std::shared_ptr<const message_record> event;
        std::string text; // empty: none was made
    };
    std::array<entry, places> entries_;
};

} // namespace wsd
