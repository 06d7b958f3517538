#pragma once

#include "common/state/presence_records.hpp"

#include <cstdint>

namespace wsd {

// The way from the shards to the presence service on the control thread. Any thread; never waits.
class presence_link {
  public:
    virtual ~presence_link() = default;
    // False: the queue is full; only questions and typing can be refused.
    [[nodiscard]] virtual bool ask(presence_question&& question) = 0;
    [[nodiscard]] virtual bool pass_on(room_typing&& typing) = 0;
    virtual void tell(presence_request&& news) = 0;
};

} // namespace wsd
