#include "server/storage/sqlite_reader.hpp"

#include <algorithm>
#include <utility>

namespace wsd {

sqlite_source::sqlite_source(const sqlite_connection::options& how, const shared_overlay& overlay,
                             std::uint64_t entries_max)
    : sqlite_lookups(rows_), connection_(how), overlay_(overlay), entries_max_(entries_max), rows_(connection_),
      begin_(connection_, "BEGIN"), end_(connection_, "COMMIT") {
    connection_.execute("PRAGMA query_only=1");
}

void sqlite_source::begin_snapshot() {
    if (!connection_.in_transaction()) begin_.run();
}

void sqlite_source::end_snapshot() {
    if (connection_.failed()) {
        connection_.roll_back();
    } else if (connection_.in_transaction()) {
        end_.run();
    }
}

std::optional<user_row> sqlite_source::find_user(const user_id& user) {
    const auto key = rows_.find_user_key(user);
    if (!key) return std::nullopt;
    const auto pending = overlay_.find_log(*key);
    begin_snapshot();
    const auto marks = rows_.read_marks(*key);
    const auto head = pending ? pending->last : std::max(rows_.log_end(*key), marks.floor - 1);
    user_row row{
        .key = *key, .head = head, .floor = marks.floor, .settled = marks.settled, .stored_floor = marks.floor};
    apply_retention(row, entries_max_);
    return row;
}

std::optional<direct_row> sqlite_source::find_direct(direct_pair users) {
    auto row = rows_.find_direct(users);
    if (row) row->head = find_chat_head(row->key);
    return row;
}

std::uint64_t sqlite_source::find_chat_head(chat_key chat) {
    const auto pending = overlay_.find_chat(chat);
    // A snapshot that was taken earlier may be from before the chat was folded, or lack what is in the overlay now.
    end_snapshot();
    begin_snapshot();
    return pending ? pending->last : rows_.chat_end(chat);
}

template <class Row, class Read>
void sqlite_source::read_table(std::uint64_t from, std::uint64_t to, std::vector<Row>& out, Read&& read) {
    if (from > to) return;
    const auto before = out.size();
    read();
    if (out.size() - before == to - from + 1) return;
    // Folded after the snapshot was taken and before the overlay was looked at.
    out.resize(before);
    end_snapshot();
    begin_snapshot();
    read();
}

void sqlite_source::read_places(chat_key chat, std::uint64_t from, std::uint64_t to, std::vector<place_row>& out) {
    std::vector<place_row> youngest;
    const auto pending = overlay_.read_places(chat, from, to, youngest);
    const auto table_to = pending ? std::min(to, pending->first - 1) : to;
    read_table(from, table_to, out, [&] { rows_.read_places(chat, from, table_to, out); });
    out.insert(out.end(), youngest.begin(), youngest.end());
}

void sqlite_source::read_entries(user_key user, std::uint64_t from, std::uint64_t to, std::vector<entry_row>& out) {
    std::vector<entry_row> youngest;
    const auto pending = overlay_.read_entries(user, from, to, youngest);
    const auto table_to = pending ? std::min(to, pending->first - 1) : to;
    read_table(from, table_to, out, [&] { rows_.read_entries(user, from, table_to, out); });
    out.insert(out.end(), youngest.begin(), youngest.end());
}

sqlite_reader::sqlite_reader(const sqlite_connection::options& how, const shared_overlay& overlay, store_name name,
                             std::uint64_t entries_max)
    : name_(std::move(name)), source_(how, overlay, entries_max) {}

template <class Ask> auto sqlite_reader::look(Ask&& ask) {
    name_.removed_up_to = source_.removed_up_to();
    auto found = ask();
    if (found || name_.removed_up_to == source_.removed_up_to()) return found;
    name_.removed_up_to = source_.removed_up_to();
    return ask();
}

result<resume_plan> sqlite_reader::plan_resume(const resume_request& request) {
    auto plan = wsd::plan_resume(source_, name_, request);
    if (!finish()) return errc::persistence;
    return plan;
}

result<log_page> sqlite_reader::read_page(const page_request& request) {
    auto page = look([&] { return wsd::read_page(source_, name_, request); });
    if (!finish()) return errc::persistence;
    return page;
}

result<chat_answer> sqlite_reader::ask(const chat_question& question) {
    auto answer = look([&] { return wsd::answer(source_, name_, question); });
    if (!finish()) return errc::persistence;
    return answer;
}

result<contact_list> sqlite_reader::contacts(const contacts_request& request) {
    auto found = list_contacts(source_, request);
    if (!finish()) return errc::persistence;
    return found;
}

result<member_page> sqlite_reader::read_members(const members_request& request) {
    auto page = wsd::read_members(source_, request);
    if (!finish()) return errc::persistence;
    return page;
}

result<room_lookup> sqlite_reader::find_room(const room_request& request) {
    source_.begin_snapshot(); // the room and its members are of one moment
    auto found = wsd::find_room(source_, request);
    if (!finish()) return errc::persistence;
    return found;
}

result<room_list> sqlite_reader::list_rooms(const room_list_request& request) {
    source_.begin_snapshot();
    auto list = wsd::list_rooms(source_, request);
    if (!finish()) return errc::persistence;
    return list;
}

bool sqlite_reader::finish() {
    source_.end_snapshot();
    if (!source_.failed()) return true;
    source_.connection().forget_failure();
    return false;
}

} // namespace wsd
