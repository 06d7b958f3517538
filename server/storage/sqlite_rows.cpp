#include "server/storage/sqlite_rows.hpp"

#include "common/protocol/chat_id.hpp"
#include "common/state/entry_code.hpp"
#include "server/storage/row_checksum.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace wsd {
namespace {

// The columns of `messages` that read_row expects, in its order; then those of read_texts.
#define WSD_MESSAGE_COLUMNS(STATE)                                                                                     \
    "id, chat, chat_seq, sender, recipient, sender_seq, recipient_seq, sent_at, " STATE                                \
    ", target, link, edited_at, deleted_at, deleted_by"
#define WSD_TEXT_COLUMNS ", type, checksum, client_id, content"
// A direct message that its row calls sent is delivered when its recipient's mark has passed it.
#define WSD_PRESENT_STATE                                                                                              \
    "CASE WHEN state=16 AND recipient_seq>0 AND recipient_seq<=(SELECT settled FROM users WHERE users.id=recipient) "  \
    "THEN 17 ELSE state END"
constexpr int state_column = 8;
constexpr int type_column = 14;
constexpr int checksum_column = 15;
constexpr int client_id_column = 16;
constexpr int content_column = 17;
constexpr const char* index_damage = "a row of an index is not as it was written";

message_row read_row(const sqlite_statement& from) {
    return {.offset = from.number(0),
            .chat = static_cast<chat_key>(from.number(1)),
            .chat_seq = from.number(2),
            .sender = static_cast<user_key>(from.number(3)),
            .recipient = static_cast<user_key>(from.number(4)),
            .sender_seq = from.number(5),
            .recipient_seq = from.number(6),
            .sent_at = static_cast<timestamp>(from.number(7)),
            .state = state_of(from.number(state_column)),
            .kind = kind_of(from.number(state_column)),
            .target = from.number(9),
            .link = from.number(10),
            .edited_at = static_cast<timestamp>(from.number(11)),
            .deleted_at = static_cast<timestamp>(from.number(12)),
            .deleted_by = static_cast<user_key>(from.number(13))};
}

// False: the row is not as it was written.
bool read_texts(const sqlite_statement& from, const message_row& row, message_record& record) {
    record.client_message_id = from.text(client_id_column);
    record.content = from.text(content_column);
    record.message_type = from.text(type_column);
    return checksum_of(row, record) == from.number(checksum_column) && is_stored(from.number(state_column));
}

} // namespace

sqlite_rows::sqlite_rows(sqlite_connection& connection)
    : connection_(connection), names_(names_max), rooms_(connection),
      removed_(connection, "SELECT value FROM meta WHERE name='removed'"),
      user_by_name_(connection, "SELECT id FROM users WHERE name=?"),
      marks_(connection, "SELECT floor, settled FROM users WHERE id=?"),
      name_(connection, "SELECT name FROM users WHERE id=?"),
      direct_(connection, "SELECT id, wrote FROM chats WHERE low=? AND high=?"),
      log_end_(connection, "SELECT first, entries, checksum FROM inbox WHERE user=? ORDER BY first DESC LIMIT 1"),
      chat_end_(connection, "SELECT first, messages, checksum FROM chat_log WHERE chat=? ORDER BY first DESC LIMIT 1"),
      entries_(connection,
               "SELECT first, entries, checksum FROM inbox WHERE user=? AND first>? AND first<=? ORDER BY first"),
      places_(connection,
              "SELECT first, messages, checksum FROM chat_log WHERE chat=? AND first>? AND first<=? ORDER BY first"),
      directs_(connection, "SELECT id, low, high FROM chats WHERE low=?1 UNION ALL "
                           "SELECT id, low, high FROM chats WHERE high=?1"),
      message_(connection, "SELECT " WSD_MESSAGE_COLUMNS(WSD_PRESENT_STATE) " FROM messages WHERE id=?"),
      full_message_(connection,
                    "SELECT " WSD_MESSAGE_COLUMNS(WSD_PRESENT_STATE) WSD_TEXT_COLUMNS " FROM messages WHERE id=?"),
      read_position_(connection, "SELECT chat_seq FROM read_positions WHERE user=? AND chat=?"),
      deleted_(connection, "SELECT count(*) FROM messages WHERE chat=? AND sender<>? AND chat_seq>=? AND chat_seq<=? "
                           "AND deleted_at IS NOT NULL"),
      older_contacts_(connection, "SELECT id, low FROM chats WHERE high=? AND id>? AND wrote=3 ORDER BY id LIMIT ?"),
      newer_contacts_(connection, "SELECT high FROM chats WHERE low=? AND high>? AND wrote=3 ORDER BY high LIMIT ?") {}

std::uint64_t sqlite_rows::removed_up_to() {
    const std::uint64_t offset = removed_.step() ? removed_.number(0) : 0;
    removed_.reset();
    return offset;
}

std::optional<user_key> sqlite_rows::find_user_key(const user_id& user) {
    std::optional<user_key> key;
    if (user_by_name_.bind(user.value).step()) key = static_cast<user_key>(user_by_name_.number(0));
    user_by_name_.reset();
    return key;
}

sqlite_rows::user_marks sqlite_rows::read_marks(user_key user) {
    user_marks marks;
    if (marks_.bind(user).step()) marks = {.floor = marks_.number(0), .settled = marks_.number(1)};
    marks_.reset();
    return marks;
}

user_id sqlite_rows::user_name(user_key user) {
    if (auto known = names_.find(user)) return *std::move(known);
    user_id name;
    if (name_.bind(user).step()) name.value = name_.text(0);
    name_.reset();
    if (!name.empty()) names_.put(user, name);
    return name;
}

std::optional<direct_row> sqlite_rows::find_direct(direct_pair users) {
    std::optional<direct_row> row;
    if (direct_.bind(users.low, users.high).step()) {
        const auto wrote = direct_.number(1);
        row = direct_row{.key = static_cast<chat_key>(direct_.number(0)),
                         .low_wrote = (wrote & 1) != 0,
                         .high_wrote = (wrote & 2) != 0};
    }
    direct_.reset();
    if (row) row->head = chat_end(row->key);
    return row;
}

std::uint64_t sqlite_rows::log_end(user_key user) { return find_end(log_end_, static_cast<std::uint64_t>(user)); }

std::uint64_t sqlite_rows::chat_end(chat_key chat) { return find_end(chat_end_, static_cast<std::uint64_t>(chat)); }

std::uint64_t sqlite_rows::find_end(sqlite_statement& last_row, std::uint64_t owner) {
    std::uint64_t end = 0;
    if (last_row.bind(owner).step()) {
        const auto first = last_row.number(0);
        const auto bytes = last_row.bytes(1);
        end = first + bytes.size() / 8 - 1;
        if (checksum_of(owner, first, bytes) != last_row.number(2)) connection_.note_damage(index_damage);
    }
    last_row.reset();
    return end;
}

template <class Owner, class Fn>
void sqlite_rows::read_run(sqlite_statement& rows, Owner owner, std::uint64_t from, std::uint64_t to, Fn&& fn) {
    if (from > to) return;
    rows.bind(owner, from > entries_per_row ? from - entries_per_row : 0, to);
    auto next = from;
    while (rows.step()) {
        const auto first = rows.number(0);
        const auto bytes = rows.bytes(1);
        if (checksum_of(static_cast<std::uint64_t>(owner), first, bytes) != rows.number(2)) {
            connection_.note_damage(index_damage);
            break;
        }
        const auto last = std::min(to, first + bytes.size() / 8 - 1);
        if (last < next) continue;
        if (first > next) break; // a hole: what follows can't be counted
        for (; next <= last; ++next) fn(read_code(bytes, next - first));
    }
    rows.reset();
}

void sqlite_rows::read_entries(user_key user, std::uint64_t from, std::uint64_t to, std::vector<entry_row>& out) {
    read_run(entries_, user, from, to, [&out](std::uint64_t code) { out.push_back(decode_entry(code)); });
}

void sqlite_rows::read_places(chat_key chat, std::uint64_t from, std::uint64_t to, std::vector<place_row>& out) {
    read_run(places_, chat, from, to, [&out](std::uint64_t code) { out.push_back(decode_place(code)); });
}

void sqlite_rows::read_directs(user_key user, std::vector<direct_place>& out) {
    directs_.bind(user);
    while (directs_.step()) {
        out.push_back({.chat = static_cast<chat_key>(directs_.number(0)),
                       .users = {.low = static_cast<user_key>(directs_.number(1)),
                                 .high = static_cast<user_key>(directs_.number(2))}});
    }
    directs_.reset();
}

std::optional<message_row> sqlite_rows::find_message(std::uint64_t offset) {
    std::optional<message_row> row;
    if (message_.bind(offset).step()) row = read_row(message_);
    message_.reset();
    return row;
}

log_source::full_message sqlite_rows::read_message(std::uint64_t offset, std::uint16_t tag) {
    auto record = std::make_shared<message_record>();
    message_row row;
    bool intact = false;
    if (full_message_.bind(offset).step()) {
        row = read_row(full_message_);
        intact = read_texts(full_message_, row, *record);
    }
    full_message_.reset();
    if (!intact) return {};
    record->id = message_id::make(row.sent_at, tag, row.offset);
    record->chat_seq = row.chat_seq;
    record->sender = user_name(row.sender);
    if (row.recipient != user_key::none) record->recipient = user_name(row.recipient);
    if (is_room(row.chat)) record->room = rooms_.find_id(row.chat);
    record->chat = is_room(row.chat) ? room_chat_id(record->room) : direct_chat_id(record->sender, record->recipient);
    record->sent_at = row.sent_at;
    if (row.edited_at != 0) record->edited_at = row.edited_at;
    if (row.deleted_at != 0) record->deleted_at = row.deleted_at;
    if (row.deleted_by != user_key::none) record->deleted_by = user_name(row.deleted_by);
    if (connection_.failed()) return {};
    return {.row = row, .record = std::move(record)};
}

void sqlite_rows::read_messages_above(std::uint64_t offset, const message_reader& fn) {
    sqlite_statement messages(connection_, "SELECT " WSD_MESSAGE_COLUMNS("state") WSD_TEXT_COLUMNS
                              " FROM messages WHERE id>? ORDER BY id");
    messages.bind(offset);
    message_record texts;
    while (messages.step()) {
        const message_row row = read_row(messages);
        if (!read_texts(messages, row, texts))
            return connection_.note_damage("message " + std::to_string(row.offset) + " is not as it was written");
        fn(row, texts);
    }
}

std::uint64_t sqlite_rows::find_read_position(user_key user, chat_key chat) {
    std::uint64_t position = 0;
    if (read_position_.bind(user, chat).step()) position = read_position_.number(0);
    read_position_.reset();
    return position;
}

std::uint64_t sqlite_rows::count_deleted(chat_key chat, user_key reader, std::uint64_t from, std::uint64_t to) {
    std::uint64_t count = 0;
    if (deleted_.bind(chat, reader, from, to).step()) count = deleted_.number(0);
    deleted_.reset();
    return count;
}

// First those with lower keys than the user's, by chat, then those with higher ones: as the two indexes have them, so
// that no page goes through what the pages before it held.
void sqlite_rows::read_contacts(user_key user, contact_place& at, std::size_t max, std::vector<user_id>& out) {
    std::vector<user_key> keys;
    older_contacts_.bind(user, at.chat, max);
    while (older_contacts_.step()) {
        at.chat = older_contacts_.number(0);
        keys.push_back(static_cast<user_key>(older_contacts_.number(1)));
    }
    newer_contacts_.bind(user, at.user, max - keys.size());
    while (newer_contacts_.step()) {
        at.user = newer_contacts_.number(0);
        keys.push_back(static_cast<user_key>(at.user));
    }
    for (const user_key key : keys) out.push_back(user_name(key));
}

std::uint64_t checksum_of(const message_row& row, const message_record& texts) {
    row_checksum sum(row.offset);
    for (const std::uint64_t value :
         {static_cast<std::uint64_t>(row.chat), row.chat_seq, static_cast<std::uint64_t>(row.sender),
          static_cast<std::uint64_t>(row.recipient), row.sender_seq, row.recipient_seq,
          static_cast<std::uint64_t>(row.sent_at), row.target, static_cast<std::uint64_t>(row.edited_at),
          static_cast<std::uint64_t>(row.deleted_at), static_cast<std::uint64_t>(row.deleted_by),
          static_cast<std::uint64_t>(row.kind)}) {
        sum.add(value);
    }
    sum.add(texts.message_type);
    sum.add(texts.client_message_id);
    sum.add(texts.content);
    return sum.value();
}

} // namespace wsd
