#pragma once

#include "loadgen/payload.hpp"
#include "loadgen/state/log_view.hpp"
#include "loadgen/state/population.hpp"
#include "loadgen/state/sequence_set.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace wsd::loadgen {

// Each counts deliveries: one message at one connection that was to see it.
struct fault_counts {
    std::uint64_t lost = 0;         // acknowledged, never shown, not even by a resume at the end
    std::uint64_t duplicated = 0;   // shown more than once without being asked for
    std::uint64_t reordered = 0;    // shown after a later one of the same sender, log or chat
    std::uint64_t misdelivered = 0; // shown to somebody it was not meant for
    std::uint64_t corrupt = 0;      // shown with a content that nobody sent
    std::uint64_t phantom = 0;      // shown, but never sent
    std::uint64_t gaps = 0; // left out of the live stream without a word; a later resume brought it, or nothing did
    std::uint64_t stray_replies = 0; // acknowledgements of nothing that was sent
    std::uint64_t unanswered = 0;    // sent, and neither acknowledged nor refused in time

    [[nodiscard]] std::uint64_t total() const {
        return lost + duplicated + reordered + misdelivered + corrupt + phantom + gaps + stray_replies + unanswered;
    }
    fault_counts& operator+=(const fault_counts& other);
    friend bool operator==(const fault_counts&, const fault_counts&) = default;
};

enum class arrival : std::uint8_t { fresh, again, duplicate, reordered, misdelivered, corrupt, phantom, foreign };

// What was promised and what came. Every connection is a stream of numbered messages and a view of its user's log; each
// message is to be shown once in every view of its chat, the sender's own included (there the acknowledgement may stand
// for it). One ledger belongs to one worker, which has all connections of the chats it serves.
// Bounded by: about 150 bytes a connection, 40 bytes for each stream that a view has seen, and one bit for each
// message behind a missing one.
class ledger {
  public:
    struct settings {
        std::uint32_t run = 0;
        bool strict = true; // see log_view
        bool noecho = true; // acknowledgements stand for entries
    };
    // `who` must outlive the ledger.
    ledger(const settings& rules, const population& who);

    // From now on the connection is expected to see what its chat says. `head` as in log_view::start.
    void open(std::uint32_t connection, std::uint64_t head);
    [[nodiscard]] bool is_open(std::uint32_t connection) const;

    void sent(std::uint32_t connection, std::uint32_t number);
    // Sent again after later messages had been settled: it may be shown after them. At most overtaken_max at a time.
    void sent_overtaken(std::uint32_t connection, std::uint32_t number);
    static constexpr std::size_t overtaken_max = 4096;
    struct acknowledgement {
        std::uint32_t number = 0;
        std::uint64_t seq = 0;
        std::uint64_t chat_seq = 0;
        bool duplicate = false; // stored by an earlier try: never stands for the entry
    };
    void acknowledged(std::uint32_t connection, const acknowledgement& ack);
    // The server said after a break that it has the message.
    void stored(std::uint32_t connection, std::uint32_t number);
    void damaged() { ++faults_.corrupt; } // an answer, of which nobody can tell to what
    void stray_reply() { ++faults_.stray_replies; }
    void unanswered(std::uint64_t count) { faults_.unanswered += count; }

    struct delivery {
        std::uint64_t seq = 0;
        std::uint64_t chat_seq = 0;
        bool addressed = true; // the frame's own fields say that it belongs to this chat
        std::string_view content;
    };
    struct judged {
        arrival kind = arrival::fresh;
        bool own = false; // by the same user
        payload value;    // valid but for corrupt
    };
    judged shown(std::uint32_t connection, const delivery& what);
    void skipped(std::uint32_t connection, std::uint64_t from, std::uint64_t to);

    [[nodiscard]] std::uint64_t cursor(std::uint32_t connection) const;
    // Where the connection has to resume. `last`: the run is over and everything had its time, so whatever the resume
    // still brings of what was acknowledged had been withheld.
    [[nodiscard]] std::uint64_t resume(std::uint32_t connection, bool last);
    void resumed(std::uint32_t connection, std::uint64_t up_to);
    // The server said that it can't show the entries up to `to`.
    void reported_gap(std::uint32_t connection, std::uint64_t to);
    // The log is another one, or too far gone (a snapshot): it begins anew behind `start`.
    void restarted(std::uint32_t connection, std::uint64_t start);
    [[nodiscard]] std::uint64_t reported_entries() const { return reported_; }

    // Deliveries owed by what was acknowledged so far, and those made. Equal when nothing is under way or missing.
    [[nodiscard]] std::uint64_t expected() const { return expected_; }
    [[nodiscard]] std::uint64_t accounted() const { return accounted_; }
    // Whether this connection has seen all it was to see.
    [[nodiscard]] bool complete(std::uint32_t connection) const;

    // Messages that turned up where they don't belong, at most misdelivered_max of them.
    struct message_key {
        std::uint32_t stream = 0;
        std::uint32_t number = 0;
        friend auto operator<=>(const message_key&, const message_key&) = default;
    };
    static constexpr std::size_t misdelivered_max = 65'536;
    [[nodiscard]] std::vector<message_key> misdelivered() const { return strayed_; }

    [[nodiscard]] const fault_counts& faults() const {
        return faults_;
    } // so far; lost and open holes are not yet in it
    // What this connection did not see is not known, and not judged.
    void set_aside(std::uint32_t connection);
    // The verdict. A message in `elsewhere`, the sorted misdelivered() of all workers, is misdelivered and not lost
    // too.
    [[nodiscard]] fault_counts judge(const std::vector<message_key>& elsewhere) const;

  private:
    struct seen {
        std::uint32_t stream = 0;
        sequence_set numbers;
    };
    struct member {
        explicit member(bool strict) : view(strict) {}
        std::uint32_t sent = 0; // highest number sent
        bool last_resume = false;
        std::uint32_t acked_in_time = ~0U; // highest number acknowledged before the last resume
        bool set_aside = false;
        sequence_set acked;
        log_view view;
        std::uint64_t chat_seq = 0; // of the last entry in order
        std::uint32_t damaged = 0;  // deliveries that can't be told which message they were
        std::vector<seen> seen_;    // ascending; at most one for each connection of the chat
        std::vector<std::uint32_t> overtaken;
    };
    struct gap_count {
        std::uint64_t missing = 0; // acknowledged, not shown
        std::uint64_t elsewhere = 0;
    };

    [[nodiscard]] member& at(std::uint32_t connection) { return members_[slots_[connection]]; }
    [[nodiscard]] const member& at(std::uint32_t connection) const { return members_[slots_[connection]]; }
    [[nodiscard]] bool in_chat(std::uint32_t connection, std::uint32_t stream) const;
    [[nodiscard]] std::uint64_t views_of_chat(std::uint32_t connection) const;
    sequence_set& numbers_of(member& viewer, std::uint32_t stream);
    void represented(std::uint32_t connection, const log_view::own_entries& entries);
    bool in_chat_order(member& viewer, std::uint64_t chat_seq);
    judged judge_arrival(std::uint32_t connection, const delivery& what, const payload& value);
    [[nodiscard]] gap_count count_missing(std::uint32_t connection, const std::vector<message_key>& elsewhere) const;

    settings rules_;
    const population& who_;
    std::vector<std::uint32_t> slots_; // by connection; no_slot: not of this worker, or not open
    std::vector<member> members_;
    std::vector<message_key> strayed_;
    fault_counts faults_;
    std::uint64_t expected_ = 0;
    std::uint64_t accounted_ = 0;
    std::uint64_t reported_ = 0;
};

} // namespace wsd::loadgen
