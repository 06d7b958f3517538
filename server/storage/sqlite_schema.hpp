#pragma once

#include "server/storage/sqlite_connection.hpp"

#include <span>
#include <string>

namespace wsd {

// Step i brings a database from version i to i + 1; version 0 is an empty file. Steps are never changed once released.
// They may use row_checksum(owner, first, bytes), see checksum_of.
[[nodiscard]] std::span<const char* const> schema_steps();

// Brings the database to the newest version, each step in a transaction of its own. Empty: done. Else what is wrong and
// what to do, also when the database is of a version that this program does not know.
[[nodiscard]] std::string migrate(sqlite_connection& database, const std::string& path,
                                  std::span<const char* const> steps = schema_steps());

} // namespace wsd
