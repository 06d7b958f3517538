#pragma once

#include <cstdint>
#include <memory>
#include <vector>

namespace wsd::loadgen {

// One connection's view of its user's log, across its breaks: checks that the entries it is shown are numbered without
// holes. What it remembers beyond the cursor is allocated only when something is out of place.
class log_view {
  public:
    enum class step : std::uint8_t {
        next,     // cursor + 1
        ahead,    // behind a hole, which is remembered
        late,     // fills a hole on the live stream: it arrived after its successor
        again,    // shown before, and asked for again by a resume that starts before a hole
        restored, // missing until that resume brought it
        old,      // shown before, or passed, and not asked for
    };
    // An own message whose reply came while entries before it were still under way.
    struct own_entry {
        std::uint64_t seq = 0;
        std::uint32_t number = 0;
    };
    using own_entries = std::vector<own_entry>;

    // strict: the server tells of every entry, shown or skipped (cap `seq`). Otherwise holes mean nothing.
    explicit log_view(bool strict) : strict_(strict) {}

    // The log begins for this view behind `head`. Forgets holes.
    void start(std::uint64_t head);
    [[nodiscard]] std::uint64_t cursor() const { return cursor_; }

    // An entry was shown. Own messages that turn out to have been represented by their reply alone, because the stream
    // went past them, are appended to `represented`.
    step show(std::uint64_t seq, own_entries& represented);
    // The server said that the entries from..to have nothing to show. Entries before `from` are a hole as in show().
    void skip(std::uint64_t from, std::uint64_t to, own_entries& represented);
    // The reply to an own message came, and replies stand for entries. True: it stands for this entry, now or because
    // it fills a hole. False: the entry is to be shown, or it was.
    bool own_reply(const own_entry& entry);
    // An entry that belongs to somebody else was shown under `seq`: in our log, or in theirs. Its number is taken as
    // used up and yet is no order that others can be measured by; an entry of ours under the same number is not held
    // against the server. Says next, again or restored.
    step stray(std::uint64_t seq);

    // Where a resume is to start: before the first hole, else the cursor. Moves the cursor back there.
    std::uint64_t resume();
    // The series of that resume ended; what it did not bring up to `up_to` is given up. Entries passed over without a
    // word become holes.
    void resumed(std::uint64_t up_to, own_entries& represented);
    // The server said that from..to are gone; they are no longer expected.
    void reported_gap(std::uint64_t to);

    // Entries in holes, those given up included.
    [[nodiscard]] std::uint64_t missing() const;

  private:
    struct range {
        std::uint64_t from = 0;
        std::uint64_t to = 0;
    };
    struct disorder {
        std::vector<range> holes; // ascending
        own_entries own_ahead;    // ascending, above the cursor
        std::uint64_t given_up = 0;
        std::uint64_t again_to = 0;        // up to here entries were seen before the resume
        std::vector<std::uint64_t> strays; // numbers used up by what belongs to others
    };
    static constexpr std::size_t holes_max = 1024; // further ones are given up at once
    static constexpr std::size_t own_ahead_max = 4096;
    static constexpr std::size_t strays_max = 64; // the oldest is forgotten

    [[nodiscard]] disorder& out_of_place();
    void pass(std::uint64_t from, std::uint64_t to, own_entries& represented);
    bool fill(std::uint64_t seq);
    void give_up(std::uint64_t up_to);

    std::uint64_t cursor_ = 0;
    std::unique_ptr<disorder> disorder_;
    bool strict_;
};

} // namespace wsd::loadgen
