#pragma once

#include "common/state/presence_records.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace wsd {

// The changes of one tick as frames: each is encoded once, whatever the number of those who are told. Lives while they
// are told, on the shard's thread; what it returns is good until it is next asked. Bounded by the tick.
class presence_texts {
  public:
    // `changes` outlives the object.
    presence_texts(std::span<const presence_change> changes, timestamp now);

    // What one connection is told, as indices into the changes: begins anew with begin().
    void begin() { chosen_.clear(); }
    void choose(std::uint32_t change) { chosen_.push_back(change); }
    [[nodiscard]] std::size_t count() const noexcept { return chosen_.size(); }

    [[nodiscard]] std::string_view batch();             // PRESENCE_BATCH of what was chosen
    template <class Fn> void for_each_update(Fn&& fn) { // fn(text of a PRESENCE_UPDATE)
        for (const std::uint32_t change : chosen_) fn(update(change));
    }

  private:
    [[nodiscard]] std::string_view update(std::uint32_t change);

    std::span<const presence_change> changes_;
    std::vector<std::string> updates_; // empty: not encoded yet
    std::vector<std::uint32_t> chosen_;
    std::string empty_batch_;
    std::size_t middle_; // of the empty batch: where its updates go
    std::string batch_;
};

} // namespace wsd
