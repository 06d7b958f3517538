#pragma once

#include "common/state/exclusion_records.hpp"

#include <cstdint>

namespace wsd {

// Where the admin listener hands in what the administration decides. The control thread; never waits.
class exclusion_desk {
  public:
    virtual ~exclusion_desk() = default;
    // Has it stored and carried out; an exclusion_answer with `request` follows when that is done or has failed.
    // `request` is below 2^56. False: the queue of the store thread is full, nothing happens.
    [[nodiscard]] virtual bool submit(const exclusion& what, std::uint64_t request) = 0;
};

} // namespace wsd
