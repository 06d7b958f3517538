#include "server/storage/sqlite_folder.hpp"

#include "server/storage/sqlite_rows.hpp"

#include <algorithm>
#include <string>

namespace wsd {
namespace {

// Several rows with one statement cost a third of what they cost one by one.
constexpr std::size_t ids_per_statement = 32;
constexpr const char* put_client_id_sql = "INSERT OR REPLACE INTO client_ids(code, chat, message)";

void append_code(std::string& bytes, std::uint64_t code) {
    for (int i = 0; i < 8; ++i, code >>= 8) bytes += static_cast<char>(code & 0xff);
}

} // namespace

sqlite_folder::sqlite_folder(sqlite_connection& connection)
    : connection_(connection),
      last_entries_(connection, "SELECT first, entries, checksum FROM inbox WHERE user=? ORDER BY first DESC LIMIT 1"),
      put_entries_(connection, "INSERT OR REPLACE INTO inbox(user, first, entries, checksum) VALUES(?,?,?,?)"),
      last_places_(connection,
                   "SELECT first, messages, checksum FROM chat_log WHERE chat=? ORDER BY first DESC LIMIT 1"),
      put_places_(connection, "INSERT OR REPLACE INTO chat_log(chat, first, messages, checksum) VALUES(?,?,?,?)"),
      put_client_id_(connection, put_client_id_sql, "(?,?,?)", 1),
      put_client_ids_(connection, put_client_id_sql, "(?,?,?)", static_cast<int>(ids_per_statement)) {}

bool sqlite_folder::fold_entries(user_key user, std::uint64_t first, std::span<const std::uint64_t> codes) {
    return append(last_entries_, put_entries_, static_cast<std::uint64_t>(user), first, codes);
}

bool sqlite_folder::fold_places(chat_key chat, std::uint64_t first, std::span<const std::uint64_t> offsets) {
    return append(last_places_, put_places_, static_cast<std::uint64_t>(chat), first, offsets);
}

bool sqlite_folder::fold_client_ids(std::span<const log_overlay::client_item> ids) {
    for (; ids.size() >= ids_per_statement; ids = ids.subspan(ids_per_statement)) {
        int parameter = 1;
        for (const auto& [code, at] : ids.first(ids_per_statement)) {
            put_client_ids_.bind_from(parameter, code, at.chat, at.offset);
            parameter += 3;
        }
        if (!put_client_ids_.run()) return false;
    }
    for (const auto& [code, at] : ids) {
        if (!put_client_id_.bind(code, at.chat, at.offset).run()) return false;
    }
    return true;
}

bool sqlite_folder::append(sqlite_statement& last, sqlite_statement& put, std::uint64_t owner, std::uint64_t first,
                           std::span<const std::uint64_t> items) {
    std::uint64_t row_first = first;
    std::string bytes;
    if (last.bind(owner).step()) {
        const auto known = last.bytes(1);
        const auto end = last.number(0) + known.size() / 8;
        if (checksum_of(owner, last.number(0), known) != last.number(2)) {
            connection_.note_damage("a row of an index is not as it was written");
        } else if (end != first) {
            connection_.note_damage("the index does not go on where it ended");
        } else if (known.size() / 8 < entries_per_row) {
            row_first = last.number(0);
            bytes = known;
        }
    }
    last.reset();
    while (!items.empty()) {
        const auto room = entries_per_row - bytes.size() / 8;
        const auto now = items.first(std::min(room, items.size()));
        for (const std::uint64_t item : now) append_code(bytes, item);
        const auto checksum = checksum_of(owner, row_first, bytes);
        if (!put.bind(owner, row_first, sqlite_blob{bytes}, checksum).run()) return false;
        items = items.subspan(now.size());
        row_first += bytes.size() / 8;
        bytes.clear();
    }
    return !connection_.failed();
}

} // namespace wsd
