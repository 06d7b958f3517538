#pragma once

#include "common/state/exclusion_records.hpp"
#include "server/storage/sqlite_connection.hpp"

#include <vector>

namespace wsd {

// Reads and writes revocations and suspensions, within the writer's transaction.
class sqlite_exclusions {
  public:
    explicit sqlite_exclusions(sqlite_connection& connection);

    // As in log_tables.
    void put(const revocation& what, timestamp now);
    void put(const suspension& what);
    void read(std::vector<exclusion>& out);

  private:
    sqlite_statement drop_over_;
    sqlite_statement drop_covered_;
    sqlite_statement revoke_;
    sqlite_statement suspend_;
    sqlite_statement lift_;
    sqlite_statement revocations_;
    sqlite_statement suspensions_;
};

} // namespace wsd
