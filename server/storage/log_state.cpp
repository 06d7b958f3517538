#include "server/storage/log_state.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace wsd {
namespace {

// A settled mark is written when it is this far ahead of what the tables have: after a restart at most as many entries
// are looked at again.
constexpr std::uint64_t settled_save_distance = 64;
constexpr timestamp cache_age_ms = 60'000;
// Half a second's worth of a busy server; 72 bytes each.
constexpr std::size_t recent_messages_max = 32'768;

} // namespace

log_state::log_state(aging_tables& tables, const store_name& store, const log_retention& keep, head_cache::limits caps)
    : tables_(tables), store_tag_(store.tag), hash_(store.seed), retention_(keep), cache_(store.seed, caps),
      recent_(recent_messages_max), rooms_(store.seed) {}

void log_state::forget() {
    cache_.clear();
    recent_.clear();
    rooms_.clear();
    last_known_ = false;
}

void log_state::age(timestamp now) {
    const bool due = now < aged_at_ || now - aged_at_ >= cache_age_ms; // the clock may have been set
    if (!due) return;
    aged_at_ = now;
    cache_.age();
}

std::optional<log_state::user_head> log_state::find_user(const user_id& user) {
    if (auto head = cache_.find_user(user)) return head;
    const auto row = tables_.find_user(user);
    if (!row) return std::nullopt;
    cache_.put_key(user, row->key);
    const user_head head{.row = *row, .saved_settled = row->settled};
    cache_.put(head);
    return head;
}

log_state::user_head log_state::find_or_add_user(const user_id& user) {
    if (const auto head = find_user(user)) return *head;
    const user_head head{.row = {.key = tables_.add_user(user)}};
    cache_.put_key(user, head.row.key);
    cache_.put(head);
    return head;
}

log_state::user_head log_state::find_user(user_key key, const user_id& user) {
    if (const auto head = cache_.find_user(key)) return *head;
    return find_or_add_user(user);
}

user_id log_state::user_name(user_key user) {
    if (auto name = cache_.find_name(user)) return *std::move(name);
    user_id name = tables_.user_name(user);
    cache_.put_name(user, name);
    return name;
}

log_state::direct_chat log_state::find_or_add_direct(user_key one, user_key other) {
    const direct_pair users{.low = std::min(one, other), .high = std::max(one, other)};
    if (const auto row = cache_.find_direct(users)) return {users, *row};
    auto row = tables_.find_direct(users);
    if (!row) row = direct_row{.key = tables_.add_direct(users)};
    cache_.put(users, *row);
    return {users, *row};
}

void log_state::put(user_head head) {
    apply_retention(head.row, retention_.entries_max);
    if (head.row.settled >= head.saved_settled + settled_save_distance) {
        tables_.set_settled(head.row.key, head.row.settled);
        head.saved_settled = head.row.settled;
    }
    cache_.put(head);
}

void log_state::put_settled(user_head head) {
    tables_.set_settled(head.row.key, head.row.settled);
    head.saved_settled = head.row.settled;
    put(head);
}

bool log_state::may_be_in_rooms(user_head head) {
    using membership = user_head::membership;
    if (head.rooms == membership::unknown) {
        head.rooms = tables_.count_rooms_of(head.row.key) == 0 ? membership::none : membership::possible;
        cache_.put(head);
    }
    return head.rooms == membership::possible;
}

// For most users the tables need not be asked.
bool log_state::share_room(const user_id& a, const user_id& b) {
    const auto one = find_user(a);
    const auto other = find_user(b);
    if (!one || !other || !may_be_in_rooms(*one) || !may_be_in_rooms(*other)) return false;
    return tables_.share_room(one->row.key, other->row.key);
}

room* log_state::find_room(const room_id& id) {
    room* known = rooms_.find(id);
    return known != nullptr ? known : load(tables_.find_room(id));
}

room* log_state::find_room(chat_key key) {
    room* known = rooms_.find(key);
    return known != nullptr ? known : load(tables_.find_room(key));
}

room* log_state::add_room(const room_id& id) {
    room_row row{.key = tables_.add_room(id)};
    row.head.id = id;
    return load(row);
}

room* log_state::load(const std::optional<room_row>& row) {
    if (!row) return nullptr;
    std::vector<member_row> rows;
    tables_.read_members(row->key, rows);
    std::vector<room::member> members;
    members.reserve(rows.size());
    for (const member_row& each : rows) members.push_back({user_name(each.user), each});
    return rooms_.put(room(*row, std::move(members), tables_.find_chat_head(row->key)));
}

void log_state::add_posted(const message_row& row, const std::shared_ptr<const message_record>& record,
                           std::span<const entry_place> entries) {
    tables_.add_posted(row, record, entries);
    recent_.put(row);
}

log_state::message_place log_state::next_place(timestamp now) {
    read_last_message();
    ++last_.offset;
    last_.sent_at = std::max({last_.sent_at, now, timestamp{1}}); // 0 is no time, whatever the clock says
    return {.offset = last_.offset,
            .sent_at = last_.sent_at,
            .id = message_id::make(last_.sent_at, store_tag_, last_.offset)};
}

std::optional<message_row> log_state::find_message(const message_id& id) {
    auto row = find_message(id.offset());
    if (!row || row->kind != entry_kind::message || id_of(*row) != id) return std::nullopt;
    return row;
}

std::optional<message_row> log_state::find_message(std::uint64_t offset) {
    if (auto row = recent_.find(offset); row && !may_be_delivered(*row)) return row;
    auto row = tables_.find_message(offset);
    if (row) recent_.put(*row);
    return row;
}

// By a mark that passed it without its row being looked at: its entry had left the recipient's log.
bool log_state::may_be_delivered(const message_row& row) {
    if (row.state != message_state::sent || row.recipient_seq == 0 || row.kind != entry_kind::message) return false;
    const auto recipient = cache_.find_user(row.recipient);
    return !recipient || row.recipient_seq <= recipient->row.settled;
}

void log_state::add_message(const message_row& row, const std::shared_ptr<const message_record>& record) {
    tables_.add_message(row, record);
    recent_.put(row);
}

void log_state::set_state(const message_row& row) {
    tables_.set_state(row.offset, row.state);
    recent_.put(row);
}

void log_state::state_moved(const message_row& row) { recent_.put(row); }

void log_state::add_mutation(const message_row& row, std::span<const entry_place> entries) {
    tables_.add_mutation(row, entries);
    recent_.put(row);
}

void log_state::change_message(const message_row& row, const std::shared_ptr<const message_record>& record,
                               std::string_view before) {
    tables_.change_message(row, record, content_code(before));
    recent_.put(row);
}

void log_state::set_link(std::uint64_t offset, std::uint64_t link) {
    tables_.set_link(offset, link);
    auto row = recent_.find(offset);
    if (!row) return;
    row->link = link;
    recent_.put(*row);
}

void log_state::remove_oldest(std::uint64_t below, std::size_t max) {
    read_last_message(); // it may go
    const auto before = tables_.removed_up_to();
    tables_.remove_oldest(below, max);
    recent_.forget(before + 1, tables_.removed_up_to());
}

bool log_state::was_sent_with(const message_record& message, std::uint64_t offset, std::string_view content) {
    if (!message.edited_at && !message.deleted_at) return message.content == content;
    return tables_.find_first_content(offset) == content_code(content);
}

// 63 bits, since tables keep signed numbers, and never 0.
std::uint64_t log_state::content_code(std::string_view content) const { return hash_(content) >> 1 | 1; }

message_id log_state::id_of(const message_row& row) const {
    return message_id::make(row.sent_at, store_tag_, row.offset);
}

void log_state::read_last_message() {
    if (last_known_) return;
    last_ = tables_.find_last_message();
    last_known_ = true;
}

} // namespace wsd
