#pragma once

#include "common/state/log_records.hpp"
#include "server/storage/sqlite_connection.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace wsd {

// What was acknowledged, said outside the database: how much of it a start must find. SQLite takes a write-ahead log
// that is damaged, cut or gone for one that ends earlier, and says nothing.
struct commit_mark {
    std::string epoch;             // of the log that it is about; of another one it says nothing
    std::string boot;              // of the machine, see boot_id()
    bool synced = true;            // commits were; else an end of the machine may have taken some
    bool closed = false;           // nothing was committed since the log was closed properly
    std::optional<wal_end> wal;    // where the last commit ended; nullopt: nothing must be there
    std::uint64_t last_offset = 0; // a message with this offset or a higher one was committed
    friend bool operator==(const commit_mark&, const commit_mark&) = default;
};

// Names the time since the machine was started; empty when it is not known.
[[nodiscard]] std::string boot_id();

// How often the write-ahead log in the file had begun anew when it began. Nullopt: it does not begin as SQLite begins
// one, and SQLite takes it for empty.
[[nodiscard]] std::optional<std::uint32_t> read_wal_rounds(const std::string& path);

// What a start finds.
struct found_log {
    std::uint64_t wal_octets = 0;            // size of the file, 0: there is none
    std::optional<std::uint32_t> wal_rounds; // see read_wal_rounds
    std::optional<wal_end> wal;              // up to where SQLite believes it
    std::uint64_t last_offset = 0;
};
// Whether everything is there that the mark speaks of. A log without a write-ahead log may have been copied into the
// database by another program, as may one whose write-ahead log is not wsd's, which begins anew at each start; these
// are judged by their messages alone.
[[nodiscard]] bool is_complete(const commit_mark& mark, const found_log& found);

// The file that a mark is kept in. It is written in place, in one sector: whole or not at all. Without a sync the
// kernel has it when the process is killed; after a power cut it may be an older one, which asks for less. The writer's
// thread.
class mark_file {
  public:
    mark_file() = default;
    ~mark_file();
    mark_file(const mark_file&) = delete;
    mark_file& operator=(const mark_file&) = delete;

    // Makes it when missing. False: errno says why.
    [[nodiscard]] bool open(const std::string& directory, const std::string& path);
    // Nullopt: there is none, or it is damaged. False: errno says why it can't be read.
    [[nodiscard]] bool read(std::optional<commit_mark>& mark) const;
    enum class sync : bool { no, yes };
    bool write(const commit_mark& mark, sync how); // false: errno says why
  private:
    int file_ = -1;
};

} // namespace wsd
