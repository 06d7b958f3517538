#pragma once

#include "common/state/log_records.hpp"
#include "server/storage/log_state.hpp"

// What each operation does to the log, the same for every implementation: a new operation is a new alternative of
// log_operation, an overload here and a file beside this one.
// When a table fails (log_tables::failed) an outcome is worthless; the caller then rolls everything back.
namespace wsd {

[[nodiscard]] log_outcome apply(log_state& state, const open_user& operation, timestamp now);
// The same without a write: the device is not remembered.
[[nodiscard]] opened_user open_unwritten(log_state& state, const open_user& operation);
// errc::invalid: an empty id, or a message to oneself. errc::conflict: see log_outcome.
[[nodiscard]] log_outcome apply(log_state& state, const append_direct& operation, timestamp now);
[[nodiscard]] log_outcome apply(log_state& state, const confirm_message& operation, timestamp now);
[[nodiscard]] log_outcome apply(log_state& state, const confirm_up_to& operation, timestamp now);
[[nodiscard]] log_outcome apply(log_state& state, const confirm_replayed& operation, timestamp now);
[[nodiscard]] log_outcome apply(log_state& state, const edit_message& operation, timestamp now);
[[nodiscard]] log_outcome apply(log_state& state, const delete_message& operation, timestamp now);
// Lets go of some more messages as well: of rooms that have ended, and of those older than messages are kept.
[[nodiscard]] log_outcome apply(log_state& state, const trim_logs& operation, timestamp now);
[[nodiscard]] log_outcome apply(log_state& state, const append_room& operation, timestamp now);
[[nodiscard]] log_outcome apply(log_state& state, const change_room& operation, timestamp now);
[[nodiscard]] log_outcome apply(log_state& state, const leave_rooms& operation, timestamp now);

// Keeps what the administration decides; the outcome says it again. errc::invalid: an empty id.
[[nodiscard]] log_outcome apply(log_state& state, const revocation& operation, timestamp now);
[[nodiscard]] log_outcome apply(log_state& state, const suspension& operation, timestamp now);

} // namespace wsd
