#pragma once

#include "tests/support/log_fixture.hpp"

#include <string>
#include <vector>

namespace wsd::test {

// A log with shorthands for rooms.
class room_fixture : public log_fixture {
  public:
    using log_fixture::erase; // of a message
    using log_fixture::log_fixture;

    // Not inline: GCC 12 takes the other alternatives of a variant that it sees through for uninitialised values.
    [[nodiscard]] change_room change(std::string by, std::string room, room_action::any what) const;
    [[nodiscard]] room_changed change_as(std::string by, std::string room, room_action::any what) {
        return apply_as<room_changed>(change(std::move(by), std::move(room), std::move(what)));
    }
    [[nodiscard]] room_changed create(std::string by, std::string room, const std::vector<std::string>& members = {}) {
        return change_as(std::move(by), std::move(room), room_action::create{.members = ids(members)});
    }
    [[nodiscard]] room_changed join(std::string by, std::string room) {
        return change_as(std::move(by), std::move(room), room_action::join{});
    }
    [[nodiscard]] room_changed leave(std::string by, std::string room) {
        return change_as(std::move(by), std::move(room), room_action::leave{});
    }
    [[nodiscard]] room_changed add(std::string by, std::string room, const std::vector<std::string>& users) {
        return change_as(std::move(by), std::move(room), room_action::add{ids(users)});
    }
    [[nodiscard]] room_changed erase(std::string by, std::string room) {
        return change_as(std::move(by), std::move(room), room_action::erase{});
    }
    [[nodiscard]] posted post(std::string by, std::string room, std::string text, std::string client_id = "") {
        return apply_as<posted>(
            append_room{{std::move(by)}, {std::move(room)}, std::move(text), "text", std::move(client_id)});
    }

    // The user's log as it is shown now: one line an entry, `-` for one that has nothing to show.
    [[nodiscard]] std::vector<std::string> show_log(const std::string& user) {
        std::vector<std::string> shown;
        const auto head = open(user).head;
        for (const log_entry& entry : page(user, 1, head, 10'000).entries) shown.push_back(show(entry));
        return shown;
    }
    // `version user:role …` in the order in which members are listed; empty: it has no members among a…z. Roles: 3
    // owner, 2 admin.
    [[nodiscard]] std::string show(const std::string& room) {
        for (char name = 'a'; name <= 'z'; ++name) {
            const auto found = reader().find_room({{std::string(1, name)}, {room}}).value();
            if (!found) continue;
            std::string text = std::to_string(found->head.version) + " ";
            for (const auto& [user, role] : found->members)
                text += user.value + ":" + std::to_string(static_cast<int>(role)) + " ";
            return text;
        }
        return {};
    }
    [[nodiscard]] static std::string show(const log_entry& entry) {
        if (entry.hidden || !entry.shown) return "-";
        const message_record& what = *entry.message;
        switch (entry.kind) {
        case entry_kind::message:
            if (what.deleted_at) return std::to_string(what.chat_seq) + " deleted by " + what.deleted_by.value;
            return std::to_string(what.chat_seq) + " " + what.sender.value + ": " + what.content;
        case entry_kind::edit:
        case entry_kind::deletion:
            if (what.deleted_at) return "gone " + std::to_string(what.chat_seq) + " by " + what.deleted_by.value;
            return "edit " + std::to_string(what.chat_seq) + " " + what.content;
        case entry_kind::member_joined:
            return "joined " + what.recipient.value + " " + what.message_type + " by " + what.sender.value;
        case entry_kind::member_left:
            return "left " + what.recipient.value + " " + what.message_type + " by " + what.sender.value;
        case entry_kind::room_deleted:
            return "deleted by " + what.sender.value;
        default:
            return "?";
        }
    }
    [[nodiscard]] static std::vector<user_id> ids(const std::vector<std::string>& names) {
        std::vector<user_id> made;
        for (const auto& name : names) made.push_back({name});
        return made;
    }

    room_rules rules;
};

} // namespace wsd::test
