#pragma once

#include "common/state/room_records.hpp"
#include "server/storage/log_state.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace wsd {

// Gives each of the users the next number of its log for what `row` says and fills in their seqs; row.sender_seq
// becomes that in the log of the row's sender, 0: it has none.
[[nodiscard]] std::vector<entry_place> take_places(log_state& state, message_row& row,
                                                   std::vector<logged_entry>& users);

// Gives the record its entry in the log of each of the users, fills in their seqs, and adds all of it. Returns the seq
// in the log of the row's sender, 0: it has none; row.sender_seq is set to it.
std::uint64_t add_entries(log_state& state, message_row& row, const std::shared_ptr<const message_record>& record,
                          std::vector<logged_entry>& users);

} // namespace wsd
