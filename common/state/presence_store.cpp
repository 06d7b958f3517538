#include "common/state/presence_store.hpp"

#include "common/base/ensure.hpp"

#include <algorithm>

namespace wsd {

presence_writer presence_store::take_writer() {
    ensure(!std::exchange(writer_taken_, true), "presence has one writer");
    return presence_writer(*this);
}

bool presence_store::is_online(const user_id& user) const noexcept {
    const std::uint32_t slot = users_.find(user);
    return slot != no_slot && users_[slot].online;
}

std::optional<timestamp> presence_store::last_seen(const user_id& user) const noexcept {
    const std::uint32_t slot = users_.find(user);
    if (slot == no_slot) return std::nullopt;
    return users_[slot].last_transition;
}

bool presence_store::contacts_known(const user_id& user) const noexcept {
    const std::uint32_t slot = users_.find(user);
    return slot != no_slot && users_[slot].contacts_known;
}

bool presence_store::awaits_contacts(const user_id& user, std::uint64_t load) const noexcept {
    const std::uint32_t slot = users_.find(user);
    return slot != no_slot && !users_[slot].contacts_known && users_[slot].contacts_load == load;
}

bool presence_store::is_in(const user_id& user, const room_id& room) const {
    const std::uint32_t slot = users_.find(user);
    return slot != no_slot && rooms_.has(slot, room);
}

void presence_store::change(std::uint32_t slot, bool online, timestamp wall) {
    record& r = users_[slot];
    r.online = online;
    r.last_transition = wall;
    r.last_change = ++version_;
    if (online)
        ++online_;
    else
        --online_;
    if (std::exchange(r.changed, true)) return;
    r.first_change = version_;
    changed_.push_back(slot);
}

bool presence_store::link(std::uint32_t a, std::uint32_t b) {
    std::vector<std::uint32_t>& of_a = users_[a].contacts;
    std::vector<std::uint32_t>& of_b = users_[b].contacts;
    const auto at = std::lower_bound(of_a.begin(), of_a.end(), b);
    if (a == b || (at != of_a.end() && *at == b)) return false;
    if (of_a.size() >= options_.contacts_max || of_b.size() >= options_.contacts_max) {
        users_[a].contacts_missing = users_[b].contacts_missing = true;
        return false;
    }
    of_a.insert(at, b);
    of_b.insert(std::lower_bound(of_b.begin(), of_b.end(), a), a);
    return true;
}

// A change that is still to be told is news to a new contact even if that one's snapshot is younger than the change.
void presence_store::renew_change(std::uint32_t slot) {
    if (users_[slot].changed) users_[slot].last_change = ++version_;
}

// Turns what happened to one user since the last tick into at most one transition.
void presence_store::publish(std::uint32_t slot, presence_tick& tick) {
    record& r = users_[slot];
    const bool transition = r.online != r.published;
    const bool shown_meanwhile = last_snapshot_ >= r.first_change;
    if (transition || shown_meanwhile) {
        r.transition = static_cast<std::uint32_t>(tick.changes.size());
        tick.changes.push_back({.user = users_.user_of(slot),
                                .online = r.online,
                                .at = r.last_transition,
                                .version = r.last_change,
                                .seen_from = transition ? 0 : r.first_change});
    }
    if (transition) {
        r.published_transition = r.last_transition;
        ++(r.online ? tick.came : tick.went);
    }
    r.published = r.online;
    r.last_transition = r.published_transition; // what cancelled out was no transition
    r.changed = false;
}

void presence_store::tell(std::uint32_t viewer, std::uint32_t transition, slot_list& viewers) {
    record& r = users_[viewer];
    if (r.connections == 0) return;
    if (r.last_told == no_slot) {
        viewers.push_back(viewer);
    } else if (change_range& last = tellings_[r.last_told].changes; last.end == transition) {
        ++last.end;
        return;
    }
    tellings_.push_back({.changes = {.begin = transition, .end = transition + 1}, .next = r.last_told});
    r.last_told = static_cast<std::uint32_t>(tellings_.size() - 1);
}

// Groups by viewer, so that a viewer gets one frame for all of a tick.
void presence_store::address(presence_tick& tick) {
    slot_list viewers;
    const auto transitions = static_cast<std::uint32_t>(tick.changes.size());
    for (std::uint32_t i = 0; i < transitions; ++i)
        for_each_contact(users_.find(tick.changes[i].user), [&](std::uint32_t other) { tell(other, i, viewers); });
    introduce_new_contacts(tick, viewers);
    tick.viewers.reserve(viewers.size());
    for (const std::uint32_t viewer : viewers) collect(viewer, tick);
    tellings_ = {}; // a tick in which everybody comes online is rare, and its size is not kept
}

// What one viewer is told, in order and once.
void presence_store::collect(std::uint32_t viewer, presence_tick& tick) {
    const auto begin = static_cast<std::uint32_t>(tick.told.size());
    for (std::uint32_t at = std::exchange(users_[viewer].last_told, no_slot); at != no_slot; at = tellings_[at].next)
        tick.told.push_back(tellings_[at].changes);
    const auto first = tick.told.begin() + begin;
    std::sort(first, tick.told.end(), [](const change_range& a, const change_range& b) { return a.begin < b.begin; });
    auto last = first;
    for (auto at = first + 1; at != tick.told.end(); ++at) {
        if (at->begin <= last->end) {
            last->end = std::max(last->end, at->end);
        } else {
            *++last = *at;
        }
    }
    tick.told.erase(last + 1, tick.told.end());
    tick.viewers.push_back(
        {.user = users_.user_of(viewer), .begin = begin, .end = static_cast<std::uint32_t>(tick.told.size())});
}

void presence_store::introduce(std::uint32_t whom, std::uint32_t to, presence_tick& tick, slot_list& viewers) {
    record& r = users_[whom];
    const bool told_anyway = r.transition != no_slot && tick.changes[r.transition].seen_from == 0;
    if (!r.published || told_anyway) return;
    if (r.introduction == no_slot) {
        r.introduction = static_cast<std::uint32_t>(tick.changes.size());
        tick.changes.push_back(
            {.user = users_.user_of(whom), .online = true, .at = r.last_transition, .version = last_link_});
    }
    tell(to, r.introduction, viewers);
}

// Marks whom the user had to do with before this tick, and who is introduced to it as one of new_pairs_.
void presence_store::mark_old_contacts(std::uint32_t slot) {
    ++marks_;
    users_[slot].mark = marks_;
    for (const std::uint32_t contact : users_[slot].contacts) users_[contact].mark = marks_;
    using seating = room_roster::seating;
    rooms_.for_each_peer(slot, [this](std::uint32_t peer, seating own, seating theirs) {
        if (own == seating::settled && theirs == seating::settled) users_[peer].mark = marks_;
    });
}

void presence_store::introduce_new_contacts(presence_tick& tick, slot_list& viewers) {
    const auto first = tick.changes.size();
    for (const auto& [a, b] : new_pairs_) {
        if (rooms_.share_settled(a, b)) continue;
        introduce(a, b, tick, viewers);
        introduce(b, a, tick, viewers);
    }
    new_pairs_ = {};
    using seating = room_roster::seating;
    rooms_.for_each_fresh([&](std::uint32_t newcomer) {
        mark_old_contacts(newcomer);
        rooms_.for_each_peer(newcomer, [&](std::uint32_t peer, seating own, seating theirs) {
            if (own == seating::settled || users_[peer].mark == marks_) return;
            introduce(newcomer, peer, tick, viewers);
            if (theirs == seating::settled) introduce(peer, newcomer, tick, viewers); // else when its turn comes
        });
    });
    for (auto at = first; at < tick.changes.size(); ++at)
        users_[users_.find(tick.changes[at].user)].introduction = no_slot;
}

void presence_store::forget_offline(presence_tick& tick) {
    slot_list still_changed;
    for (const std::uint32_t slot : changed_) {
        record& r = users_[slot];
        r.transition = no_slot;
        if (r.changed) still_changed.push_back(slot);
        if (r.changed || r.online) continue;
        for (const std::uint32_t contact : r.contacts) {
            slot_list& theirs = users_[contact].contacts;
            theirs.erase(std::lower_bound(theirs.begin(), theirs.end(), slot));
        }
        rooms_.leave_all(slot);
        tick.gone.push_back(users_.user_of(slot));
        users_.erase(slot);
    }
    changed_ = std::move(still_changed);
}

bool presence_writer::connected(const user_id& user, timestamp wall) {
    presence_store& s = *store_;
    std::uint32_t slot = s.users_.find(user);
    if (slot == no_slot) {
        if (s.users_.size() >= s.options_.users_max) return false;
        slot = s.users_.insert(user);
    }
    presence_store::record& r = s.users_[slot];
    ++r.connections;
    s.leaving_.remove(slot, s.grace_links());
    if (!r.online) s.change(slot, true, wall);
    return true;
}

void presence_writer::disconnected(const user_id& user, departure how, steady_time now, timestamp wall) {
    presence_store& s = *store_;
    const std::uint32_t slot = s.users_.find(user);
    if (slot == no_slot || s.users_[slot].connections == 0) return;
    presence_store::record& r = s.users_[slot];
    if (--r.connections > 0) return;
    if (how == departure::left || s.options_.offline_grace.count() == 0) return s.change(slot, false, wall);
    r.offline_due = now + s.options_.offline_grace;
    s.leaving_.push_back(slot, s.grace_links());
}

std::optional<std::uint64_t> presence_writer::begin_contacts(const user_id& user) {
    presence_store& s = *store_;
    const std::uint32_t slot = s.users_.find(user);
    if (slot == no_slot || s.users_[slot].contacts_known || s.users_[slot].contacts_load != 0) return std::nullopt;
    return s.users_[slot].contacts_load = ++s.loads_;
}

void presence_writer::add_contacts(const user_id& user, std::span<const user_id> contacts) {
    presence_store& s = *store_;
    const std::uint32_t slot = s.users_.find(user);
    if (slot == no_slot || s.options_.audience != presence_audience::contacts) return;
    const bool introduce = s.users_[slot].contacts_known;
    for (const user_id& contact : contacts) {
        const std::uint32_t other = s.users_.find(contact);
        if (other == no_slot || !s.link(slot, other)) continue;
        if (!introduce) continue;
        s.new_pairs_.emplace_back(slot, other);
        s.renew_change(other);
        s.last_link_ = ++s.version_;
    }
    s.renew_change(slot);
}

void presence_writer::miss_contacts(const user_id& user) {
    presence_store& s = *store_;
    const std::uint32_t slot = s.users_.find(user);
    if (slot == no_slot) return;
    s.users_[slot].contacts_missing = true;
    set_contacts(user, {});
}

void presence_writer::set_contacts(const user_id& user, std::span<const user_id> contacts,
                                   std::span<const room_id> rooms) {
    presence_store& s = *store_;
    const std::uint32_t slot = s.users_.find(user);
    if (slot == no_slot) return;
    add_contacts(user, contacts);
    presence_store::record& r = s.users_[slot];
    const bool introduce = std::exchange(r.contacts_known, true);
    const std::vector<room_id> left = std::exchange(r.left, {});
    for (const room_id& room : rooms) {
        if (introduce) {
            enter(user, room);
        } else if (std::find(left.begin(), left.end(), room) == left.end()) {
            (void)s.rooms_.enter(slot, room, room_roster::seating::settled);
        }
    }
}

void presence_writer::add_contact(const user_id& a, const user_id& b) {
    presence_store& s = *store_;
    const std::uint32_t first = s.users_.find(a);
    const std::uint32_t second = s.users_.find(b);
    if (first == no_slot || second == no_slot || s.options_.audience != presence_audience::contacts) return;
    if (!s.link(first, second)) return;
    s.new_pairs_.emplace_back(first, second);
    s.renew_change(first);
    s.renew_change(second);
    s.last_link_ = ++s.version_;
}

void presence_writer::enter(const user_id& user, const room_id& room) {
    presence_store& s = *store_;
    const std::uint32_t slot = s.users_.find(user);
    if (slot == no_slot) return;
    using seating = room_roster::seating;
    const bool known = s.users_[slot].contacts_known;
    if (!known) std::erase(s.users_[slot].left, room);
    if (!s.rooms_.enter(slot, room, known ? seating::fresh : seating::settled) || !known) return;
    s.rooms_.for_each_in(room, [&s](std::uint32_t member) { s.renew_change(member); });
    s.last_link_ = ++s.version_;
}

void presence_writer::leave(const user_id& user, const room_id& room) {
    presence_store& s = *store_;
    const std::uint32_t slot = s.users_.find(user);
    if (slot == no_slot) return;
    s.rooms_.leave(slot, room);
    if (!s.users_[slot].contacts_known) s.users_[slot].left.push_back(room);
}

presence_snapshot presence_writer::snapshot(const user_id& viewer, std::size_t max) {
    presence_store& s = *store_;
    presence_snapshot result;
    result.version = s.version_;
    s.last_snapshot_ = s.version_;
    const std::uint32_t own = s.users_.find(viewer);
    if (own != no_slot) result.own_last_seen = s.users_[own].last_transition;
    const auto add = [&](std::uint32_t slot, const presence_store::record& r) {
        if (!r.online || slot == own) return;
        if (result.online.size() >= max) {
            result.truncated = true;
            return;
        }
        result.online.push_back({.user = s.users_.user_of(slot), .last_seen = r.last_transition});
    };
    if (s.options_.audience == presence_audience::all) {
        std::as_const(s).users_.for_each(add);
    } else if (s.options_.audience == presence_audience::contacts && own != no_slot) {
        result.truncated = s.users_[own].contacts_missing;
        s.for_each_contact(own, [&](std::uint32_t contact) { add(contact, s.users_[contact]); });
    }
    return result;
}

presence_tick presence_writer::advance(steady_time now, timestamp wall) {
    presence_store& s = *store_;
    while (!s.leaving_.empty() && s.users_[s.leaving_.first].offline_due <= now) {
        const std::uint32_t slot = s.leaving_.first;
        s.leaving_.remove(slot, s.grace_links());
        s.change(slot, false, wall);
    }
    presence_tick tick;
    for (const std::uint32_t slot : s.changed_) {
        const presence_store::record& r = s.users_[slot];
        const bool audience_unknown = s.options_.audience == presence_audience::contacts && !r.contacts_known;
        if (!(audience_unknown && r.online)) s.publish(slot, tick);
    }
    if (s.options_.audience == presence_audience::contacts) s.address(tick);
    if (s.options_.audience == presence_audience::none) tick.changes.clear();
    s.rooms_.settle();
    s.forget_offline(tick);
    return tick;
}

} // namespace wsd
