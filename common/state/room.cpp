#include "common/state/room.hpp"

#include "common/base/ensure.hpp"

#include <algorithm>
#include <utility>

namespace wsd {
namespace {

bool by_user(const room::member& a, const room::member& b) { return a.user < b.user; }

// The order in which members are listed and in which they inherit the room.
bool by_rank(const room::member* a, const room::member* b) {
    if (a->row.role != b->row.role) return a->row.role > b->row.role;
    if (a->row.joined_at != b->row.joined_at) return a->row.joined_at < b->row.joined_at;
    return a->user < b->user;
}

} // namespace

room::room(const room_row& row, std::vector<member> rows, std::uint64_t chat_head)
    : row_(row), rows_(std::move(rows)), chat_head_(chat_head) {
    std::sort(rows_.begin(), rows_.end(), by_user);
    row_.head.member_count = 0; // whatever the row says
    for_each([this](const member&) { ++row_.head.member_count; });
    const auto collect = [this](std::uint64_t member_row::* number) {
        std::vector<std::uint64_t> values;
        values.reserve(rows_.size());
        for_each([&](const member& each) { values.push_back(each.row.*number); });
        return ordered_positions(std::move(values));
    };
    since_ = collect(&member_row::since);
    delivered_ = collect(&member_row::delivered);
    read_ = collect(&member_row::read);
}

void room::count_in(const member_row& row) {
    since_.add(row.since);
    delivered_.add(row.delivered);
    read_.add(row.read);
}

void room::count_out(const member_row& row) {
    since_.remove(row.since);
    delivered_.remove(row.delivered);
    read_.remove(row.read);
}

// Whoever became a member after the message began with positions at or above it, so it counts as having read it: taking
// the newcomers off leaves those whom the message was sent to.
receipt_counts room::count_receipts(const user_id& author, const message_row& message) const {
    const auto newcomers = since_.count_from(message.offset);
    receipt_counts counts{.delivered = delivered_.count_from(message.chat_seq) - newcomers,
                          .read = read_.count_from(message.chat_seq) - newcomers,
                          .total = size() - newcomers};
    const member* self = find(author);
    if (!sees(self, message.offset)) return counts;
    --counts.total;
    if (self->row.delivered >= message.chat_seq) --counts.delivered;
    if (self->row.read >= message.chat_seq) --counts.read;
    return counts;
}

std::vector<room::member>::iterator room::place_of(const user_id& user) {
    return std::lower_bound(rows_.begin(), rows_.end(), user,
                            [](const member& row, const user_id& wanted) { return row.user < wanted; });
}

const room::member* room::find(const user_id& user) const {
    const auto at = const_cast<room*>(this)->place_of(user);
    return at != rows_.end() && at->user == user && at->row.role != room_role::none ? &*at : nullptr;
}

room_role room::role_of(const user_id& user) const {
    const member* found = find(user);
    return found == nullptr ? room_role::none : found->row.role;
}

bool room::was_removed(const user_id& user) const {
    const auto at = const_cast<room*>(this)->place_of(user);
    return at != rows_.end() && at->user == user && at->row.role == room_role::none;
}

room_view room::view() const {
    std::vector<const member*> ranked;
    ranked.reserve(rows_.size());
    for_each([&ranked](const member& each) { ranked.push_back(&each); });
    const auto shown = std::min(ranked.size(), room_view::members_max);
    std::partial_sort(ranked.begin(), ranked.begin() + static_cast<std::ptrdiff_t>(shown), ranked.end(), by_rank);
    room_view made{.head = row_.head, .members = {}};
    made.members.reserve(shown);
    for (std::size_t i = 0; i < shown; ++i) made.members.emplace_back(ranked[i]->user, ranked[i]->row.role);
    return made;
}

void room::found(const room_head& head) {
    row_.head = head;
    row_.head.version = 1;
    row_.head.member_count = 0;
    row_.alive = true;
    forget_members();
}

void room::end() {
    row_.alive = false;
    row_.head.member_count = 0;
    forget_members();
}

void room::forget_members() {
    rows_.clear();
    since_.clear();
    delivered_.clear();
    read_.clear();
}

void room::add(const newcomer& who, bool founder) {
    const auto role = row_.head.member_count == 0 ? room_role::owner : room_role::member;
    const member_row row{.user = who.key,
                         .role = role,
                         .joined_at = who.at,
                         .since = who.since,
                         .delivered = chat_head_,
                         .read = chat_head_};
    const auto at = place_of(who.user);
    if (at != rows_.end() && at->user == who.user) {
        ensure(at->row.role == room_role::none, "nobody becomes a member twice");
        at->row = row;
    } else {
        rows_.insert(at, {who.user, row});
    }
    count_in(row);
    ++row_.head.member_count;
    if (!founder) changed(who.at);
}

room::member* room::heir() {
    member* best = nullptr;
    for (member& each : rows_) {
        if (each.row.role == room_role::none) continue;
        if (best == nullptr || by_rank(&each, best)) best = &each;
    }
    return best;
}

std::optional<user_id> room::remove(const user_id& user, departure how, timestamp at) {
    const auto gone = place_of(user);
    ensure(gone != rows_.end() && gone->user == user && gone->row.role != room_role::none, "only members go");
    const bool owner = gone->row.role == room_role::owner;
    count_out(gone->row);
    if (how == departure::removed) {
        gone->row.role = room_role::none;
    } else {
        rows_.erase(gone);
    }
    --row_.head.member_count;
    changed(at);
    member* next = owner ? heir() : nullptr;
    if (next == nullptr) return std::nullopt;
    next->row.role = room_role::owner;
    changed(at);
    return next->user;
}

void room::set_role(const user_id& user, room_role role, timestamp at) {
    const auto found = place_of(user);
    ensure(find(user) != nullptr && found->row.role != room_role::owner, "an owner's role passes, it is not set");
    if (found->row.role == role) return;
    found->row.role = role;
    changed(at);
}

room_patch room::update(const room_patch& wanted, timestamp at) {
    room_patch done;
    room_head& head = row_.head;
    if (wanted.name && *wanted.name != head.name) done.name = head.name = *wanted.name;
    if (wanted.thumbnail_url && *wanted.thumbnail_url != head.thumbnail_url)
        done.thumbnail_url = head.thumbnail_url = *wanted.thumbnail_url;
    if (wanted.policy && *wanted.policy != head.policy) done.policy = head.policy = *wanted.policy;
    if (!done.empty()) changed(at);
    return done;
}

bool room::move_position(const user_id& user, std::uint64_t delivered, std::uint64_t read) {
    if (find(user) == nullptr) return false;
    member_row& row = place_of(user)->row;
    const bool moved = delivered > row.delivered || read > row.read;
    if (delivered > row.delivered) delivered_.raise(std::exchange(row.delivered, delivered), delivered);
    if (read > row.read) read_.raise(std::exchange(row.read, read), read);
    return moved;
}

void room::changed(timestamp at) {
    ++row_.head.version;
    row_.head.updated_at = std::max(row_.head.updated_at, at);
}

} // namespace wsd
