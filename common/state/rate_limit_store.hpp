#pragma once

#include "common/state/deadline_heap.hpp"
#include "common/state/index_list.hpp"
#include "common/state/rate_limit_records.hpp"
#include "common/state/token_bucket.hpp"
#include "common/state/user_table.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace wsd {

// The rate limits of the users whom a shard serves, over all their connections, and the frames that wait for a token.
// The ladder: warning, refusal, throttling, close. A user is remembered until nothing tells it from a new one. Lives on
// its shard's thread; the cost of a frame does not depend on the limits. Bounded by users_max, beyond which the user
// who has sent nothing for the longest time starts anew; it must exceed the number of users with connections.
class rate_limit_store {
  public:
    struct options {
        std::uint32_t messages = 100;   // size of the main bucket; control is ten times that. 1..10^7
        milliseconds window{60'000};    // 1..86'400'000
        double warning_threshold = 0.8; // share of `messages`, above 0, at most 1
        rate_limit_mode mode = rate_limit_mode::delay;
        std::uint32_t room_actions = 20; // size of the bucket of room administration
        std::uint32_t violations_before_throttle = 2;
        std::uint32_t violations_max = 5; // 0 = never close
        std::size_t users_max = 1 << 20;
        hash_seed seed{};
    };
    explicit rate_limit_store(const options& o);

    struct frame {
        connection_id connection; // has no frame waiting
        rate_bucket bucket = rate_bucket::main;
        // The frame had arrived before the previous one of its connection, which was delayed or such a frame itself,
        // was answered. A flood then counts as waiting without interruption, and an episode goes on although the token
        // came before the frame was looked at; for a client that sends its next frame when it has the answer this is
        // false.
        bool queued = false;
    };
    [[nodiscard]] rate_decision charge(const user_id& user, const frame& f, steady_time now);

    // Frames whose turn it is, and frames whose waiting became the violation that closes, in order of arrival. To be
    // called at next_due() or soon after, and before charge() when it is later than that.
    [[nodiscard]] std::vector<rate_event> take_due(steady_time now);
    // When take_due() will have something to do; nullopt: no frame waits.
    [[nodiscard]] std::optional<steady_time> next_due() const noexcept;

    // The connection's frame does not wait any longer: the connection has ended, or everything is handled at once
    // because of a shutdown. Its token goes back. False: none was waiting.
    bool cancel(const user_id& user, connection_id connection);

    // Forgets users that nothing tells from new ones, looking at `max` users at most. charge() does a little of it.
    void expire(steady_time now, std::size_t max);

    [[nodiscard]] std::size_t count_users() const noexcept { return users_.size(); }
    [[nodiscard]] std::size_t count_waiting() const noexcept { return waiting_; }

  private:
    using duration = steady_time::duration;
    static constexpr std::size_t ladder_buckets = 2; // main and control have episodes and waiting frames

    struct waiter {
        connection_id connection;
        steady_time arrival;
        steady_time due;
    };
    // Exists from the first episode until none is left.
    struct throttle {
        std::array<std::vector<waiter>, ladder_buckets> waiting; // in order of arrival, which is that of their tokens
        std::array<bool, ladder_buckets> episode{};
        steady_time next_mark;     // waiting until then without interruption is a violation
        steady_time last_served;   // when the token of the last frame that waited was there
        bool may_continue = false; // nobody waits since last_served, but a queued frame would count as uninterrupted
        [[nodiscard]] bool anybody_waits() const noexcept { return !waiting[0].empty() || !waiting[1].empty(); }
    };
    struct record {
        std::array<token_bucket, 3> buckets;
        steady_time touched;
        steady_time last_violation;
        std::uint32_t violations = 0;
        bool warned = false;
        list_links links;                      // in by_age_
        std::uint32_t heap_position = no_slot; // in due_
        std::unique_ptr<throttle> throttling;
    };
    struct place {
        std::size_t bucket = 0;
        std::size_t index = 0;
    };

    [[nodiscard]] auto links() noexcept {
        return [this](std::uint32_t slot) -> list_links& { return users_[slot].links; };
    }
    [[nodiscard]] auto positions() noexcept {
        return [this](std::uint32_t slot) -> std::uint32_t& { return users_[slot].heap_position; };
    }
    // A frame of an episode's user, not charged yet, needs not wait: the episode ends, unless the frame came before its
    // token did. That it did can't be when all tokens are there.
    void found_token(record& r, const frame& f, steady_time now);
    [[nodiscard]] std::uint32_t touch(const user_id& user, steady_time now);
    void make_room();
    [[nodiscard]] std::optional<rate_warning> warning_for(record& r, steady_time now) const;
    [[nodiscard]] rate_decision over_limit(std::uint32_t slot, const frame& f, steady_time now);
    [[nodiscard]] rate_decision delay(std::uint32_t slot, const frame& f, steady_time now);
    // The violations of a wait that went on: true when the last of them closes.
    [[nodiscard]] bool pass_marks(record& r, steady_time now);
    [[nodiscard]] bool violate(record& r, steady_time at);
    [[nodiscard]] milliseconds until_token(const record& r, std::size_t bucket, steady_time now) const;
    void leave_queue(record& r, place p);
    void take_due_of(std::uint32_t slot, steady_time now, std::vector<rate_event>& events);
    [[nodiscard]] static std::optional<place> first_due(const throttle& t);
    void schedule(std::uint32_t slot);
    [[nodiscard]] bool forgettable(const record& r, steady_time now) const;
    void forget(std::uint32_t slot);

    options options_;
    std::array<token_rate, 3> rates_;
    duration mark_;                  // a tenth of the window
    std::uint32_t warn_at_;          // used ≥ this warns
    std::uint32_t warn_again_below_; // after used was < this
    user_table<record> users_;
    index_list by_age_; // least recently charged first
    deadline_heap due_;
    std::size_t waiting_ = 0;
};

} // namespace wsd
