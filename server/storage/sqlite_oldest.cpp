#include "server/storage/sqlite_oldest.hpp"

#include "common/state/client_id_index.hpp"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <vector>

namespace wsd {
namespace {

struct named_message { // by its sender
    std::uint64_t code = 0;
    chat_key chat = chat_key::none;
    std::uint64_t offset = 0;
};

} // namespace

sqlite_oldest::sqlite_oldest(sqlite_connection& connection, const hash_seed& seed)
    : hash_(seed), find_removed_(connection, "SELECT (SELECT value FROM meta WHERE name='removed'), "
                                             "(SELECT value FROM meta WHERE name='removed_at')"),
      oldest_(connection, "SELECT id, chat, chat_seq, sender, sent_at, client_id FROM messages WHERE id>? AND id<=? "
                          "ORDER BY id LIMIT ?"),
      remove_client_id_(connection, "DELETE FROM client_ids WHERE code=? AND chat=? AND message=?"),
      remove_messages_(connection, "DELETE FROM messages WHERE id>? AND id<=?"),
      // The last row stays: it tells where the chat goes on.
      trim_chat_(connection, "DELETE FROM chat_log WHERE chat=?1 AND first<"
                             "(SELECT max(first) FROM chat_log WHERE chat=?1 AND first<=?2)"),
      set_removed_(connection,
                   "UPDATE meta SET value=CASE name WHEN 'removed' THEN ?1 ELSE ?2 END WHERE name IN ('removed', "
                   "'removed_at')") {}

log_tables::last_message sqlite_oldest::find_removed() {
    log_tables::last_message last;
    if (find_removed_.step())
        last = {.offset = find_removed_.number(0), .sent_at = static_cast<timestamp>(find_removed_.number(1))};
    find_removed_.reset();
    return last;
}

log_tables::last_message sqlite_oldest::remove(const log_tables::last_message& removed, std::uint64_t to,
                                               std::size_t max) {
    log_tables::last_message last = removed;
    std::vector<named_message> named;
    std::unordered_map<std::uint64_t, std::uint64_t> chats; // highest chat_seq that goes
    oldest_.bind(removed.offset, to, max);
    while (oldest_.step()) {
        last = {.offset = oldest_.number(0), .sent_at = static_cast<timestamp>(oldest_.number(4))};
        const auto chat = oldest_.number(1);
        chats[chat] = std::max(chats[chat], oldest_.number(2));
        if (oldest_.is_null(5)) continue;
        const auto sender = static_cast<user_key>(oldest_.number(3));
        named.push_back({.code = client_code(hash_, sender, oldest_.text(5)),
                         .chat = static_cast<chat_key>(chat),
                         .offset = last.offset});
    }
    oldest_.reset();
    if (last.offset == removed.offset) return last;
    for (const named_message& each : named) remove_client_id(each.code, each.chat, each.offset);
    for (const auto& [chat, chat_seq] : chats) trim_chat_.bind(chat, chat_seq).run();
    remove_messages_.bind(removed.offset, last.offset).run();
    set_removed_.bind(last.offset, last.sent_at).run();
    return last;
}

} // namespace wsd
