#pragma once

#include "common/base/seeded_hash.hpp"
#include "common/state/generation_map.hpp"
#include "common/state/log_tables.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace wsd {

// What the writer of the log knows of users and chats that were active lately, so that the next number costs no look-up
// in the tables. Everything in it can be read from the tables again. Lives with the writer; bounded by its caps.
class head_cache {
  public:
    struct limits {
        std::size_t users = 200'000;
        std::size_t chats = 200'000;
    };
    struct user_head {
        user_row row;
        std::uint64_t saved_settled = 0; // what the tables have
        enum class membership : std::uint8_t { unknown, none, possible };
        membership rooms = membership::unknown;
    };

    // Names are hashed under the seed: users choose whom they write to.
    head_cache(const hash_seed& seed, limits caps)
        : keys_(caps.users, seeded_hash(seed)), heads_(caps.users), names_(caps.users), directs_(caps.chats) {}

    [[nodiscard]] std::optional<user_head> find_user(const user_id& user) {
        const auto key = keys_.find(user);
        return key ? find_user(*key) : std::nullopt;
    }
    [[nodiscard]] std::optional<user_head> find_user(user_key key) { return heads_.find(key); }
    void put_key(const user_id& user, user_key key) { keys_.put(user, key); }
    void put(const user_head& head) { heads_.put(head.row.key, head); }

    [[nodiscard]] std::optional<user_id> find_name(user_key user) { return names_.find(user); }
    void put_name(user_key key, const user_id& user) { names_.put(key, user); }

    [[nodiscard]] std::optional<direct_row> find_direct(direct_pair users) { return directs_.find(users); }
    void put(direct_pair users, const direct_row& chat) { directs_.put(users, chat); }

    // Forgets who was not active since the last call: a crowd that came once leaves nothing behind.
    void age() {
        keys_.age();
        heads_.age();
        names_.age();
        directs_.age();
    }
    void clear() {
        keys_.clear();
        heads_.clear();
        names_.clear();
        directs_.clear();
    }

  private:
    generation_map<user_id, user_key, seeded_hash, same_text> keys_;
    generation_map<user_key, user_head> heads_;
    generation_map<user_key, user_id> names_;
    generation_map<direct_pair, direct_row, pair_hash> directs_;
};

} // namespace wsd
