#pragma once

#include "common/state/index_list.hpp"
#include "common/state/log_records.hpp"
#include "common/state/user_table.hpp"

#include <boost/circular_buffer.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

namespace wsd {

// The newest entries of the logs of the users whom a shard serves: what live delivery and most resumes read without
// asking the reader thread. A tail has no holes and ends at the head. Anything may be evicted at any time, since the
// log has it. Lives on its shard's thread. Bounded by users_max, by entries_per_user and by bytes_max over all tails:
// beyond it the user who has waited longest for a new entry loses its oldest ones first.
class message_store {
  public:
    struct options {
        std::size_t users_max = 1 << 20;
        std::size_t entries_per_user = 256;
        // Records shared by several tails count in each.
        std::size_t bytes_max = std::size_t{64} << 20;
        hash_seed seed{};
    };
    explicit message_store(const options& o) : options_(o), users_(o.seed) {}

    // Begins an empty tail behind `head`. True also when the user is attached already: the tail stays as it is then.
    // False: users_max.
    [[nodiscard]] bool attach(const user_id& user, std::uint64_t head);
    // The user's last connection has gone.
    void drop(const user_id& user);

    enum class append_status : std::uint8_t {
        appended,
        not_attached, // the user has gone meanwhile
        already_there // not above the head: attach() came to know of it first
    };
    // Invariants: an entry above the head is head + 1; it has a message.
    [[nodiscard]] append_status append(const user_id& user, const log_entry& entry);

    // The state of the message in the user's tail becomes `state`, unless it is that or beyond. True if it changed.
    bool update_state(const user_id& user, const message_id& id, message_state state);

    // The message was edited or deleted: whatever the user's tail has of it shows `message` from now on.
    void replace_message(const user_id& user, const std::shared_ptr<const message_record>& message);
    // What the tail knows of an edit or deletion of the message; null: nothing. For pages that may have been read
    // before.
    [[nodiscard]] std::shared_ptr<const message_record> find_changed(const user_id& user, const message_id& id) const;
    // The user is no member of the room any more: of what the tail holds of it, only its own coming and going is shown.
    void hide_room(const user_id& user, const room_id& room);
    // The member got, or read, what others wrote in the room up to these places.
    void move_position(const room_position& position);

    enum class read_status : std::uint8_t {
        served,      // `count` entries, at least one
        at_head,     // `from` is above the head
        not_in_tail, // evicted, or older than the tail: ask the reader thread
        not_attached,
    };
    struct read_result {
        read_status status = read_status::not_attached;
        std::size_t count = 0;
        friend bool operator==(const read_result&, const read_result&) = default;
    };
    struct read_limits {
        std::size_t max_entries = 200;      // ≥ 1
        std::size_t max_bytes = 256 * 1024; // of content; the first entry comes in any case
    };
    // fn(const log_entry&) for entries from `from` on, ascending. fn must not change the store; the entry is good
    // during the call.
    template <class Fn>
    [[nodiscard]] read_result read(const user_id& user, std::uint64_t from, const read_limits& limits, Fn&& fn) const;

    [[nodiscard]] std::optional<std::uint64_t> head(const user_id& user) const noexcept;
    // The lowest seq that read() serves; head + 1 when the tail is empty.
    [[nodiscard]] std::optional<std::uint64_t> tail_begin(const user_id& user) const noexcept;

    [[nodiscard]] std::size_t count_users() const noexcept { return users_.size(); }
    [[nodiscard]] std::size_t count_entries() const noexcept { return entries_; }
    [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }
    [[nodiscard]] std::uint64_t evicted_for_bytes() const noexcept { return evicted_for_bytes_; } // since the start

  private:
    struct tail {
        std::uint64_t head = 0;
        boost::circular_buffer<log_entry> entries; // empty: no memory of its own
        list_links links;                          // in by_age_, while not empty
        [[nodiscard]] std::uint64_t begin() const noexcept { return head + 1 - entries.size(); }
    };

    [[nodiscard]] auto links() noexcept {
        return [this](std::uint32_t slot) -> list_links& { return users_[slot].links; };
    }
    static std::size_t cost(const log_entry& entry) noexcept;
    void evict_oldest(std::uint32_t slot);
    void evict_for_bytes();

    options options_;
    user_table<tail> users_;
    index_list by_age_; // users with a tail, least recently appended first
    std::size_t entries_ = 0;
    std::size_t bytes_ = 0;
    std::uint64_t evicted_for_bytes_ = 0;
};

template <class Fn>
message_store::read_result message_store::read(const user_id& user, std::uint64_t from, const read_limits& limits,
                                               Fn&& fn) const {
    const std::uint32_t slot = users_.find(user);
    if (slot == no_slot) return {.status = read_status::not_attached};
    const tail& t = users_[slot];
    if (from > t.head) return {.status = read_status::at_head};
    if (from < t.begin()) return {.status = read_status::not_in_tail};
    std::size_t count = 0;
    std::size_t bytes = 0;
    for (auto at = t.entries.begin() + static_cast<std::ptrdiff_t>(from - t.begin());
         at != t.entries.end() && count < limits.max_entries; ++at) {
        bytes += at->message->content.size();
        if (count > 0 && bytes > limits.max_bytes) break;
        ++count;
        fn(*at);
    }
    return {.status = read_status::served, .count = count};
}

} // namespace wsd
