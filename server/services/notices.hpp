#pragma once

#include "common/state/store_records.hpp"
#include "server/runtime/shard.hpp"

#include <string_view>

namespace wsd {

[[nodiscard]] std::string_view state_text(message_state state) noexcept;
[[nodiscard]] std::string_view durability_text(durability level) noexcept;

// A message's state moved: the tails learn of it, and the author's connections are told.
void announce_state(shard& home, const state_change& change);
// Whether the recipient of a direct message may see the presence of its sender. `contacts`: both have written there.
[[nodiscard]] bool in_audience(const shard& home, bool contacts);
// The sender's connections are told that the recipient was not there.
void announce_offline(shard& home, const recipient_offline& offline);
// The same for a sender who may live on another shard.
void route_offline(shard& home, recipient_offline&& offline);

} // namespace wsd
