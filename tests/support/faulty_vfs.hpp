#pragma once

#include <atomic>
#include <string>

namespace wsd::test {

// A file system for SQLite that passes everything on to the real one until it is told to fail. Registered while the
// object lives; one at a time. Faults may be set from any thread.
class faulty_vfs {
  public:
    faulty_vfs();
    ~faulty_vfs();
    faulty_vfs(const faulty_vfs&) = delete;
    faulty_vfs& operator=(const faulty_vfs&) = delete;

    [[nodiscard]] std::string name() const;

    struct faults {
        std::atomic<bool> disk_full{false}; // every write that makes a file longer
        std::atomic<bool> write_fails{false};
        std::atomic<bool> sync_fails{false};
        std::atomic<bool> read_fails{false};
        std::atomic<int> syncs_until_failure{-1};     // ≥ 0: so many succeed, then one fails, then all succeed again
        std::atomic<bool> database_sync_fails{false}; // once: the next one of a database, not of its write-ahead log
        std::atomic<unsigned> syncs{0};               // that were asked for
    };
    [[nodiscard]] static faults& now();

    // What a power cut would leave of the database, one for each object: what was written before a sync that worked. A
    // sync that fails loses what was written since the one before, whatever is read back meanwhile: the system takes
    // those pages for clean.
    [[nodiscard]] static std::string synced_database();
};

} // namespace wsd::test
