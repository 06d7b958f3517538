#pragma once

#include "common/base/clock.hpp"
#include "common/state/aging_tables.hpp"
#include "common/state/head_cache.hpp"
#include "common/state/log_tables.hpp"
#include "common/state/recent_messages.hpp"
#include "common/state/room_cache.hpp"
#include "server/storage/log_queries.hpp"
#include "server/storage/log_retention.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace wsd {

// What an operation works on: the tables, and before them what is known of users and chats that were active lately.
// Belongs to the writer of a log. After a rollback call forget(): it is as new then.
class log_state {
  public:
    using user_head = head_cache::user_head;
    struct direct_chat {
        direct_pair users;
        direct_row row;
    };

    log_state(aging_tables& tables, const store_name& store, const log_retention& keep, head_cache::limits caps);

    [[nodiscard]] aging_tables& tables() { return tables_; }
    void forget();
    // To be called now and then: what is known of users who were not active for a minute or two is let go.
    void age(timestamp now);

    [[nodiscard]] std::optional<user_head> find_user(const user_id& user);
    [[nodiscard]] user_head find_or_add_user(const user_id& user);
    // Of a user who is known to have a row, without hashing the name.
    [[nodiscard]] user_head find_user(user_key key, const user_id& user);
    [[nodiscard]] user_id user_name(user_key user);
    [[nodiscard]] direct_chat find_or_add_direct(user_key one, user_key other);

    // Whatever changed in a head is put back with these.
    void put(user_head head);
    // The same when messages are delivered by the settled mark alone, see log_tables::set_settled.
    void put_settled(user_head head);
    void put(const direct_chat& chat) { cache_.put(chat.users, chat.row); }

    // Whether both are members of one room.
    [[nodiscard]] bool share_room(const user_id& a, const user_id& b);

    // A room whole, alive or ended. Null: there never was one. Good until trim_rooms(), which an operation on rooms
    // begins with.
    [[nodiscard]] room* find_room(const room_id& id);
    [[nodiscard]] room* find_room(chat_key key);
    [[nodiscard]] room* add_room(const room_id& id);
    void trim_rooms() { rooms_.trim(); }

    // The place of a new message. Time never goes back, whatever `now` does; the offset is used up.
    struct message_place {
        std::uint64_t offset = 0;
        timestamp sent_at = 0;
        message_id id;
    };
    [[nodiscard]] message_place next_place(timestamp now);
    [[nodiscard]] std::uint64_t last_offset() {
        read_last_message();
        return last_.offset;
    }

    void add_message(const message_row& row, const std::shared_ptr<const message_record>& record);
    void add_posted(const message_row& row, const std::shared_ptr<const message_record>& record,
                    std::span<const entry_place> entries);
    void set_state(const message_row& row);   // to row.state
    void state_moved(const message_row& row); // to row.state, by the settled mark of its recipient
    void add_mutation(const message_row& row, std::span<const entry_place> entries = {});
    // `record` is what the message, which had the content `before`, becomes.
    void change_message(const message_row& row, const std::shared_ptr<const message_record>& record,
                        std::string_view before);
    void set_link(std::uint64_t offset, std::uint64_t link);
    // See aging_tables.
    void remove_oldest(std::uint64_t below, std::size_t max);
    // Whether the message was stored with this content, whatever became of it.
    [[nodiscard]] bool was_sent_with(const message_record& message, std::uint64_t offset, std::string_view content);
    // The message with this id, or what has this offset; nullopt when the store has none.
    [[nodiscard]] std::optional<message_row> find_message(const message_id& id);
    [[nodiscard]] std::optional<message_row> find_message(std::uint64_t offset);
    [[nodiscard]] message_id id_of(const message_row& row) const;
    [[nodiscard]] std::uint16_t store_tag() const { return store_tag_; }
    [[nodiscard]] const log_retention& retention() const { return retention_; }

    // Up to where trim_logs has come in its round over all users.
    [[nodiscard]] user_key swept_up_to() const { return swept_up_to_; }
    void set_swept_up_to(user_key user) { swept_up_to_ = user; }

  private:
    void read_last_message();
    [[nodiscard]] std::uint64_t content_code(std::string_view content) const;
    [[nodiscard]] room* load(const std::optional<room_row>& row);
    [[nodiscard]] bool may_be_in_rooms(user_head head);
    [[nodiscard]] bool may_be_delivered(const message_row& row);

    aging_tables& tables_;
    std::uint16_t store_tag_;
    seeded_hash hash_;
    log_retention retention_;
    user_key swept_up_to_ = user_key::none;
    head_cache cache_;
    timestamp aged_at_ = 0;
    recent_messages recent_;
    room_cache rooms_;
    bool last_known_ = false;
    log_tables::last_message last_;
};

} // namespace wsd
