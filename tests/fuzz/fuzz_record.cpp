#include "common/base/ensure.hpp"
#include "server/storage/sqlite_connection.hpp"
#include "server/storage/sqlite_log.hpp"
#include "tests/fuzz/log_uses.hpp"
#include "tests/fuzz/targets.hpp"
#include "tests/support/temporary_directory.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

namespace wsd::fuzz {
namespace {

constexpr std::array files{"wsd.db", "wsd.db-wal", "wsd.mark"};

std::string read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

void write_file(const std::string& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }

opened_log open_log(const test::temporary_directory& folder, const log_retention& keep = {}) {
    return open_sqlite_log({.directory = folder.path(), .level = durability::os, .fold_window = 8, .keep = keep});
}

log_outcome apply(message_log& log, log_operation operation) {
    const std::vector<log_operation> operations{std::move(operation)};
    std::vector<log_outcome> outcomes(1, log_outcome{errc::invalid});
    ensure(log.commit(operations, outcomes, now).has_value(), "an intact log can be written");
    return outcomes.front();
}

// Everything that a log shows: for each user the entries of its log, for each chat the messages. A line says all that
// must not change, and not how far a message has come.
struct shown_log {
    std::array<std::vector<std::string>, users.size()> entries;
    std::vector<std::vector<std::string>> chats;
    bool whole = true; // no answer was a refusal
};

std::string describe(const message_record& message) {
    return message.id.to_string() + " " + std::to_string(message.chat_seq) + " " + message.sender.value + " " +
           message.recipient.value + " " + message.room.value + " " + message.content + " " + message.message_type +
           " " + std::to_string(message.sent_at) + " " + std::to_string(message.edited_at.value_or(0)) + " " +
           std::to_string(message.deleted_at.value_or(0));
}

std::vector<std::string> read_entries(log_reader& reader, const char* user, bool& whole) {
    std::vector<std::string> lines;
    const auto page =
        reader.read_page({.user = {user}, .from = 1, .to = 100, .max_entries = 200, .max_bytes = 1 << 20});
    whole = whole && page.has_value();
    if (!page) return lines;
    for (const log_entry& entry : page->entries) {
        ensure(entry.seq == lines.size() + 1, "a log has no holes");
        lines.push_back(std::to_string(static_cast<int>(entry.kind)) + (entry.hidden ? " hidden " : " ") +
                        describe(*entry.message));
    }
    return lines;
}

std::vector<std::string> read_chat(log_reader& reader, const history_request& request, bool& whole) {
    std::vector<std::string> lines;
    const auto answer = reader.ask(request);
    whole = whole && answer.has_value();
    if (!answer) return lines;
    for (const auto& item : std::get<history_page>(*answer).messages) lines.push_back(describe(*item.message));
    return lines;
}

shown_log read_log(log_reader& reader) {
    shown_log shown;
    for (std::size_t i = 0; i < users.size(); ++i) shown.entries[i] = read_entries(reader, users[i], shown.whole);
    for (const char* user : users) {
        for (const char* peer : users)
            shown.chats.push_back(read_chat(reader, {.user = {user}, .peer = {peer}}, shown.whole));
        shown.chats.push_back(read_chat(reader, {.user = {user}, .room = {"club"}}, shown.whole));
    }
    return shown;
}

struct sample {
    std::array<std::string, files.size()> killed; // the files of a log whose process was killed,
    std::array<std::string, files.size()> closed; // and of the same log that was closed
    std::vector<std::size_t> pages; // of the closed one, where messages and their indexes are: rows with checksums
    shown_log shown;
    std::string epoch;
    std::vector<message_id> messages;
    std::vector<std::pair<std::string, std::string>> columns; // all there are, each with its table
};

constexpr std::size_t page_octets = 4096;

std::vector<std::size_t> find_pages(const std::string& path, const std::string& database) {
    std::vector<std::size_t> pages;
    sqlite_connection connection({.path = path});
    sqlite_statement roots(connection, "SELECT rootpage FROM sqlite_schema WHERE name IN "
                                       "('messages', 'inbox', 'chat_log', 'room_entries', 'client_ids')");
    while (roots.step()) pages.push_back(roots.number(0) - 1);
    for (std::size_t page = 0; page < database.size() / page_octets; ++page)
        if (database.substr(page * page_octets, page_octets).find("to all") != std::string::npos) pages.push_back(page);
    return pages;
}

std::array<std::string, files.size()> read_files(const test::temporary_directory& folder) {
    std::array<std::string, files.size()> read;
    for (std::size_t i = 0; i < files.size(); ++i) read[i] = read_file(folder.file(files[i]));
    return read;
}

std::vector<std::pair<std::string, std::string>> find_columns(const std::string& path) {
    std::vector<std::pair<std::string, std::string>> columns;
    sqlite_connection connection({.path = path});
    sqlite_statement all(connection, "SELECT s.name, c.name FROM sqlite_schema AS s, pragma_table_info(s.name) AS c "
                                     "WHERE s.type='table' AND s.name NOT LIKE 'sqlite_%'");
    while (all.step()) columns.emplace_back(all.text(0), all.text(1));
    return columns;
}

// A small log with a bit of everything.
sample make_sample() {
    const test::temporary_directory folder;
    const auto opened = open_log(folder);
    ensure(opened.log != nullptr, "a log can be made");
    message_log& log = *opened.log;
    (void)apply(log, change_room{.caller = {"anna"},
                                 .room = {"club"},
                                 .action = room_action::create{.members = {{"bob"}, {"carl"}}},
                                 .rules = {}});
    message_id last;
    std::vector<message_id> messages;
    for (int i = 0; i < 12; ++i) {
        const std::string sender = users[static_cast<std::size_t>(i) % 3],
                          recipient = users[static_cast<std::size_t>(i + 1) % 3];
        const auto sent = apply(log, append_direct{.sender = {sender},
                                                   .recipient = {recipient},
                                                   .content = sender + " to " + recipient + std::to_string(i),
                                                   .client_message_id = "c" + std::to_string(i)});
        last = std::get<appended>(sent).message->id;
        messages.push_back(last);
        if (i % 3 == 0) (void)apply(log, append_room{{sender}, {"club"}, "to all " + std::to_string(i), "text", ""});
        if (i % 4 == 1) (void)apply(log, edit_message{{sender}, last, "edited " + std::to_string(i)});
        if (i % 4 == 2) (void)apply(log, confirm_message{{recipient}, last, receipt_kind::read});
    }
    (void)apply(log, delete_message{{users[11 % 3]}, last});
    (void)apply(log, open_user{.user = {"bob"}, .device = {"phone"}, .pending = {}});
    (void)apply(log, confirm_up_to{{"bob"}, {"phone"}, 6});
    (void)apply(log, append_direct{{"dora"}, {"carl"}, "dora to carl", "d"});
    (void)apply(log, suspension{.user = {"dora"}});
    sample made{.killed = read_files(folder),
                .closed = {},
                .pages = {},
                .shown = read_log(*log.open_reader().value()),
                .epoch = log.identity().epoch,
                .messages = std::move(messages),
                .columns = {}};
    log.close();
    made.closed = read_files(folder);
    made.pages = find_pages(folder.file("wsd.db"), made.closed[0]);
    made.columns = find_columns(folder.file("wsd.db"));
    return made;
}

// Three octets say the place, the fourth what is changed there. SQLite looks at the whole of a log that was killed; of
// one that was closed only rows with checksums are changed.
void change_octet(std::array<std::string, files.size()>& changed, octets what, const std::vector<std::size_t>* pages) {
    std::size_t place = std::size_t{what[0]} << 16 | std::size_t{what[1]} << 8 | what[2];
    std::size_t file = 0;
    if (pages != nullptr) {
        place = (*pages)[place / page_octets % pages->size()] * page_octets + place % page_octets;
    } else {
        place %= changed[0].size() + changed[1].size() + changed[2].size();
        for (; place >= changed[file].size(); ++file) place -= changed[file].size();
    }
    char& octet = changed[file][place];
    octet = static_cast<char>(static_cast<unsigned char>(octet) ^ what[3]);
}

// Columns whose change must be noticed, or changes nothing that is shown. Who is who and who is in which room only the
// check of the pages covers.
struct column {
    const char* table;
    const char* key;
    const char* name;
};
constexpr column columns[] = {{"messages", "id", "id"},
                              {"messages", "id", "chat"},
                              {"messages", "id", "chat_seq"},
                              {"messages", "id", "sender"},
                              {"messages", "id", "recipient"},
                              {"messages", "id", "sender_seq"},
                              {"messages", "id", "sent_at"},
                              {"messages", "id", "recipient_seq"},
                              {"messages", "id", "state"},
                              {"messages", "id", "type"},
                              {"messages", "id", "checksum"},
                              {"messages", "id", "client_id"},
                              {"messages", "id", "content"},
                              {"messages", "id", "target"},
                              {"messages", "id", "link"},
                              {"messages", "id", "edited_at"},
                              {"messages", "id", "deleted_at"},
                              {"messages", "id", "deleted_by"},
                              {"messages", "id", "first_content"},
                              {"inbox", "user, first", "entries"},
                              {"inbox", "user, first", "first"},
                              {"inbox", "user, first", "checksum"},
                              {"chat_log", "chat, first", "messages"},
                              {"chat_log", "chat, first", "first"},
                              {"chat_log", "chat, first", "checksum"},
                              {"room_entries", "message", "places"},
                              {"room_entries", "message", "message"},
                              {"room_entries", "message", "checksum"},
                              {"client_ids", "code, chat, message", "code"},
                              {"client_ids", "code, chat, message", "message"},
                              {"devices", "user, device", "position"},
                              {"read_positions", "user, chat", "chat_seq"},
                              {"users", "id", "settled"}};

// What a column is set to: how it is changed, and by how much.
std::string changed_value(const std::string& name, octets what) {
    const std::string number = std::to_string(int{what[1]});
    const std::array values{std::string("NULL"),
                            number,
                            "-" + number,
                            name + "+" + number,
                            name + "-" + number,
                            "1<<(" + number + "%64)",
                            "'x'||" + number,
                            "substr(" + name + ",1," + number + ")",
                            "CAST(" + name + " AS TEXT)",
                            name + "||" + name,
                            "zeroblob(" + number + ")"};
    return values[what[0] % values.size()];
}

// The column, the row, then what it is set to.
void change_value(sqlite_connection& database, octets what) {
    const column& at = columns[what[0] % std::size(columns)];
    const std::string name = at.name, key = at.key, table = at.table;
    const std::string row = "(SELECT " + key + " FROM " + table + " LIMIT 1 OFFSET " + std::to_string(int{what[1]}) +
                            "%max(1,(SELECT count(*) FROM " + table + ")))";
    database.execute(("UPDATE " + table + " SET " + name + "=" + changed_value(name, what.subspan(2)) + " WHERE (" +
                      key + ")=" + row)
                         .c_str());
    database.forget_failure(); // such a row can't be
}

// The same with any column of any table, in all rows that have the value of one.
void change_anything(sqlite_connection& database, const sample& whole, octets what) {
    const auto& [table, name] = whole.columns[what[0] % whole.columns.size()];
    database.execute(("UPDATE " + table + " SET " + name + "=" + changed_value(name, what.subspan(2)) + " WHERE " +
                      name + " IS (SELECT " + name + " FROM " + table + " LIMIT 1 OFFSET " +
                      std::to_string(int{what[1]}) + "%max(1,(SELECT count(*) FROM " + table + ")))")
                         .c_str());
    database.forget_failure();
}

// What is shown is what was written, from the beginning and without holes; new messages may follow.
void judge(const std::vector<std::string>& shown, const std::vector<std::string>& written, bool more) {
    const auto known = std::min(shown.size(), written.size());
    ensure(std::equal(shown.begin(), shown.begin() + static_cast<std::ptrdiff_t>(known), written.begin()),
           "what is shown is what was written, and shown to those only who could see it");
    ensure(more || shown.size() <= written.size(), "nothing is shown that was not written");
}

void judge(const shown_log& shown, const shown_log& written, bool more) {
    for (std::size_t i = 0; i < users.size(); ++i) judge(shown.entries[i], written.entries[i], more);
    for (std::size_t i = 0; i < written.chats.size(); ++i) judge(shown.chats[i], written.chats[i], more);
}

} // namespace

// The first octet says what is changed: octets of the files of a log that was killed or closed, values in its rows, or
// anything in its tables. In the last case nothing is expected of what is shown, but that it can be used.
int fuzz_record(octets input) {
    static const sample whole = make_sample();
    constexpr std::size_t change_octets = 4, changes_max = 16;
    enum : std::uint8_t { killed, closed, rows, anything, kinds };
    const auto kind = input.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(input[0] % kinds);
    auto changed = kind == killed ? whole.killed : whole.closed;
    const auto changes = input.empty() ? input : input.subspan(1, (input.size() - 1) / change_octets * change_octets);
    const auto each = [&](auto&& fn) {
        for (std::size_t at = 0; at < std::min(changes.size(), changes_max * change_octets); at += change_octets)
            fn(changes.subspan(at, change_octets));
    };
    const auto* pages = kind == closed ? &whole.pages : nullptr;
    if (kind < rows) each([&](octets what) { change_octet(changed, what, pages); });
    const test::temporary_directory folder;
    for (std::size_t i = 0; i < files.size(); ++i)
        if (!changed[i].empty()) write_file(folder.file(files[i]), changed[i]);
    if (kind >= rows) {
        sqlite_connection database({.path = folder.file("wsd.db")});
        each(
            [&](octets what) { kind == rows ? change_value(database, what) : change_anything(database, whole, what); });
    }

    constexpr timestamp day = 24 * 3600 * 1000;
    const log_retention ten_entries{.entries_max = 10, .age_max_ms = day, .history_max_ms = 2 * day};
    const auto opened = open_log(folder, kind == anything ? ten_entries : log_retention{});
    if (opened.log == nullptr) {
        ensure(!opened.problem.empty(), "who refuses says why");
        ensure(!changes.empty(), "an intact log is taken");
        return 0;
    }
    const auto reader = opened.log->open_reader();
    if (!reader) return 0;
    if (kind == anything) {
        read_all(**reader, opened.log->identity(), whole.messages);
        use_log(*opened.log, whole.messages);
        opened.log->close();
        return 0;
    }
    const auto shown = read_log(**reader);
    judge(shown, whole.shown, false);
    if (changes.empty()) ensure(shown.whole && shown.entries == whole.shown.entries, "an intact log is shown");
    read_all(**reader, opened.log->identity(), whole.messages);
    const std::vector<log_operation> operations{
        append_direct{.sender = {"anna"}, .recipient = {"bob"}, .content = "anna to bob0", .client_message_id = "c0"},
        append_direct{.sender = {"bob"}, .recipient = {"carl"}, .content = "new", .client_message_id = "new"}};
    std::vector<log_outcome> outcomes(operations.size(), log_outcome{errc::invalid});
    (void)opened.log->commit(operations, outcomes, now);
    // A row that is gone altogether is not missed when it was the last of its index. Another epoch has its own numbers.
    if (kind != closed && opened.log->identity().epoch == whole.epoch) judge(read_log(**reader), whole.shown, true);
    opened.log->close();
    return 0;
}

} // namespace wsd::fuzz
