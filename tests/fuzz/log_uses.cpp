#include "tests/fuzz/log_uses.hpp"

#include <string>
#include <utility>
#include <vector>

namespace wsd::fuzz {
namespace {

constexpr timestamp day = 24 * 3600 * 1000;
const room_id club{"club"};

void use(message_log& log, log_operation operation, timestamp at) {
    const std::vector<log_operation> operations{std::move(operation)};
    std::vector<log_outcome> outcomes(1, log_outcome{errc::invalid});
    if (!log.commit(operations, outcomes, at)) (void)log.recover();
}

void use_messages(message_log& log, std::span<const message_id> messages) {
    for (const char* user : users) {
        use(log, open_user{.user = {user}, .device = {"phone"}, .max_devices = 1, .pending = {"c0", "c5", "c11", "d"}},
            now);
        use(log, append_direct{{user}, {"anna"}, "more", "more"}, now);
        use(log, append_room{{user}, club, "more", "text", "more"}, now);
        for (const message_id& id : messages) {
            use(log, confirm_message{{user}, id, receipt_kind::read}, now);
            use(log, edit_message{{user}, id, "better"}, now);
        }
        use(log, confirm_replayed{{user}, 1, 4}, now);
        use(log, confirm_up_to{{user}, {"phone"}, 12}, now);
        use(log, delete_message{{user}, messages.back()}, now);
    }
}

void use_room(message_log& log) {
    const auto change = [&](const char* caller, room_action::any action) {
        use(log, change_room{.caller = {caller}, .room = club, .action = std::move(action), .rules = {}}, now);
    };
    change("dora", room_action::join{});
    change("anna", room_action::add{.users = {{"eve"}}});
    change("anna", room_action::set_role{.user = {"bob"}, .role = room_role::admin});
    change("bob", room_action::update{.patch = {.name = "new name"}});
    change("bob", room_action::remove{.user = {"carl"}});
    use(log, leave_rooms{.user = {"anna"}}, now);
    change("bob", room_action::erase{});
    change("carl", room_action::create{.members = {{"anna"}}});
}

} // namespace

void use_log(message_log& log, std::span<const message_id> messages) {
    (void)log.read_exclusions();
    for (const char* user : users) (void)log.open_unwritten({.user = {user}, .device = {"phone"}, .pending = {"c0"}});
    use_messages(log, messages);
    use_room(log);
    use(log, revocation{.user = {"bob"}}, now);
    use(log, suspension{.user = {"dora"}, .lifted = true}, now);
    for (const timestamp later : {now, now + day, now + 3 * day}) {
        use(log, trim_logs{}, later);
        use(log, append_direct{{"anna"}, {"bob"}, "later", ""}, later);
    }
}

void read_all(log_reader& reader, const log_identity& identity, std::span<const message_id> messages) {
    for (const char* user : users) {
        for (const message_id& id : messages) {
            (void)reader.ask(sync_request{{user}, id.to_string(), id.to_string()});
            (void)reader.plan_resume({.user = {user}, .start = 8, .last_seen = id.to_string()});
        }
        (void)reader.plan_resume({.user = {user}, .start = 8});
        (void)reader.plan_resume({.user = {user}, .start = 8, .epoch = identity.epoch, .seq = 0});
        (void)reader.read_page({.user = {user}, .from = 1, .to = 100, .replayed_from = 3});
        (void)reader.contacts({.user = {user}, .max = 100});
        (void)reader.find_room({{user}, club});
        (void)reader.list_rooms({.user = {user}});
        const auto chats = reader.ask(chat_list_request{{user}});
        if (chats) (void)reader.ask(conversations_request{{user}, std::get<chat_list>(*chats).chats});
        for (const char* peer : users) (void)reader.ask(history_request{.user = {user}, .peer = {peer}});
        (void)reader.ask(history_request{.user = {user}, .room = club});
    }
    (void)reader.list_rooms({.user = {}, .all = true});
    (void)reader.read_members({});
}

} // namespace wsd::fuzz
