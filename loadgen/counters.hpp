#pragma once

#include "loadgen/state/histogram.hpp"
#include "loadgen/state/ledger.hpp"
#include "loadgen/state/tally.hpp"

#include <chrono>
#include <cstdint>

namespace wsd::loadgen {

// What one worker has done so far. Plain values; the sum of all workers' is the run's.
struct counters {
    // connections
    std::uint64_t attempts = 0;
    std::uint64_t upgrades = 0;
    std::uint64_t live = 0;       // now: HELLO_ACK came, and what was missed has been replayed
    std::uint64_t connecting = 0; // now: on the way to live, or waiting to try again
    std::uint64_t dead = 0;       // now: broken or refused for good
    std::uint64_t cuts = 0;       // on purpose
    std::uint64_t resumes = 0;
    // messages
    std::uint64_t scheduled = 0;
    std::uint64_t skipped = 0; // not sent at all: too many of this sender were unanswered
    std::uint64_t sent = 0;    // different messages
    std::uint64_t repeated = 0;
    std::uint64_t acked = 0;
    std::uint64_t settled_after_break = 0; // known to be stored although the acknowledgement was lost; part of acked
    std::uint64_t refused = 0;
    std::uint64_t unanswered = 0; // now: neither acknowledged nor refused
    std::uint64_t delivered = 0;  // to recipients, for the first time
    std::uint64_t replayed = 0;   // part of delivered
    std::uint64_t expected = 0;   // ledger::expected
    std::uint64_t accounted = 0;  // ledger::accounted
    std::uint64_t confirms = 0;
    std::uint64_t confirms_answered = 0;
    std::uint64_t foreign = 0; // messages of other runs
    std::uint64_t frames_in = 0;
    std::uint64_t bytes_in = 0;
    std::uint64_t bytes_out = 0;
    std::uint64_t malformed = 0; // frames that break the protocol
    std::uint64_t reported_gaps = 0;

    counters& operator+=(const counters& other);
};

struct tallies {
    tally connect_failures; // by reason
    tally refusals;         // by code
    tally notices;          // unsolicited errors and warnings, by code
    tally closes;           // by code, those that this program did not begin
    tally malformed;        // by what is wrong

    void merge(const tallies& other);
};

struct latencies {
    histogram connect;           // start of TCP connect to 101
    histogram ready;             // start of TCP connect to HELLO_ACK
    histogram ack;               // scheduled time to MESSAGE_ACK; in a closed loop from sending
    histogram ack_from_send;     // the same from sending, blind to what waited before it was sent
    histogram delivery;          // scheduled time to MESSAGE_RECEIVE at a recipient
    histogram delivery_replayed; // to recipients that were away
    histogram lag;               // scheduled time to when this program came to it

    void merge(const latencies& other);
};

} // namespace wsd::loadgen
