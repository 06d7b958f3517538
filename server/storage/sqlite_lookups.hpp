#pragma once

#include "server/storage/sqlite_rows.hpp"

#include <cstddef>
#include <optional>
#include <vector>

namespace wsd {

// What the writer and a reader both ask of the database as it is, without the overlay. The rows belong to whoever
// derives from this and may be constructed behind it.
template <class Interface> class sqlite_lookups : public Interface {
  public:
    [[nodiscard]] user_id user_name(user_key user) override { return found_.user_name(user); }
    [[nodiscard]] std::uint64_t find_read_position(user_key user, chat_key chat) override {
        return found_.find_read_position(user, chat);
    }
    void read_directs(user_key user, std::vector<direct_place>& out) override { found_.read_directs(user, out); }
    void read_contacts(user_key user, contact_place& at, std::size_t max, std::vector<user_id>& out) override {
        found_.read_contacts(user, at, max, out);
    }
    [[nodiscard]] std::optional<room_row> find_room(const room_id& room) override { return found_.rooms().find(room); }
    [[nodiscard]] std::optional<room_row> find_room(chat_key room) override { return found_.rooms().find(room); }
    [[nodiscard]] std::optional<member_row> find_member(chat_key room, user_key user) override {
        return found_.rooms().find_member(room, user);
    }
    void read_members(chat_key room, std::vector<member_row>& out) override { found_.rooms().read_members(room, out); }
    void read_rooms(user_key user, std::vector<room_row>& out) override { found_.rooms().read(user, out); }
    void read_all_members(user_key after, std::size_t max, std::vector<user_key>& out) override {
        found_.rooms().read_all_members(after, max, out);
    }

  protected:
    explicit sqlite_lookups(sqlite_rows& rows) : found_(rows) {}

  private:
    sqlite_rows& found_;
};

} // namespace wsd
