#include "server/storage/sqlite_version.hpp"

#include <sqlite3.h>

namespace wsd {

std::string_view sqlite_version() noexcept { return sqlite3_libversion(); }

} // namespace wsd
