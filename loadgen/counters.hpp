#pragma once

#include "loadgen/state/histogram.hpp"
#include "loadgen/state/ledger.hpp"
#include "loadgen/state/tally.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <string_view>

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
    // scenarios
    std::uint64_t preparing = 0; // now: what has to be set up before the load
    std::uint64_t finished = 0;  // workers whose scenario has nothing more to do

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
    histogram connect;
    histogram ready;
    histogram ack;
    histogram ack_from_send;
    histogram ack_uncorrected;
    histogram delivery;
    histogram delivery_replayed;
    histogram delivery_others;
    histogram reconnect;
    histogram presence;
    histogram lag;

    void merge(const latencies& other);
};

// Each of them, under its names.
struct latency_row {
    histogram latencies::* times;
    std::string_view metric; // in --slo
    std::string_view json;
    std::string_view label; // in the summary
    std::string_view meaning;
};
inline constexpr std::array latency_table{
    latency_row{&latencies::connect, "connect", "connect", "  connect", "start of TCP connect to the 101"},
    latency_row{&latencies::ready, "ready", "ready", "  ready", "start of TCP connect to HELLO_ACK"},
    latency_row{&latencies::ack, "ack", "ack", "  ack",
                "scheduled time to the acknowledgement; in a closed loop from sending"},
    latency_row{&latencies::ack_from_send, "ack_from_send", "ackFromSend", "   from send",
                "sending to the acknowledgement"},
    latency_row{&latencies::ack_uncorrected, "ack_uncorrected", "ackUncorrected", "   uncorrected",
                "what a client would have measured that waits for each answer before it sends again"},
    latency_row{&latencies::delivery, "deliver", "delivery", "  delivery",
                "scheduled time to the message at a recipient"},
    latency_row{&latencies::delivery_replayed, "replay", "deliveryReplayed", "  replayed",
                "the same for recipients that were away"},
    latency_row{&latencies::delivery_others, "others", "deliveryOthers", "   others",
                "deliveries between connections that were left alone, while others came back (storm)"},
    latency_row{&latencies::reconnect, "reconnect", "reconnect", "  reconnect",
                "a break to the end of the resume that followed"},
    latency_row{&latencies::presence, "presence", "presence", "  presence",
                "a user's coming or going to the frame that tells of it (presence)"},
    latency_row{&latencies::lag, "lag", "lag", "  lag", "scheduled time to when wsload came to it"},
};

} // namespace wsd::loadgen
