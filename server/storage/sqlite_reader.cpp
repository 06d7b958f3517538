#include "server/storage/sqlite_reader.hpp"

#include <algorithm>
#include <utility>

namespace wsd {

sqlite_source::sqlite_source(const sqlite_connection::options& how, const shared_overlay& overlay)
    : connection_(how), overlay_(overlay), rows_(connection_), begin_(connection_, "BEGIN"),
      end_(connection_, "COMMIT") {
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
    return user_row{.key = *key, .head = head, .floor = marks.floor, .settled = marks.settled};
}

void sqlite_source::read_entries(user_key user, std::uint64_t from, std::uint64_t to, std::vector<entry_row>& out) {
    std::vector<entry_row> youngest;
    const auto pending = overlay_.read_entries(user, from, to, youngest);
    const auto table_to = pending ? std::min(to, pending->first - 1) : to;
    if (from <= table_to) {
        const auto before = out.size();
        rows_.read_entries(user, from, table_to, out);
        if (out.size() - before < table_to - from + 1) {
            // Folded after the snapshot was taken and before the overlay was looked at.
            out.resize(before);
            end_snapshot();
            begin_snapshot();
            rows_.read_entries(user, from, table_to, out);
        }
    }
    out.insert(out.end(), youngest.begin(), youngest.end());
}

sqlite_reader::sqlite_reader(const sqlite_connection::options& how, const shared_overlay& overlay, store_name name)
    : name_(std::move(name)), source_(how, overlay) {}

result<resume_plan> sqlite_reader::plan_resume(const resume_request& request) {
    auto plan = wsd::plan_resume(source_, name_, request);
    if (!finish()) return errc::persistence;
    return plan;
}

result<log_page> sqlite_reader::read_page(const page_request& request) {
    auto page = wsd::read_page(source_, name_, request);
    if (!finish()) return errc::persistence;
    return page;
}

result<std::vector<user_id>> sqlite_reader::contacts(const user_id& user, std::size_t max) {
    std::vector<user_id> found;
    if (const auto row = source_.find_user(user)) source_.read_contacts(row->key, max, found);
    if (!finish()) return errc::persistence;
    return found;
}

bool sqlite_reader::finish() {
    source_.end_snapshot();
    if (!source_.failed()) return true;
    source_.connection().forget_failure();
    return false;
}

} // namespace wsd
