#pragma once

#include "common/state/log_records.hpp"
#include "server/runtime/connection.hpp"
#include "server/runtime/shard.hpp"

#include <cstdint>

namespace wsd {

// Writes entries of the user's log to a connection as it is to see them, ascending. Call finish() behind the last one:
// entries that have nothing to show are told in runs.
class entry_writer {
  public:
    enum class mode : std::uint8_t { live, replay };
    entry_writer(shard& home, connection& to, mode how) : home_(home), to_(to), replay_(how == mode::replay) {}

    // True: it was shown as a message.
    bool write(const log_entry& entry);
    // The same for an entry of a page that was read from the log.
    bool write_read(const log_entry& entry);
    void finish();

  private:
    void write_room(const log_entry& entry);
    void write_membership(const log_entry& entry);

    shard& home_;
    connection& to_;
    bool replay_;
    std::uint64_t skipped_from_ = 0; // 0: no run
    std::uint64_t skipped_to_ = 0;
};

} // namespace wsd
