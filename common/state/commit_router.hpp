#pragma once

#include "common/state/attachment_store.hpp"
#include "common/state/postponed_leaves.hpp"
#include "common/state/store_records.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <utility>
#include <vector>

namespace wsd {

// Turns the outcomes of one commit into one batch per shard. Owns the map of who is served where and the scratch of the
// round. Lives on the store thread; bounded by the operations of a commit and by max_attached.
class commit_router {
  public:
    commit_router(std::uint16_t shards, std::size_t max_attached);

    // A round begins: adds one request to what is to be committed. The ticket's shard is below `shards`. A close_user
    // keeps its place among the operations.
    void add(store_request&& request);
    [[nodiscard]] std::span<const log_operation> operations() const { return operations_; }
    [[nodiscard]] std::span<log_outcome> outcomes() { return outcomes_; } // outcomes()[i] is for operations()[i]

    // The commit of all that was added succeeded and outcomes() are valid.
    void route_success();
    // Nothing was committed: every operation is answered errc::persistence, but open_user, for which `reopen` says what
    // the log knows without a write. Users that were closed are detached. leave_rooms, whose outcome nobody waits for,
    // is kept for a later round.
    using reopen_function = std::function<log_outcome(const open_user&)>;
    void route_failure(const reopen_function& reopen);

    // Adds to the round what was kept of earlier ones, at most `max` requests. How many.
    std::size_t add_postponed(std::size_t max);
    [[nodiscard]] std::size_t count_postponed() const noexcept { return postponed_.size(); }

    // Who came into a room or left it in this round, served or not; what was taken is not here any more.
    [[nodiscard]] std::vector<membership_change> take_moved() { return std::exchange(moved_, {}); }

    // Hands out what the round produced and ends it: the completions and entries of all shards first, then the rest.
    // With one shard all of it is one batch.
    using deliver_function = std::function<void(std::uint16_t, store_batch&&)>;
    using contacts_function = std::function<void(const user_id&, const user_id&)>;
    void hand_out(const deliver_function& deliver, const contacts_function& contacts_made);

  private:
    struct step {
        store_ticket ticket;
        std::size_t operation; // index into operations_; no_operation: `closed` is what the step is
        user_id closed;
    };
    static constexpr std::size_t no_operation = static_cast<std::size_t>(-1);

    void attach(const open_user& operation, const step& at, log_outcome& outcome);
    void route(const append_direct& operation, const appended& outcome);
    void route(confirmed& outcome);
    void route(mutated& outcome);
    void route(posted& outcome);
    void route(room_changed& outcome);
    void route(rooms_left& outcome);
    void note_members(const logged_record& event);
    void note_departure(const logged_record& event);
    void route(const logged_record& what);
    void route_state(const room_changed& outcome);
    void complete(step& from, log_outcome&& outcome);

    attachment_store attachments_;
    postponed_leaves postponed_;
    std::vector<step> steps_;
    std::vector<log_operation> operations_;
    std::vector<log_outcome> outcomes_;
    std::vector<store_batch> batches_; // by shard
    std::vector<std::pair<user_id, user_id>> contacts_;
    std::vector<membership_change> moved_;
};

} // namespace wsd
