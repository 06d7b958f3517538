#include "server/storage/sqlite_tables.hpp"
#include "common/base/planted_fault.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace wsd {
namespace {

// How much folding one commit does at most, in rows.
constexpr std::size_t fold_budget = 1024;
// The mark is written when it has moved by this many messages: after a crash as many more are looked at.
constexpr std::uint64_t folded_mark_distance = 4096;
// Of the chats in which a sender used one id so many are searched, the youngest, when the chat is not said.
constexpr std::uint64_t chats_per_client_id_max = 1000;

constexpr int message_columns = 13;
constexpr const char* add_message_sql = "INSERT INTO messages(id, chat, chat_seq, sender, recipient, sender_seq, "
                                        "recipient_seq, sent_at, state, type, checksum, client_id, content)";
constexpr const char* add_message_row = "(?,?,?,?,?,?,?,?,?,?,?,?,?)";
constexpr int type_parameter = 10;
constexpr int client_id_parameter = 12;

} // namespace

sqlite_tables::sqlite_tables(sqlite_connection& connection, shared_overlay& overlay, const hash_seed& seed,
                             std::uint64_t entries_max)
    : sqlite_lookups(rows_), connection_(connection), overlay_(overlay), hash_(seed), entries_max_(entries_max),
      rows_(connection), rooms_(connection), exclusions_(connection), folder_(connection), oldest_(connection, seed),
      buffer_(buffer_max), begin_(connection, "BEGIN IMMEDIATE"), commit_(connection, "COMMIT"),
      last_message_(connection, "SELECT id, sent_at FROM messages ORDER BY id DESC LIMIT 1"),
      client_id_(connection, "SELECT message FROM client_ids WHERE code=? AND chat=? ORDER BY message DESC"),
      all_client_ids_(connection, "SELECT message FROM client_ids WHERE code=? ORDER BY chat DESC LIMIT ?"),
      client_id_of_(connection, "SELECT client_id FROM messages WHERE id=?"),
      devices_(connection, "SELECT device, position, hello FROM devices WHERE user=?"),
      add_user_(connection, "INSERT INTO users(name) VALUES(?)"),
      add_direct_(connection, "INSERT INTO chats(low, high) VALUES(?,?)"),
      set_wrote_(connection, "UPDATE chats SET wrote=? WHERE id=?"),
      add_message_(connection, add_message_sql, add_message_row, 1),
      add_messages_(connection, add_message_sql, add_message_row, static_cast<int>(buffer_max)),
      add_mutation_(connection,
                    "INSERT INTO messages(id, chat, chat_seq, sender, recipient, sender_seq, recipient_seq, "
                    "sent_at, state, checksum, target) VALUES(?,?,?,?,?,?,?,?,?,?,?)"),
      change_message_(connection,
                      "UPDATE messages SET content=?, edited_at=nullif(?,0), deleted_at=nullif(?,0), "
                      "deleted_by=nullif(?,0), link=?, checksum=?, first_content=coalesce(first_content,?) WHERE id=?"),
      set_link_(connection, "UPDATE messages SET link=? WHERE id=?"),
      first_content_(connection, "SELECT first_content FROM messages WHERE id=?"),
      set_state_(connection, "UPDATE messages SET state=? WHERE id=?"),
      set_settled_(connection, "UPDATE users SET settled=? WHERE id=?"),
      set_floor_(connection, "UPDATE users SET floor=? WHERE id=?"),
      // The row that the floor lies in stays.
      trim_log_(connection, "DELETE FROM inbox WHERE user=?1 AND first<"
                            "(SELECT max(first) FROM inbox WHERE user=?1 AND first<=?2)"),
      users_after_(connection, "SELECT id FROM users WHERE id>? ORDER BY id LIMIT ?"),
      message_from_(connection, "SELECT id, sent_at FROM messages WHERE id>=? ORDER BY id LIMIT 1"),
      set_read_position_(connection, "INSERT OR REPLACE INTO read_positions(user, chat, chat_seq) VALUES(?,?,?)"),
      put_device_(connection, "INSERT OR REPLACE INTO devices(user, device, position, hello) VALUES(?,?,?,?)"),
      remove_device_(connection, "DELETE FROM devices WHERE user=? AND device=?"),
      set_folded_(connection, "UPDATE meta SET value=? WHERE name='folded'"),
      folded_mark_(static_cast<std::uint64_t>(connection.query_integer("SELECT value FROM meta WHERE name='folded'"))),
      removed_(oldest_.find_removed()), places_from_(rooms_.first_places(folded_mark_ + 1)) {}

void sqlite_tables::begin() { begin_.run(); }

bool sqlite_tables::commit() {
    write_messages();
    save_folded_mark(folded_mark_distance);
    drop_places();
    overlay_.fold(folder_, fold_budget, fold_below_);
    if (connection_.failed() || !commit_.run()) return false;
    overlay_.change([](log_overlay& overlay) { overlay.publish(); });
    return true;
}

void sqlite_tables::roll_back() {
    buffer_.clear();
    connection_.roll_back();
    overlay_.change([](log_overlay& overlay) { overlay.discard(); });
}

bool sqlite_tables::mark_closed() {
    begin();
    save_folded_mark(1);
    connection_.execute("UPDATE meta SET value=1 WHERE name='clean'");
    return !connection_.failed() && commit_.run();
}

void sqlite_tables::save_folded_mark(std::uint64_t distance) {
    const auto mark = overlay_.mine().folded_up_to();
    if (mark < folded_mark_ + distance) return;
    set_folded_.bind(mark).run();
    folded_mark_ = mark;
}

std::optional<user_row> sqlite_tables::find_user(const user_id& user) {
    const auto key = rows_.find_user_key(user);
    if (!key) return std::nullopt;
    const auto marks = rows_.read_marks(*key);
    const auto pending = overlay_.mine().find_log(*key, log_overlay::view::all);
    const auto head = pending ? pending->last : std::max(rows_.log_end(*key), marks.floor - 1);
    user_row row{
        .key = *key, .head = head, .floor = marks.floor, .settled = marks.settled, .stored_floor = marks.floor};
#ifdef WSD_PLANTED
    if (is_planted("seq_reused") && row.head > 0) --row.head;
#endif
    apply_retention(row, entries_max_);
    return row;
}

std::optional<direct_row> sqlite_tables::find_direct(direct_pair users) {
    auto row = rows_.find_direct(users);
    if (!row) return std::nullopt;
    if (const auto pending = overlay_.mine().find_chat(row->key, log_overlay::view::all)) row->head = pending->last;
    return row;
}

void sqlite_tables::read_entries(user_key user, std::uint64_t from, std::uint64_t to, std::vector<entry_row>& out) {
    const auto& overlay = overlay_.mine();
    const auto pending = overlay.find_log(user, log_overlay::view::all);
    if (!pending || from < pending->first)
        rows_.read_entries(user, from, pending ? std::min(to, pending->first - 1) : to, out);
    overlay.read_entries(user, from, to, log_overlay::view::all, out);
}

std::uint64_t sqlite_tables::find_chat_head(chat_key chat) {
    const auto pending = overlay_.mine().find_chat(chat, log_overlay::view::all);
    return pending ? pending->last : rows_.chat_end(chat);
}

void sqlite_tables::read_places(chat_key chat, std::uint64_t from, std::uint64_t to, std::vector<place_row>& out) {
    const auto& overlay = overlay_.mine();
    const auto pending = overlay.find_chat(chat, log_overlay::view::all);
    if (!pending || from < pending->first)
        rows_.read_places(chat, from, pending ? std::min(to, pending->first - 1) : to, out);
    overlay.read_places(chat, from, to, log_overlay::view::all, out);
}

log_tables::last_message sqlite_tables::find_last_message() {
    last_message last = removed_;
    if (last_message_.step())
        last = {.offset = last_message_.number(0), .sent_at = static_cast<timestamp>(last_message_.number(1))};
    last_message_.reset();
    return last;
}

bool sqlite_tables::has_client_id(std::uint64_t offset, std::string_view client_id) {
    if (buffer_.reaches(offset)) write_messages();
    const bool same = client_id_of_.bind(offset).step() && client_id_of_.text(0) == client_id;
    client_id_of_.reset();
    return same;
}

std::uint64_t sqlite_tables::find_client_id(const client_key& key) {
    const auto code = client_code(hash_, key.sender, key.client_id);
    const auto pending = overlay_.mine().client_ids().find(code, [&](const client_id_index::place& at) {
        return at.chat == key.chat && has_client_id(at.offset, key.client_id);
    });
    if (pending != 0) return pending;
    std::uint64_t found = 0;
    client_id_.bind(code, key.chat);
    while (found == 0 && client_id_.step()) {
        const auto offset = client_id_.number(0);
        if (has_client_id(offset, key.client_id)) found = offset;
    }
    client_id_.reset();
    return found;
}

std::uint64_t sqlite_tables::find_newest_client_id(user_key sender, std::string_view client_id,
                                                   const offset_filter& counts) {
    const auto code = client_code(hash_, sender, client_id);
    const auto is_it = [&](std::uint64_t offset) { return has_client_id(offset, client_id) && counts(offset); };
    const auto pending =
        overlay_.mine().client_ids().find(code, [&](const client_id_index::place& at) { return is_it(at.offset); });
    if (pending != 0) return pending;
    std::vector<std::uint64_t> offsets;
    all_client_ids_.bind(code, chats_per_client_id_max);
    while (all_client_ids_.step()) offsets.push_back(all_client_ids_.number(0));
    std::sort(offsets.rbegin(), offsets.rend());
    const auto newest = std::find_if(offsets.begin(), offsets.end(), is_it);
    return newest == offsets.end() ? 0 : *newest;
}

void sqlite_tables::read_devices(user_key user, std::vector<device_row>& out) {
    devices_.bind(user);
    while (devices_.step()) {
        device_row row{.device = {std::string(devices_.text(0))}, .hello = devices_.number(2)};
        if (!devices_.is_null(1)) row.position = devices_.number(1);
        out.push_back(std::move(row));
    }
}

user_key sqlite_tables::add_user(const user_id& user) {
    if (!add_user_.bind(user.value).run()) return user_key::none;
    return static_cast<user_key>(connection_.last_insert_id());
}

chat_key sqlite_tables::add_direct(direct_pair users) {
    if (!add_direct_.bind(users.low, users.high).run()) return chat_key::none;
    return static_cast<chat_key>(connection_.last_insert_id());
}

void sqlite_tables::set_wrote(chat_key chat, bool low, bool high) {
    set_wrote_.bind((low ? 1 : 0) | (high ? 2 : 0), chat).run();
}

void sqlite_tables::add_message(const message_row& row, const std::shared_ptr<const message_record>& record) {
    buffer_.add(row, record);
    const auto& client_id = record->client_message_id;
    const auto code = client_code(hash_, row.sender, client_id);
    overlay_.change([&](log_overlay& overlay) {
        overlay.add_entry(row.sender, row.sender_seq, {.offset = row.offset, .own = true});
        overlay.add_entry(row.recipient, row.recipient_seq, {.offset = row.offset});
        overlay.add_place(row.chat, row.chat_seq, {.offset = row.offset, .by_low = row.sender < row.recipient});
        if (!client_id.empty()) overlay.add_client_id(code, row.chat, row.offset);
    });
    if (buffer_.size() >= buffer_max) write_messages();
}

void sqlite_tables::write_messages() {
    const auto all = buffer_.view();
    if (all.size() == buffer_max) {
        write_messages(add_messages_, all);
    } else {
        for (std::size_t i = 0; i < all.size(); ++i) write_messages(add_message_, all.subspan(i, 1));
    }
    buffer_.clear();
}

void sqlite_tables::write_messages(sqlite_statement& statement, std::span<const message_buffer::item> messages) {
    int first = 1;
    for (const auto& [row, record] : messages) {
        const auto& client_id = record->client_message_id;
        statement.bind_from(first, row.offset, row.chat, row.chat_seq, row.sender, row.recipient, row.sender_seq,
                            row.recipient_seq, row.sent_at, stored_as(row), record->message_type,
                            checksum_of(row, *record), client_id, record->content);
        if (record->message_type.empty()) statement.bind_at(first + type_parameter - 1, nullptr);
        if (client_id.empty()) statement.bind_at(first + client_id_parameter - 1, nullptr);
        first += message_columns;
    }
    statement.run();
}

std::uint64_t sqlite_tables::count_deleted(chat_key chat, user_key reader, std::uint64_t from, std::uint64_t to) {
    write_messages();
    return rows_.count_deleted(chat, reader, from, to);
}

void sqlite_tables::set_floor(user_key user, std::uint64_t floor) {
    set_floor_.bind(floor, user).run();
    trim_log_.bind(user, floor).run();
}

void sqlite_tables::read_users(user_key after, std::size_t max, std::vector<user_key>& out) {
    users_after_.bind(after, max);
    while (users_after_.step()) out.push_back(static_cast<user_key>(users_after_.number(0)));
    users_after_.reset();
}

// Time never goes back from one message to the next.
std::uint64_t sqlite_tables::find_first_since(timestamp time) {
    write_messages();
    std::uint64_t low = removed_.offset + 1; // everything below it is older
    std::uint64_t high = find_last_message().offset + 1;
    while (low < high) {
        const auto middle = low + (high - low) / 2;
        const bool found = message_from_.bind(middle).step();
        const auto offset = found ? message_from_.number(0) : high - 1; // all of them were removed by age
        const bool older = !found || static_cast<timestamp>(message_from_.number(1)) < time;
        message_from_.reset();
        if (connection_.failed()) return 0;
        if (older) {
            low = offset + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

std::optional<message_row> sqlite_tables::find_message(std::uint64_t offset) {
    if (buffer_.reaches(offset)) write_messages();
    return rows_.find_message(offset);
}

log_source::full_message sqlite_tables::read_message(std::uint64_t offset, std::uint16_t tag) {
    if (buffer_.reaches(offset)) write_messages();
    return rows_.read_message(offset, tag);
}

void sqlite_tables::set_state(std::uint64_t offset, message_state state) {
    if (buffer_.reaches(offset)) write_messages();
    set_state_.bind(stored_state(state), offset).run();
}

void sqlite_tables::set_settled(user_key user, std::uint64_t settled) { set_settled_.bind(settled, user).run(); }

void sqlite_tables::set_read_position(user_key user, chat_key chat, std::uint64_t chat_seq) {
    set_read_position_.bind(user, chat, chat_seq).run();
}

void sqlite_tables::put_device(user_key user, const device_row& device) {
    put_device_.bind(user, device.device.value, device.position.value_or(0), device.hello);
    if (!device.position) put_device_.bind_at(3, nullptr);
    put_device_.run();
}

void sqlite_tables::remove_device(user_key user, const device_id& device) {
    remove_device_.bind(user, device.value).run();
}

} // namespace wsd
