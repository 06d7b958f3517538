#pragma once

#include "common/base/seeded_hash.hpp"
#include "common/state/log_tables.hpp"
#include "common/state/store_records.hpp"
#include "server/storage/room_queries.hpp"

#include <cstdint>
#include <optional>
#include <string>

// What readers ask of a log, the same for every implementation. When the source fails (log_source::failed) an answer is
// worthless; the caller looks.
namespace wsd {

struct store_name {
    std::string epoch;
    std::uint16_t tag = 0; // see message_id
    hash_seed seed{};      // of client_code
    // What was committed with offsets up to this was removed by age.
    std::uint64_t removed_up_to = 0;
};

// The lowest seq of the user's log whose entry was committed with this offset or a higher one; head + 1: there is none.
// Entries are in the order of their offsets.
[[nodiscard]] std::uint64_t find_entry_from(log_source& source, const user_row& user, std::uint64_t offset);
// Where the message with this id stands in the user's log; nullopt when it does not, or no more.
[[nodiscard]] std::optional<std::uint64_t> find_in_log(log_source& source, const store_name& store,
                                                       const user_row& user, const std::string& id);
[[nodiscard]] resume_plan plan_resume(log_source& source, const store_name& store, const resume_request& request);
// errc::persistence: a message of the page is damaged or gone, or the log says of it what its row does not.
[[nodiscard]] result<log_page> read_page(log_source& source, const store_name& store, const page_request& request);

} // namespace wsd
