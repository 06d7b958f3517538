#pragma once

#include "common/state/log_tables.hpp"
#include "common/state/ordered_positions.hpp"
#include "common/state/room_records.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace wsd {

// A room as the writer of the log knows it: what is shown of it, its members, and who was removed. Rights and limits
// are the caller's to look at; that a room with members has exactly one owner and that the version grows with every
// change is seen to here. What members got and read is counted without looking at each of them, since a message in a
// large room causes a receipt of every member. Bounded by its members and the removed.
class room {
  public:
    struct member {
        user_id user;
        member_row row;
    };

    // As the tables have it; rows of users who were removed have role none. `chat_head`: highest chat_seq there was.
    room(const room_row& row, std::vector<member> rows, std::uint64_t chat_head);

    [[nodiscard]] chat_key key() const { return row_.key; }
    [[nodiscard]] const room_row& row() const { return row_; }
    [[nodiscard]] const room_head& head() const { return row_.head; }
    [[nodiscard]] bool alive() const { return row_.alive; }
    [[nodiscard]] std::uint64_t chat_head() const { return chat_head_; }
    [[nodiscard]] std::uint64_t size() const { return row_.head.member_count; } // members
    [[nodiscard]] std::size_t cost() const { return rows_.size() + 1; }
    std::uint64_t next_chat_seq() { return ++chat_head_; }

    [[nodiscard]] room_role role_of(const user_id& user) const;
    [[nodiscard]] bool was_removed(const user_id& user) const;
    // Null: not a member. Good until the room is next changed.
    [[nodiscard]] const member* find(const user_id& user) const;
    // A message or event with this offset is the member's to see: it came after it last became one.
    [[nodiscard]] static bool sees(const member* who, std::uint64_t offset) {
        return who != nullptr && offset > who->row.since;
    }
    // fn(const member&) for each, in the order of their ids.
    template <class Fn> void for_each(Fn&& fn) const {
        for (const member& each : rows_)
            if (each.row.role != room_role::none) fn(each);
    }
    [[nodiscard]] room_view view() const;
    [[nodiscard]] receipt_counts count_receipts(const user_id& author, const message_row& message) const;

    // The room begins, or begins anew after its end, with version 1 and without members.
    void found(const room_head& head);
    void end();
    struct newcomer {
        user_id user;
        user_key key = user_key::none;
        timestamp at = 0;
        std::uint64_t since = 0; // offset of the event that tells of it
    };
    // Not a member yet. The first one of all is the owner; the version grows unless it is the founder.
    void add(const newcomer& who, bool founder = false);
    enum class departure : std::uint8_t { left, removed };
    // A member. Who becomes owner because of it, if somebody does.
    std::optional<user_id> remove(const user_id& user, departure how, timestamp at);
    void set_role(const user_id& user, room_role role, timestamp at); // of a member, not the owner
    // What of the patch is not so already; the version grows when there is something.
    room_patch update(const room_patch& wanted, timestamp at);
    // Positions of a member; true: one of them moved. They never go back.
    bool move_position(const user_id& user, std::uint64_t delivered, std::uint64_t read);

  private:
    [[nodiscard]] std::vector<member>::iterator place_of(const user_id& user);
    [[nodiscard]] member* heir();
    void changed(timestamp at);
    void count_in(const member_row& row);
    void count_out(const member_row& row);
    void forget_members();

    room_row row_;
    std::vector<member> rows_; // by user id; removed users included
    // Of the members' rows, each by itself.
    ordered_positions since_;
    ordered_positions delivered_;
    ordered_positions read_;
    std::uint64_t chat_head_;
};

} // namespace wsd
