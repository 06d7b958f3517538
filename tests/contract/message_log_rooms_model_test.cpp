#include "common/state/room_rights.hpp"
#include "tests/support/room_fixture.hpp"

#include <catch_amalgamated.hpp>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

using namespace wsd;
using wsd::test::room_fixture;

#define EVERY_LOG GENERATE(as<std::string>{}, "memory", "sqlite")

namespace {

constexpr std::size_t events_max = 4;

// Rooms done the simplest way: every question is answered by looking at everything.
class naive_rooms {
  public:
    struct member {
        int role = 1; // 3 owner, 2 admin, 1 member
        timestamp joined = 0;
        std::size_t since = 0;
    };
    struct room {
        bool alive = false;
        bool invite = false;
        int version = 0;
        std::uint64_t chat_seq = 0;
        std::map<std::string, member> members;
        std::set<std::string> removed;
    };
    struct line {
        std::string room, about, text; // about: of whom an event tells; empty: a message
        std::size_t number = 0;
        bool always = false;
    };
    std::map<std::string, room> rooms;
    std::map<std::string, std::vector<line>> logs;
    timestamp now = 0;

    int role(const std::string& user, const std::string& name) {
        const room& in = rooms[name];
        const auto found = in.members.find(user);
        return found == in.members.end() ? 0 : found->second.role;
    }
    void begin(const std::string& user, const std::string& name) {
        room& fresh = rooms[name];
        fresh = {.alive = true, .version = 0, .chat_seq = fresh.chat_seq};
        enter(user, name, "created", user);
    }
    void enter(const std::string& user, const std::string& name, const std::string& why, const std::string& by) {
        room& in = rooms[name];
        ++number_;
        const member fresh{.role = in.members.empty() ? 3 : 1, .joined = now, .since = number_};
        in.members[user] = fresh;
        in.removed.erase(user);
        ++in.version;
        tell(name, user, "joined " + user + " " + why + " by " + by, why != "created");
    }
    void exit(const std::string& user, const std::string& name, const std::string& why, const std::string& by) {
        room& in = rooms[name];
        ++number_;
        tell(name, user, "left " + user + " " + why + " by " + by, true);
        const bool owner = in.members[user].role == 3;
        in.members.erase(user);
        if (why == "removed") in.removed.insert(user);
        ++in.version;
        if (in.members.empty()) in.alive = false;
        if (!owner || in.members.empty()) return;
        const auto next = std::min_element(in.members.begin(), in.members.end(), [](const auto& a, const auto& b) {
            return std::tuple(-a.second.role, a.second.joined, a.first) <
                   std::tuple(-b.second.role, b.second.joined, b.first);
        });
        next->second.role = 3;
        ++in.version;
    }
    void end(const std::string& name, const std::string& by) {
        ++number_;
        for (const auto& [user, row] : rooms[name].members)
            logs[user].push_back({name, user, "deleted by " + by, number_, true});
        rooms[name].alive = false;
        rooms[name].members.clear();
        rooms[name].removed.clear();
    }
    void say(const std::string& user, const std::string& name, const std::string& text) {
        ++number_;
        const auto shown = std::to_string(++rooms[name].chat_seq) + " " + user + ": " + text;
        for (const auto& [each, row] : rooms[name].members) logs[each].push_back({name, "", shown, number_});
    }
    std::vector<std::string> show_log(const std::string& user) {
        std::vector<std::string> shown;
        for (const line& each : logs[user]) {
            const auto& members = rooms[each.room].members;
            const auto found = members.find(user);
            const bool sees = found != members.end() && each.number > found->second.since;
            shown.push_back(each.always || each.about == user || sees ? each.text : "-");
        }
        return shown;
    }
    std::string show(const std::string& name) {
        const room& of = rooms[name];
        if (of.members.empty()) return {};
        std::vector<std::pair<std::string, member>> order(of.members.begin(), of.members.end());
        std::sort(order.begin(), order.end(), [](const auto& a, const auto& b) {
            return std::tuple(-a.second.role, a.second.joined, a.first) <
                   std::tuple(-b.second.role, b.second.joined, b.first);
        });
        std::string text = std::to_string(of.version) + " ";
        for (const auto& [user, row] : order) text += user + ":" + std::to_string(row.role) + " ";
        return text;
    }

  private:
    void tell(const std::string& name, const std::string& about, const std::string& text, bool others) {
        const auto& members = rooms[name].members;
        for (const auto& [user, row] : members)
            if (user == about || (others && members.size() <= events_max))
                logs[user].push_back({name, about, text, number_});
    }
    std::size_t number_ = 0;
};

// Ten users walk through four rooms; after every step the answer, and now and then everything, is compared.
class walk {
  public:
    walk(const std::string& implementation, unsigned seed) : log_(implementation), random_(seed) {
        log_.rules.member_events_max = events_max;
    }

    void step() {
        model_.now = log_.now += static_cast<timestamp>(below(3));
        const auto by = user();
        const auto name = std::string(1, static_cast<char>('p' + below(4)));
        const int role = model_.role(by, name);
        auto& room = model_.rooms[name];
        const auto what = below(9);
        CAPTURE(by, name, role, what, model_.show(name));
        switch (what) {
        case 0:
            return expect(log_.create(by, name, {"c", "b"}), !room.alive ? room_status::done : room_status::taken, [&] {
                model_.begin(by, name);
                for (const std::string other : {"b", "c"})
                    if (other != by) model_.enter(other, name, "created", by);
            });
        case 1:
        case 2:
            return join(by, name);
        case 3:
            return expect(log_.leave(by, name), role > 0 ? room_status::done : room_status::not_found,
                          [&] { model_.exit(by, name, "left", by); });
        case 4: {
            const auto other = user();
            const bool fresh = model_.role(other, name) == 0;
            return expect(
                log_.add(by, name, {other, by}), judge(role, 2), [&] { model_.enter(other, name, "added", by); },
                fresh);
        }
        case 5: {
            const auto other = user();
            auto wanted = judge(role, 2);
            if (wanted == room_status::done && other == by) wanted = room_status::oneself;
            const int target = model_.role(other, name);
            if (wanted == room_status::done && (target == 0 || target >= role)) wanted = room_status::forbidden;
            return expect(log_.change_as(by, name, room_action::remove{{other}}), wanted,
                          [&] { model_.exit(other, name, "removed", by); });
        }
        case 6: {
            const auto other = user();
            const int target = model_.role(other, name);
            auto wanted = judge(role, 3);
            if (wanted == room_status::done && (target == 0 || target == 3)) wanted = room_status::forbidden;
            const int to = static_cast<int>(below(2)) + 1;
            return expect(
                log_.change_as(by, name, room_action::set_role{{other}, static_cast<room_role>(to)}), wanted,
                [&] {
                    room.members[other].role = to;
                    ++room.version;
                },
                target != to);
        }
        case 7: {
            const bool invite = below(3) == 0;
            const auto policy = invite ? join_policy::invite : join_policy::open;
            return expect(
                log_.change_as(by, name, room_action::update{{.policy = policy}}), judge(role, 2),
                [&] {
                    room.invite = invite;
                    ++room.version;
                },
                room.invite != invite);
        }
        default:
            if (role == 3 && below(12) == 0)
                return expect(log_.erase(by, name), room_status::done, [&] { model_.end(name, by); });
            return say(by, name, role);
        }
    }

    void compare() {
        if (log_.survives_reopen() && below(3) == 0) log_.reopen();
        for (const std::string name : {"p", "q", "r", "s"}) CHECK(log_.show(name) == model_.show(name));
        for (char name = 'a'; name <= 'j'; ++name)
            REQUIRE(log_.show_log(std::string(1, name)) == model_.show_log(std::string(1, name)));
    }

  private:
    std::size_t below(std::size_t limit) { return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random_); }
    std::string user() { return std::string(1, static_cast<char>('a' + below(10))); }
    static room_status judge(int role, int least) {
        if (role == 0) return room_status::not_found;
        return role >= least ? room_status::done : room_status::forbidden;
    }
    template <class Apply>
    void expect(const room_changed& got, room_status wanted, Apply&& apply, bool changes = true) {
        REQUIRE(got.status == wanted);
        if (wanted != room_status::done) return;
        CHECK(got.changed == changes);
        if (changes) apply();
    }
    void join(const std::string& by, const std::string& name) {
        auto& room = model_.rooms[name];
        const bool member = model_.role(by, name) > 0;
        const bool shut = room.alive && !member && (room.invite || room.removed.contains(by));
        expect(
            log_.join(by, name), shut ? room_status::forbidden : room_status::done,
            [&] { room.alive ? model_.enter(by, name, "joined", by) : model_.begin(by, name); }, !member);
    }
    void say(const std::string& by, const std::string& name, int role) {
        const auto text = "t" + std::to_string(below(1000));
        const auto got = log_.post(by, name, text);
        REQUIRE(got.status == (role > 0 ? post_status::stored : post_status::not_found));
        if (role == 0) return;
        CHECK(got.member_count == model_.rooms[name].members.size());
        model_.say(by, name, text);
    }

    room_fixture log_;
    std::mt19937 random_;
    naive_rooms model_;
};

std::string code_of(room_status status) { return std::to_string(static_cast<int>(status)); }

} // namespace

TEST_CASE("ten users in four rooms do what a naive model does", "[room]") {
    const auto implementation = EVERY_LOG;
    const auto seed = GENERATE(range(1u, 85u)); // 84 walks of 600 steps with either log: 100,800 steps
    CAPTURE(implementation, seed);
    walk both(implementation, seed);
    for (int i = 0; i < 600; ++i) {
        both.step();
        if (i % 60 == 59) both.compare();
    }
}

TEST_CASE("verb by role by state: what is answered and whether anything changes", "[room]") {
    // The room has an owner, two admins, two members; `x` is none, `gone` was removed.
    enum state { open, invite, ended };
    const std::vector<std::pair<std::string, room_role>> callers{{"owner", room_role::owner},
                                                                 {"admin", room_role::admin},
                                                                 {"member", room_role::member},
                                                                 {"x", room_role::none},
                                                                 {"gone", room_role::none}};
    using enum room_status;
    struct row {
        std::string name;
        room_action::any action;
        room_status owner, admin, member, other; // in a room that is there
    };
    const std::vector<row> verbs{
        {"leave", room_action::leave{}, done, done, done, not_found},
        {"update", room_action::update{{.name = "new"}}, done, done, forbidden, not_found},
        {"empty update", room_action::update{}, empty_patch, empty_patch, forbidden, not_found},
        {"blank name", room_action::update{{.name = ""}}, blank_name, blank_name, forbidden, not_found},
        {"add", room_action::add{{{"y"}}}, done, done, forbidden, not_found},
        {"remove a member", room_action::remove{{"member2"}}, done, done, forbidden, not_found},
        {"remove an admin", room_action::remove{{"admin2"}}, done, forbidden, forbidden, not_found},
        {"remove the owner", room_action::remove{{"owner"}}, oneself, forbidden, forbidden, not_found},
        {"remove a stranger", room_action::remove{{"x"}}, forbidden, forbidden, forbidden, not_found},
        {"promote", room_action::set_role{{"member2"}, room_role::admin}, done, forbidden, forbidden, not_found},
        {"demote", room_action::set_role{{"admin2"}, room_role::member}, done, forbidden, forbidden, not_found},
        {"demote the owner", room_action::set_role{{"owner"}, room_role::member}, forbidden, forbidden, forbidden,
         not_found},
        {"promote a stranger", room_action::set_role{{"x"}, room_role::admin}, forbidden, forbidden, forbidden,
         not_found},
        {"erase", room_action::erase{}, done, forbidden, forbidden, not_found},
        {"create", room_action::create{}, taken, taken, taken, taken},
    };
    const auto implementation = EVERY_LOG;
    room_fixture f(implementation);
    f.rules.auto_create = false;
    int number = 0;
    const auto make = [&](state how) {
        const auto name = "r" + std::to_string(++number);
        (void)f.create("owner", name, {"admin", "admin2", "member", "member2", "gone"});
        for (const std::string user : {"admin", "admin2"})
            (void)f.change_as("owner", name, room_action::set_role{{user}, room_role::admin});
        (void)f.change_as("owner", name, room_action::remove{{"gone"}});
        if (how == invite) (void)f.change_as("owner", name, room_action::update{{.policy = join_policy::invite}});
        if (how == ended) (void)f.erase("owner", name);
        return name;
    };
    for (const state how : {open, invite, ended}) {
        for (const auto& [caller, role] : callers) {
            CAPTURE(implementation, static_cast<int>(how), caller);
            const auto by_role = [callers_role = role](const row& verb) {
                if (callers_role == room_role::owner) return verb.owner;
                if (callers_role == room_role::admin) return verb.admin;
                return callers_role == room_role::member ? verb.member : verb.other;
            };
            for (const row& verb : verbs) {
                const auto name = make(how);
                const auto before = f.reader().find_room({{"owner"}, {name}}).value();
                auto wanted = by_role(verb);
                if (how == ended) wanted = verb.name == "create" ? done : not_found;
                CAPTURE(verb.name);
                const auto got = f.change_as(caller, name, verb.action);
                CHECK(code_of(got.status) == code_of(wanted));
                CHECK((f.reader().find_room({{caller}, {name}}).value().has_value()) ==
                      ((how != ended && role != room_role::none && !(wanted == done && verb.name == "leave") &&
                        !(wanted == done && verb.name == "erase")) ||
                       (how == ended && verb.name == "create")));
                if (wanted == done) continue;
                const auto after = f.reader().find_room({{"owner"}, {name}}).value();
                REQUIRE(after.has_value() == before.has_value());
                if (after) CHECK(after->head.version == before->head.version);
            }
            const auto name = make(how);
            auto joins = role != room_role::none || (how == open && caller == "x") ? done : forbidden;
            if (how == ended) joins = not_found;
            CHECK(code_of(f.join(caller, name).status) == code_of(joins));
            const bool member_now = joins == done;
            CHECK((f.post(caller, name, "hi").status == post_status::stored) == member_now);
        }
    }
}
