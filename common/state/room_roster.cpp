#include "common/state/room_roster.hpp"

#include "common/state/user_table.hpp"

#include <algorithm>

namespace wsd {

room_roster::seat_list::iterator room_roster::find_seat(seat_list& seats, std::uint32_t room) {
    return std::lower_bound(seats.begin(), seats.end(), room,
                            [](const seat& each, std::uint32_t wanted) { return each.room < wanted; });
}

room_roster::member* room_roster::find_member(std::uint32_t user, std::uint32_t room) {
    const auto seats = seats_.find(user);
    if (seats == seats_.end()) return nullptr;
    const auto at = find_seat(seats->second, room);
    return at != seats->second.end() && at->room == room ? &rooms_[room].members[at->place] : nullptr;
}

bool room_roster::enter(std::uint32_t user, const room_id& id, seating how) {
    const auto known = by_id_.find(id);
    const std::uint32_t number =
        known != by_id_.end() ? known->second : rooms_.insert(attendance{.id = id, .members = {}});
    if (known == by_id_.end()) by_id_.emplace(id, number);
    seat_list& seats = seats_[user];
    const auto at = find_seat(seats, number);
    if (at != seats.end() && at->room == number) return false;
    std::vector<member>& members = rooms_[number].members;
    seats.insert(at, {.room = number, .place = static_cast<std::uint32_t>(members.size())});
    members.push_back({.user = user, .how = how});
    if (how == seating::fresh) fresh_.emplace_back(user, number);
    return true;
}

// The last member takes the place that becomes free.
void room_roster::vacate(const seat& given_up) {
    attendance& where = rooms_[given_up.room];
    const member last = where.members.back();
    where.members.pop_back();
    if (given_up.place < where.members.size()) {
        where.members[given_up.place] = last;
        find_seat(seats_.at(last.user), given_up.room)->place = given_up.place;
    }
    if (!where.members.empty()) return;
    by_id_.erase(where.id);
    shrink_when_sparse(by_id_);
    rooms_.erase(given_up.room);
}

void room_roster::leave(std::uint32_t user, const room_id& id) {
    const auto known = by_id_.find(id);
    const auto seats = seats_.find(user);
    if (known == by_id_.end() || seats == seats_.end()) return;
    const auto at = find_seat(seats->second, known->second);
    if (at == seats->second.end() || at->room != known->second) return;
    const seat given_up = *at;
    seats->second.erase(at);
    if (seats->second.empty()) {
        seats_.erase(seats);
        shrink_when_sparse(seats_);
    }
    vacate(given_up);
}

void room_roster::leave_all(std::uint32_t user) {
    const auto seats = seats_.find(user);
    if (seats == seats_.end()) return;
    const seat_list given_up = std::move(seats->second);
    seats_.erase(seats);
    shrink_when_sparse(seats_);
    for (const seat& each : given_up) vacate(each);
}

void room_roster::settle() {
    for (const auto& [user, room] : fresh_)
        if (member* seated = find_member(user, room)) seated->how = seating::settled;
    fresh_ = {}; // a tick in which everybody joins is rare, and its size is not kept
}

bool room_roster::has(std::uint32_t user, const room_id& room) const {
    const auto at = by_id_.find(room);
    return at != by_id_.end() && const_cast<room_roster*>(this)->find_member(user, at->second) != nullptr;
}

bool room_roster::share_settled(std::uint32_t a, std::uint32_t b) const {
    const auto of_a = seats_.find(a);
    const auto of_b = seats_.find(b);
    if (of_a == seats_.end() || of_b == seats_.end()) return false;
    auto x = of_a->second.begin();
    auto y = of_b->second.begin();
    while (x != of_a->second.end() && y != of_b->second.end()) {
        if (x->room < y->room) {
            ++x;
        } else if (y->room < x->room) {
            ++y;
        } else {
            const std::vector<member>& members = rooms_[x->room].members;
            if (members[x->place].how == seating::settled && members[y->place].how == seating::settled) return true;
            ++x;
            ++y;
        }
    }
    return false;
}

} // namespace wsd
