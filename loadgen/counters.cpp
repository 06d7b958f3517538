#include "loadgen/counters.hpp"

namespace wsd::loadgen {

counters& counters::operator+=(const counters& other) {
    attempts += other.attempts;
    upgrades += other.upgrades;
    live += other.live;
    connecting += other.connecting;
    dead += other.dead;
    cuts += other.cuts;
    resumes += other.resumes;
    scheduled += other.scheduled;
    skipped += other.skipped;
    sent += other.sent;
    repeated += other.repeated;
    acked += other.acked;
    settled_after_break += other.settled_after_break;
    refused += other.refused;
    unanswered += other.unanswered;
    delivered += other.delivered;
    replayed += other.replayed;
    expected += other.expected;
    accounted += other.accounted;
    confirms += other.confirms;
    confirms_answered += other.confirms_answered;
    foreign += other.foreign;
    frames_in += other.frames_in;
    bytes_in += other.bytes_in;
    bytes_out += other.bytes_out;
    malformed += other.malformed;
    reported_gaps += other.reported_gaps;
    preparing += other.preparing;
    finished += other.finished;
    return *this;
}

void tallies::merge(const tallies& other) {
    connect_failures.merge(other.connect_failures);
    refusals.merge(other.refusals);
    notices.merge(other.notices);
    closes.merge(other.closes);
    malformed.merge(other.malformed);
}

void latencies::merge(const latencies& other) {
    for (const auto& row : latency_table) (this->*row.times).merge(other.*row.times);
}

} // namespace wsd::loadgen
