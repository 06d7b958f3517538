#pragma once

#include "common/state/log_records.hpp"
#include "common/state/room_rows.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

// What lies beneath the logic of the log: rows, found by key. The logic (server/storage/operations) is written once
// over these two classes; memory_tables and sqlite_tables are what it runs on.
namespace wsd {

struct user_row {
    user_key key = user_key::none;
    std::uint64_t head = 0;
    std::uint64_t floor = 1;        // what was trimmed counts as gone, be it still in the tables or not
    std::uint64_t settled = 0;      // see log_tables::set_settled
    std::uint64_t stored_floor = 1; // see log_tables::set_floor
};

// Of a user's log the newest entries_max entries count.
inline void apply_retention(user_row& user, std::uint64_t entries_max) {
    if (user.head >= entries_max && user.floor < user.head - entries_max + 1) user.floor = user.head - entries_max + 1;
}
inline constexpr std::uint64_t no_entries_max = ~std::uint64_t{0};

struct direct_pair { // the users of a direct chat, low < high
    user_key low = user_key::none;
    user_key high = user_key::none;
    friend bool operator==(const direct_pair&, const direct_pair&) = default;
};
struct pair_hash {
    std::size_t operator()(const direct_pair& users) const noexcept {
        constexpr std::uint64_t odd = 0x9e3779b97f4a7c15;
        const auto mixed = static_cast<std::uint64_t>(users.low) * odd ^ static_cast<std::uint64_t>(users.high);
        return static_cast<std::size_t>((mixed ^ mixed >> 32) * odd);
    }
};

struct direct_row {
    chat_key key = chat_key::none;
    std::uint64_t head = 0; // highest chat_seq
    bool low_wrote = false;
    bool high_wrote = false;
};

// A message without its texts; or an edit or deletion of one, which has entries in logs like a message and no place in
// the chat. Messages of rooms and their changes have no recipient, and their place in the sender's log only; a change's
// sender is who made it. Events of rooms have no chat_seq and neither place.
struct message_row {
    std::uint64_t offset = 0; // 1, 2, 3 … over all chats, without a hole
    chat_key chat = chat_key::none;
    std::uint64_t chat_seq = 0;
    user_key sender = user_key::none;
    user_key recipient = user_key::none;
    std::uint64_t sender_seq = 0;
    std::uint64_t recipient_seq = 0;
    timestamp sent_at = 0;
    message_state state = message_state::sent;
    entry_kind kind = entry_kind::message;
    std::uint64_t target = 0; // edit, deletion: offset of the message
    std::uint64_t link = 0;   // offset of a message's latest edit or deletion; of an edit's next one. 0: none
    timestamp edited_at = 0;  // 0: not
    timestamp deleted_at = 0;
    user_key deleted_by = user_key::none;
};
// The place of a message in its chat.
struct place_row {
    std::uint64_t offset = 0;
    bool by_low = false;     // the lower user of a direct chat wrote it
    std::uint8_t author = 0; // of a room's message: author_code
};

struct direct_place { // a direct chat of a user
    chat_key chat = chat_key::none;
    direct_pair users;
};

struct device_row {
    device_id device;
    std::optional<std::uint64_t> position = {};
    std::uint64_t hello = 0; // order of the device's last HELLO among those of its user
};

struct client_key { // names a message by what its sender called it
    user_key sender = user_key::none;
    chat_key chat = chat_key::none;
    std::string_view client_id;
};

// Reading. A failure (of the disk, say) makes every call return nothing, from then on and until the owner has dealt
// with it; who has asked looks at failed() before it believes an answer. That keeps the logic free of checks at every
// step.
class log_source {
  public:
    virtual ~log_source() = default;
    [[nodiscard]] virtual bool failed() const = 0;

    [[nodiscard]] virtual std::optional<user_row> find_user(const user_id& user) = 0;
    [[nodiscard]] virtual user_id user_name(user_key user) = 0;
    [[nodiscard]] virtual std::optional<direct_row> find_direct(direct_pair users) = 0;
    // Appends the entries from..to that are in the user's log to `out`, ascending.
    virtual void read_entries(user_key user, std::uint64_t from, std::uint64_t to, std::vector<entry_row>& out) = 0;
    [[nodiscard]] virtual std::optional<message_row> find_message(std::uint64_t offset) = 0;
    // The message and its row. `tag` is the store's, see message_id. Null: no such message.
    struct full_message {
        message_row row;
        std::shared_ptr<const message_record> record;
    };
    [[nodiscard]] virtual full_message read_message(std::uint64_t offset, std::uint16_t tag) = 0;
    [[nodiscard]] virtual std::uint64_t find_read_position(user_key user, chat_key chat) = 0; // 0: none
    virtual void read_directs(user_key user, std::vector<direct_place>& out) = 0; // all of the user's, in any order
    [[nodiscard]] virtual std::uint64_t find_chat_head(chat_key chat) = 0;        // highest chat_seq
    // Appends the messages from..to (chat_seq) of the chat to `out`, ascending.
    virtual void read_places(chat_key chat, std::uint64_t from, std::uint64_t to, std::vector<place_row>& out) = 0;
    // Deleted messages among from..to (chat_seq) that somebody else than `reader` wrote.
    [[nodiscard]] virtual std::uint64_t count_deleted(chat_key chat, user_key reader, std::uint64_t from,
                                                      std::uint64_t to) = 0;
    // Users of direct chats in which both have written; appends at most max of those behind `at`, and moves it.
    virtual void read_contacts(user_key user, contact_place& at, std::size_t max, std::vector<user_id>& out) = 0;

    [[nodiscard]] virtual std::optional<room_row> find_room(const room_id& room) = 0;
    [[nodiscard]] virtual std::optional<room_row> find_room(chat_key room) = 0;
    [[nodiscard]] virtual std::optional<member_row> find_member(chat_key room, user_key user) = 0;
    virtual void read_members(chat_key room, std::vector<member_row>& out) = 0; // and who was removed
    virtual void read_rooms(user_key user, std::vector<room_row>& out) = 0;     // of user_key::none: all there are
    // Appends at most `max` users who are members of a room, with keys above `after`, ascending.
    virtual void read_all_members(user_key after, std::size_t max, std::vector<user_key>& out) = 0;
};

// Writing, by one owner, between its begin and its commit; reading sees what was written.
class log_tables : public log_source {
  public:
    // The last message of the store, or what is known of it when it is gone. Offset 0: there never was one.
    struct last_message {
        std::uint64_t offset = 0;
        timestamp sent_at = 0;
    };
    [[nodiscard]] virtual last_message find_last_message() = 0;
    [[nodiscard]] virtual std::uint64_t find_client_id(const client_key& key) = 0; // offset of the message, 0: none
    // The same over all chats: the newest for which `counts` is true, which may read.
    using offset_filter = std::function<bool(std::uint64_t offset)>;
    [[nodiscard]] virtual std::uint64_t find_newest_client_id(user_key sender, std::string_view client_id,
                                                              const offset_filter& counts) = 0;
    virtual void read_devices(user_key user, std::vector<device_row>& out) = 0;

    [[nodiscard]] virtual user_key add_user(const user_id& user) = 0;
    [[nodiscard]] virtual chat_key add_direct(direct_pair users) = 0;
    virtual void set_wrote(chat_key chat, bool low, bool high) = 0;
    // Adds the message with its entries in both logs, its place in the chat and its client id. Every number in `row` is
    // one above the highest there is.
    virtual void add_message(const message_row& row, const std::shared_ptr<const message_record>& record) = 0;
    // Adds an edit or deletion with its entries: of a direct message in both logs, of a room's where `entries` says.
    virtual void add_mutation(const message_row& row, std::span<const entry_place> entries) = 0;
    // The message has another content, and other times of being edited and deleted, and another link. `first_content`
    // is a code of the content that it was stored with; the first one that is given stays.
    virtual void change_message(const message_row& row, const std::shared_ptr<const message_record>& record,
                                std::uint64_t first_content) = 0;
    virtual void set_link(std::uint64_t offset, std::uint64_t link) = 0;
    [[nodiscard]] virtual std::uint64_t find_first_content(std::uint64_t offset) = 0; // 0: was never changed
    virtual void set_state(std::uint64_t offset, message_state state) = 0;
    // Everything addressed to the user up to there is delivered or read; direct messages are read so from now on.
    virtual void set_settled(user_key user, std::uint64_t settled) = 0;
    // Entries below it are not needed any more: the tables may drop them. Above what it was.
    virtual void set_floor(user_key user, std::uint64_t floor) = 0;
    // Appends at most `max` users with keys above `after`, ascending.
    virtual void read_users(user_key after, std::size_t max, std::vector<user_key>& out) = 0;
    // Offset of the first message that was sent at that time or later; above all offsets when there is none.
    [[nodiscard]] virtual std::uint64_t find_first_since(timestamp time) = 0;
    virtual void set_read_position(user_key user, chat_key chat, std::uint64_t chat_seq) = 0;
    virtual void put_device(user_key user, const device_row& device) = 0;
    virtual void remove_device(user_key user, const device_id& device) = 0;

    [[nodiscard]] virtual chat_key add_room(const room_id& room) = 0;
    virtual void put_room(const room_row& row) = 0;
    virtual void put_member(chat_key room, const member_row& member) = 0;
    virtual void set_positions(chat_key room, const member_row& member) = 0; // delivered and read of one who is there
    virtual void remove_member(chat_key room, user_key user) = 0;
    // The room has ended: its members go, and of its messages all but their places.
    virtual void clear_room(chat_key room) = 0;
    // Adds a message or an event of a room with its entries; a message also gets its place in the chat.
    virtual void add_posted(const message_row& row, const std::shared_ptr<const message_record>& record,
                            std::span<const entry_place> entries) = 0;
    [[nodiscard]] virtual std::uint64_t count_rooms() = 0;
    [[nodiscard]] virtual std::uint64_t count_rooms_of(user_key user) = 0;
    [[nodiscard]] virtual bool share_room(user_key a, user_key b) = 0; // both are members of one

    // Those that it covers, and those whose time is over, may go.
    virtual void put_revocation(const revocation& what, timestamp now) = 0;
    virtual void put_suspension(const suspension& what) = 0;       // a lifted one is none
    virtual void read_exclusions(std::vector<exclusion>& out) = 0; // appends all, in no particular order
};

} // namespace wsd
