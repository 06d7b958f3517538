#pragma once

#include "common/state/exclusion_records.hpp"

namespace wsd {

// The way from the shards to the admin listener on the control thread. Any thread; never waits. Bounded by what the
// admin listener asks for at a time.
class admin_link {
  public:
    virtual ~admin_link() = default;
    virtual void answer(const exclusion_answer& what) = 0;
};

} // namespace wsd
