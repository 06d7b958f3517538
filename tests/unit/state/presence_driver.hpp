#pragma once

#include "common/state/presence_store.hpp"

#include <catch_amalgamated.hpp>

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

// A presence_store with a clock, and what it says as text.
namespace wsd::test {

using namespace std::chrono_literals;
using departure = presence_writer::departure;

inline const user_id alice{"alice"};
inline const user_id bob{"bob"};
inline const user_id carol{"carol"};

inline std::vector<presence_change> told_to(const presence_tick& t, const presence_tick::viewer& viewer) {
    std::vector<presence_change> all;
    for (std::uint32_t range = viewer.begin; range < viewer.end; ++range)
        for (std::uint32_t i = t.told[range].begin; i < t.told[range].end; ++i) all.push_back(t.changes[i]);
    return all;
}

struct presence {
    presence_store store;
    presence_writer writer = store.take_writer();
    steady_time now{1000h};
    timestamp wall = 1'000'000;

    explicit presence(presence_store::options o = {}) : store(o) {}

    void pass(milliseconds time) {
        now += time;
        wall += time.count();
    }
    void come(const user_id& user, std::vector<user_id> contacts = {}) {
        REQUIRE(writer.connected(user, wall));
        writer.set_contacts(user, contacts);
    }
    void come_into(const user_id& user, std::vector<room_id> rooms) {
        REQUIRE(writer.connected(user, wall));
        writer.set_contacts(user, {}, rooms);
    }
    void go(const user_id& user, departure how = departure::lost) { writer.disconnected(user, how, now, wall); }

    // "viewer: user+ user-" for each viewer, sorted.
    std::vector<std::string> tick(milliseconds time = 250ms) {
        pass(time);
        const presence_tick t = writer.advance(now, wall);
        std::vector<std::string> lines;
        for (const auto& viewer : t.viewers) {
            std::string line = viewer.user.value + ":";
            for (const presence_change& change : told_to(t, viewer))
                line += " " + change.user.value + (change.online ? "+" : "-");
            lines.push_back(line);
        }
        std::sort(lines.begin(), lines.end());
        return lines;
    }
    std::string snapshot(const user_id& viewer, std::size_t max = 5000) {
        std::set<std::string> users;
        const presence_snapshot s = writer.snapshot(viewer, max);
        for (const auto& e : s.online) users.insert(e.user.value);
        std::string text;
        for (const std::string& u : users) text += (text.empty() ? "" : " ") + u;
        return text + (s.truncated ? " …" : "");
    }
};
using lines = std::vector<std::string>;

} // namespace wsd::test
