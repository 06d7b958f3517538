#pragma once

#include "common/base/seeded_hash.hpp"
#include "common/state/aging_tables.hpp"
#include "common/state/client_id_index.hpp"
#include "common/state/exclusion_store.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <deque>
#include <vector>

namespace wsd {

// The tables of the log in memory. Written by one thread; who lets another one read locks around both. Nothing leaves
// them but what remove_oldest() takes: the owner looks at bytes() and stops adding.
class memory_tables final : public aging_tables {
  public:
    // Of each user's log the newest entries_max entries count.
    explicit memory_tables(const hash_seed& seed, std::uint64_t entries_max = no_entries_max)
        : hash_(seed), entries_max_(entries_max), user_keys_(0, hash_, same_text{}), room_keys_(0, hash_, same_text{}),
          exclusions_(seed) {}

    // What one operation adds at most beside the texts that it carries.
    static constexpr std::size_t operation_bytes_max = 2048;

    // About what everything in here takes.
    [[nodiscard]] std::size_t bytes() const { return bytes_ + exclusions_.count() * operation_bytes_max; }

    [[nodiscard]] bool failed() const override { return false; }
    [[nodiscard]] std::uint64_t removed_up_to() override { return removed_.offset; }

    [[nodiscard]] std::optional<user_row> find_user(const user_id& user) override;
    [[nodiscard]] user_id user_name(user_key user) override;
    [[nodiscard]] std::optional<direct_row> find_direct(direct_pair users) override;
    void read_entries(user_key user, std::uint64_t from, std::uint64_t to, std::vector<entry_row>& out) override;
    [[nodiscard]] std::optional<message_row> find_message(std::uint64_t offset) override;
    [[nodiscard]] full_message read_message(std::uint64_t offset, std::uint16_t tag) override;
    [[nodiscard]] std::uint64_t find_read_position(user_key user, chat_key chat) override;
    void read_directs(user_key user, std::vector<direct_place>& out) override;
    [[nodiscard]] std::uint64_t find_chat_head(chat_key chat) override;
    void read_places(chat_key chat, std::uint64_t from, std::uint64_t to, std::vector<place_row>& out) override;
    [[nodiscard]] std::uint64_t count_deleted(chat_key chat, user_key reader, std::uint64_t from,
                                              std::uint64_t to) override;
    void read_contacts(user_key user, contact_place& at, std::size_t max, std::vector<user_id>& out) override;

    [[nodiscard]] last_message find_last_message() override;
    [[nodiscard]] std::uint64_t find_client_id(const client_key& key) override;
    [[nodiscard]] std::uint64_t find_newest_client_id(user_key sender, std::string_view client_id,
                                                      const offset_filter& counts) override;
    void read_devices(user_key user, std::vector<device_row>& out) override;
    [[nodiscard]] user_key add_user(const user_id& user) override;
    [[nodiscard]] chat_key add_direct(direct_pair users) override;
    void set_wrote(chat_key chat, bool low, bool high) override;
    void add_message(const message_row& row, const std::shared_ptr<const message_record>& record) override;
    void add_mutation(const message_row& row, std::span<const entry_place> entries) override;
    void change_message(const message_row& row, const std::shared_ptr<const message_record>& record,
                        std::uint64_t first_content) override;
    void set_link(std::uint64_t offset, std::uint64_t link) override;
    [[nodiscard]] std::uint64_t find_first_content(std::uint64_t offset) override;
    void set_state(std::uint64_t offset, message_state state) override;
    void set_settled(user_key user, std::uint64_t settled) override;
    void set_floor(user_key user, std::uint64_t floor) override;
    void read_users(user_key after, std::size_t max, std::vector<user_key>& out) override;
    [[nodiscard]] std::uint64_t find_first_since(timestamp time) override;
    void set_read_position(user_key user, chat_key chat, std::uint64_t chat_seq) override;
    void put_device(user_key user, const device_row& device) override;
    void remove_device(user_key user, const device_id& device) override;

    [[nodiscard]] std::optional<room_row> find_room(const room_id& room) override;
    [[nodiscard]] std::optional<room_row> find_room(chat_key room) override;
    [[nodiscard]] std::optional<member_row> find_member(chat_key room, user_key user) override;
    void read_members(chat_key room, std::vector<member_row>& out) override;
    void read_rooms(user_key user, std::vector<room_row>& out) override;
    void read_all_members(user_key after, std::size_t max, std::vector<user_key>& out) override;
    [[nodiscard]] chat_key add_room(const room_id& room) override;
    void put_room(const room_row& row) override;
    void put_member(chat_key room, const member_row& member) override;
    void set_positions(chat_key room, const member_row& member) override;
    void remove_member(chat_key room, user_key user) override;
    void clear_room(chat_key room) override;
    [[nodiscard]] std::uint64_t ended_up_to(chat_key room) override;
    void blank_ended(std::size_t max) override;
    void remove_oldest(std::uint64_t below, std::size_t max) override;
    void add_posted(const message_row& row, const std::shared_ptr<const message_record>& record,
                    std::span<const entry_place> entries) override;
    [[nodiscard]] std::uint64_t count_rooms() override { return rooms_alive_; }
    [[nodiscard]] std::uint64_t count_rooms_of(user_key user) override;
    [[nodiscard]] bool share_room(user_key a, user_key b) override;
    void put_revocation(const revocation& what, timestamp now) override { exclusions_.apply(what, now); }
    void put_suspension(const suspension& what) override { exclusions_.apply(what, 0); }
    void read_exclusions(std::vector<exclusion>& out) override {
        exclusions_.for_each([&out](const exclusion& each) { out.push_back(each); });
    }

  private:
    struct user {
        user_id name;
        std::uint64_t settled = 0;
        std::uint64_t first = 1;                // seq of entries[0]
        std::deque<std::uint64_t> entries = {}; // encode_entry
        [[nodiscard]] std::uint64_t head() const { return first + entries.size() - 1; }
        std::vector<device_row> devices = {};
        std::vector<chat_key> chats = {}; // direct ones
        std::vector<chat_key> rooms = {}; // of which it is a member
    };
    struct posts { // the room and what was said in it
        room_row row;
        std::vector<member_row> members = {};    // by user
        std::vector<std::uint64_t> places = {};  // as of a direct chat
        std::vector<std::uint64_t> deleted = {}; // offsets of messages
        std::uint64_t ended = 0;                 // chat_seq up to which messages are of rooms that have ended
        std::uint64_t blanked = 0;               // and up to which these were emptied
    };
    struct direct {
        direct_pair users;
        direct_row row;
        std::uint64_t low_read = 0; // chat_seq that the user has read up to
        std::uint64_t high_read = 0;
        std::vector<std::uint64_t> places = {};  // encode_place; places[i] has chat_seq i + 1
        std::vector<std::uint64_t> deleted = {}; // offsets of messages
    };
    [[nodiscard]] user* at(user_key key);
    [[nodiscard]] direct* at(chat_key key);
    [[nodiscard]] posts* room_at(chat_key key);
    [[nodiscard]] full_message* message_at(std::uint64_t offset);
    [[nodiscard]] message_state state_of(const message_row& row); // see set_settled
    [[nodiscard]] static std::size_t cost_of(const full_message& message);
    void blank(full_message& message);
    void forget(const full_message& message);
    [[nodiscard]] bool has_client_id(std::uint64_t offset, std::string_view client_id);
    void add_entries(const message_row& row, std::span<const entry_place> entries);

    seeded_hash hash_;
    std::uint64_t entries_max_;
    std::deque<user> users_; // keys are indices + 1
    std::deque<direct> directs_;
    // The first has the offset removed_.offset + 1; edits and deletions are without a record.
    std::deque<full_message> messages_;
    last_message removed_;
    boost::unordered_flat_map<std::uint64_t, std::uint64_t> first_contents_; // by offset
    boost::unordered_flat_map<user_id, user_key, seeded_hash, same_text> user_keys_;
    boost::unordered_flat_map<direct_pair, chat_key, pair_hash> direct_keys_;
    std::deque<posts> rooms_; // keys are first_room_key + index + 1
    boost::unordered_flat_map<room_id, chat_key, seeded_hash, same_text> room_keys_;
    std::uint64_t rooms_alive_ = 0;
    std::deque<chat_key> to_blank_; // rooms that have ended
    client_id_index client_ids_;
    exclusion_store exclusions_;
    std::size_t bytes_ = 0;
};

} // namespace wsd
