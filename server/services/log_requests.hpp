#pragma once

#include "server/runtime/connection.hpp"
#include "server/runtime/shard.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>

namespace wsd {

// How long a client is asked to wait when a bounded queue was full: a few commits.
inline constexpr std::int64_t busy_retry_ms = 250;

// In what is handed to a co_await, GCC 12 copies the bytes of an aggregate that is written in place, strings included:
// give these functions named objects.

// Asks the store thread and waits for the commit. errc::busy when its queue is full: nothing was done. The connection
// waits for nothing else meanwhile.
[[nodiscard]] task<log_outcome> ask_store(shard& home, connection& c, log_operation operation);
// The same for the rest of a request of which a part is done: never refused.
[[nodiscard]] task<log_outcome> ask_store_for_rest(shard& home, connection& c, log_operation operation);
// The same as ask_store without waiting: `reply` is taken, and given when the answer has come, in the order of the
// requests. False: the queue is full, and nothing was done or taken.
[[nodiscard]] bool submit_send(shard& home, connection& c, log_operation operation, std::unique_ptr<due_reply>& reply);
// As many of a connection's sends are stored at a time; the next one waits in the socket.
constexpr std::size_t sends_max = 32;
// Until the replies to the sends before are queued, all of them or all but `left`.
[[nodiscard]] task<> sends_settled(connection& c, std::size_t left = 0);

// Asks the reader thread for the connection's request. errc::busy when its queue is full.
[[nodiscard]] task<read_reply> ask_reader(shard& home, connection& c, read_question what);
// Asks the presence service. An empty snapshot, marked truncated, when its queue is full.
[[nodiscard]] task<presence_snapshot> ask_presence(shard& home, connection& c);

// An answer has come; stale ones are dropped.
void request_answered(shard& home, const store_ticket& ticket, answer&& what);

// Whether the shard has to serve the user's log is decided by its connections: the first that says HELLO opens it in
// the store thread, the last one that ends closes it.
void attach_user(shard& home, connection& c);
void detach_user(shard& home, connection& c);

// Tells the store thread that replayed entries were taken by the operating system. Never refused.
void confirm_replayed_entries(shard& home, connection& c, std::uint64_t from, std::uint64_t to);

} // namespace wsd
