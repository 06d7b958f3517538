#pragma once

#include "common/state/store_records.hpp"
#include "server/runtime/connection.hpp"
#include "server/runtime/shard.hpp"

namespace wsd {

// What the store thread has committed: answers requests, extends the tails, and marks the connections that have
// something to write.
void deliver_batch(shard& home, store_batch&& batch);

// Writes entries between the connection's position and the head of its user's log into its output, as far as the budget
// of unsent octets allows. What the tail has no more is asked of the reader thread.
void fill_output(shard& home, connection& c);
// The same, but nothing beyond `last`.
void fill_output_up_to(shard& home, connection& c, std::uint64_t last);
// Whether the budget of unsent octets leaves room for one more entry.
[[nodiscard]] bool may_add_events(const shard& home, const connection& c);
// Whether fill_output would find more now.
[[nodiscard]] bool wants_output(const shard& home, const connection& c);

// A page that fill_output has asked for.
void live_page_read(shard& home, connection& c, read_reply&& reply);

} // namespace wsd
