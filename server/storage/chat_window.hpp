#pragma once

#include "common/state/chat_records.hpp"
#include "common/state/log_tables.hpp"
#include "server/storage/log_queries.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace wsd {

// What one user sees of one chat now. Lives no longer than a query; as with log_queries, the caller looks whether the
// source has failed.
class chat_window {
  public:
    // Nullopt: the user is no member of the room, or the room has ended.
    [[nodiscard]] static std::optional<chat_window> of_room(log_source& source, const store_name& store, user_key user,
                                                            chat_key room);
    [[nodiscard]] static chat_window of_direct(log_source& source, const store_name& store, user_key user,
                                               const listed_chat& chat);

    [[nodiscard]] std::uint64_t head() const { return head_; } // highest chat_seq of the chat
    // Of the messages that the user sees; above head: it sees none.
    [[nodiscard]] std::uint64_t first();
    [[nodiscard]] std::uint64_t read_position() const;
    // Messages of others above the read position, but for deleted ones.
    [[nodiscard]] std::uint64_t count_unread();
    // Place of the newest message, which is at head(); nullopt: the user does not see it.
    [[nodiscard]] std::optional<place_row> find_last();
    // Whether the row is of the message that has this place in the chat: else the index is damaged, and the message may
    // be one that the user must not see.
    [[nodiscard]] bool holds(std::uint64_t chat_seq, const place_row& place, const message_row& message) const;
    // A message of the chat as the user is to see it.
    [[nodiscard]] message_state state_of(const message_row& message) const;
    // Of the user's own message in a room.
    [[nodiscard]] std::optional<receipt_counts> count_receipts(const message_row& message);

  private:
    chat_window(log_source& source, const store_name& store, user_key user, chat_key chat)
        : source_(source), user_(user), chat_(chat), head_(source.find_chat_head(chat)),
          sees_above_(store.removed_up_to) {}

    [[nodiscard]] std::optional<place_row> find(std::uint64_t chat_seq);
    [[nodiscard]] std::uint64_t offset_at(std::uint64_t chat_seq); // 0: none
    [[nodiscard]] std::uint64_t find_first();
    [[nodiscard]] bool is_own(const place_row& place);

    log_source& source_;
    user_key user_;
    chat_key chat_;
    std::uint64_t head_;
    std::uint64_t sees_above_;                 // offset
    std::uint64_t first_ = 0;                  // 0: not looked for yet
    direct_pair users_ = {};                   // of a direct chat
    std::optional<member_row> member_ = {};    // of a room
    std::vector<member_row> all_members_ = {}; // once they were asked for
};

} // namespace wsd
