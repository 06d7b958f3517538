#include "loadgen/state/ledger.hpp"

#include <algorithm>
#include <limits>

namespace wsd::loadgen {
namespace {
constexpr std::uint32_t no_slot = std::numeric_limits<std::uint32_t>::max();
const sequence_set nothing;
} // namespace

fault_counts& fault_counts::operator+=(const fault_counts& other) {
    lost += other.lost;
    duplicated += other.duplicated;
    reordered += other.reordered;
    misdelivered += other.misdelivered;
    corrupt += other.corrupt;
    phantom += other.phantom;
    gaps += other.gaps;
    stray_replies += other.stray_replies;
    unanswered += other.unanswered;
    return *this;
}

ledger::ledger(const settings& rules, const population& who)
    : rules_(rules), who_(who), slots_(who.connections(), no_slot) {}

void ledger::open(std::uint32_t connection, std::uint64_t head) {
    if (slots_[connection] == no_slot) {
        slots_[connection] = static_cast<std::uint32_t>(members_.size());
        members_.emplace_back(rules_.strict);
    }
    at(connection).view.start(head);
}

bool ledger::is_open(std::uint32_t connection) const { return slots_[connection] != no_slot; }

bool ledger::in_chat(std::uint32_t connection, std::uint32_t stream) const {
    return stream < who_.connections() && who_.chat_of(who_.user_of(stream)) == who_.chat_of(who_.user_of(connection));
}

// Views that are open now; a run begins to send when all are.
std::uint64_t ledger::views_of_chat(std::uint32_t connection) const {
    std::uint64_t views = 0;
    who_.for_each_member(who_.user_of(connection), [&](std::uint32_t of) {
        for (std::uint32_t other = of; other < who_.connections(); other += who_.users())
            views += is_open(other) ? 1u : 0u;
    });
    return views;
}

sequence_set& ledger::numbers_of(member& viewer, std::uint32_t stream) {
    const auto at = std::ranges::lower_bound(viewer.seen_, stream, {}, &seen::stream);
    if (at != viewer.seen_.end() && at->stream == stream) return at->numbers;
    return viewer.seen_.insert(at, seen{stream, {}})->numbers;
}

void ledger::sent(std::uint32_t connection, std::uint32_t number) {
    auto& sender = at(connection);
    sender.sent = std::max(sender.sent, number);
}

void ledger::sent_overtaken(std::uint32_t connection, std::uint32_t number) {
    auto& overtaken = at(connection).overtaken;
    if (overtaken.size() == overtaken_max) overtaken.erase(overtaken.begin());
    overtaken.push_back(number);
}

void ledger::acknowledged(std::uint32_t connection, const acknowledgement& ack) {
    auto& sender = at(connection);
    if (sender.acked.insert(ack.number) == sequence_set::outcome::added) expected_ += views_of_chat(connection);
    if (!rules_.noecho || ack.duplicate) return;
    const std::uint64_t before = sender.view.cursor();
    if (!sender.view.own_reply({ack.seq, ack.number})) return;
    represented(connection, {{ack.seq, ack.number}});
    const bool in_order = sender.view.cursor() > before && in_chat_order(sender, ack.chat_seq);
    if (!in_order) ++faults_.reordered;
}

void ledger::stored(std::uint32_t connection, std::uint32_t number) {
    if (at(connection).acked.insert(number) == sequence_set::outcome::added) expected_ += views_of_chat(connection);
}

void ledger::represented(std::uint32_t connection, const log_view::own_entries& entries) {
    for (const auto& entry : entries)
        if (numbers_of(at(connection), connection).insert(entry.number) == sequence_set::outcome::added) ++accounted_;
}

bool ledger::in_chat_order(member& viewer, std::uint64_t chat_seq) {
    if (chat_seq <= viewer.chat_seq) return false;
    viewer.chat_seq = chat_seq;
    return true;
}

ledger::judged ledger::shown(std::uint32_t connection, const delivery& what) {
    const auto parsed = parse_payload(what.content);
    if (parsed.fault == payload_fault::none) {
        if (parsed.value.run == rules_.run) return judge_arrival(connection, what, parsed.value);
        // Another run's message to the same users: an entry of the log, but none of ours.
        log_view::own_entries own;
        at(connection).view.show(what.seq, own);
        represented(connection, own);
        return {arrival::foreign, false, parsed.value};
    }
    auto& viewer = at(connection);
    ++faults_.corrupt;
    if (!what.addressed) {
        viewer.view.stray(what.seq);
        return {arrival::corrupt, false, {}};
    }
    log_view::own_entries own;
    viewer.view.show(what.seq, own);
    represented(connection, own);
    ++viewer.damaged;
    ++accounted_;
    return {arrival::corrupt, false, {}};
}

ledger::judged ledger::judge_arrival(std::uint32_t connection, const delivery& what, const payload& value) {
    auto& viewer = at(connection);
    const bool ours = in_chat(connection, value.stream);
    const bool own = ours && who_.user_of(value.stream) == who_.user_of(connection);
    if (!ours || !what.addressed) {
        if (viewer.view.stray(what.seq) == log_view::step::again) return {arrival::again, own, value};
        ++faults_.misdelivered;
        if (strayed_.size() < misdelivered_max) strayed_.push_back({value.stream, value.number});
        return {arrival::misdelivered, own, value};
    }
    log_view::own_entries replied;
    const auto step = viewer.view.show(what.seq, replied);
    represented(connection, replied);
    if (!is_open(value.stream) || value.number > at(value.stream).sent || value.number == 0) {
        ++faults_.phantom;
        return {arrival::phantom, own, value};
    }
    auto& numbers = numbers_of(viewer, value.stream);
    const std::uint32_t top = numbers.top();
    if (numbers.insert(value.number) != sequence_set::outcome::added) {
        if (step == log_view::step::again) return {arrival::again, own, value};
        ++faults_.duplicated;
        return {arrival::duplicate, own, value};
    }
    ++accounted_;
    const bool resumed = step == log_view::step::again || step == log_view::step::restored;
    // An own message whose reply came may have been represented by it, so its late showing proves nothing.
    // What was acknowledged since is shown for the first time.
    const bool in_time = value.number <= at(value.stream).acked_in_time;
    const bool withheld = viewer.last_resume && in_time && !(rules_.noecho && value.stream == connection);
    if (step == log_view::step::restored || (withheld && !resumed)) ++faults_.gaps;
    if (resumed) return {arrival::fresh, own, value};
    const bool in_order = step == log_view::step::next || step == log_view::step::ahead;
    const bool chat_order = in_order && in_chat_order(viewer, what.chat_seq);
    const bool in_turn = value.number > top || std::ranges::count(at(value.stream).overtaken, value.number) != 0;
    if (chat_order && in_turn) return {arrival::fresh, own, value};
    ++faults_.reordered;
    return {arrival::reordered, own, value};
}

void ledger::skipped(std::uint32_t connection, std::uint64_t from, std::uint64_t to) {
    log_view::own_entries own;
    at(connection).view.skip(from, to, own);
    represented(connection, own);
}

std::uint64_t ledger::cursor(std::uint32_t connection) const { return at(connection).view.cursor(); }

std::uint64_t ledger::resume(std::uint32_t connection, bool last) {
    auto& viewer = at(connection);
    if (last && !viewer.last_resume) viewer.acked_in_time = viewer.acked.top();
    viewer.last_resume = last;
    return viewer.view.resume();
}

void ledger::resumed(std::uint32_t connection, std::uint64_t up_to) {
    log_view::own_entries own;
    at(connection).view.resumed(up_to, own);
    represented(connection, own);
}

void ledger::reported_gap(std::uint32_t connection, std::uint64_t to) {
    auto& view = at(connection).view;
    if (to > view.cursor()) reported_ += to - view.cursor();
    view.reported_gap(to);
}

void ledger::restarted(std::uint32_t connection, std::uint64_t start) {
    auto& viewer = at(connection);
    if (start > viewer.view.cursor()) reported_ += start - viewer.view.cursor();
    viewer.view.start(start);
    viewer.chat_seq = 0;
}

bool ledger::complete(std::uint32_t connection) const {
    return at(connection).view.missing() == 0 && count_missing(connection, {}).missing <= at(connection).damaged;
}

ledger::gap_count ledger::count_missing(std::uint32_t connection, const std::vector<message_key>& elsewhere) const {
    gap_count count;
    const auto& viewer = at(connection);
    const auto against = [&](std::uint32_t user) {
        for (std::uint32_t stream = user; stream < who_.connections(); stream += who_.users()) {
            if (!is_open(stream)) continue;
            const auto found = std::ranges::lower_bound(viewer.seen_, stream, {}, &seen::stream);
            const bool any = found != viewer.seen_.end() && found->stream == stream;
            const auto& numbers = any ? found->numbers : nothing;
            const auto& acked = at(stream).acked;
            count.missing += acked.count_missing_in(numbers, acked.top());
            for (auto key = std::ranges::lower_bound(elsewhere, message_key{stream, 0});
                 key != elsewhere.end() && key->stream == stream; ++key)
                if (acked.contains(key->number) && !numbers.contains(key->number)) ++count.elsewhere;
        }
    };
    who_.for_each_member(who_.user_of(connection), against);
    return count;
}

void ledger::set_aside(std::uint32_t connection) {
    if (is_open(connection)) at(connection).set_aside = true;
}

fault_counts ledger::judge(const std::vector<message_key>& elsewhere) const {
    fault_counts verdict = faults_;
    for (std::uint32_t connection = 0; connection < who_.connections(); ++connection) {
        if (!is_open(connection) || at(connection).set_aside) continue;
        const auto& viewer = at(connection);
        const auto count = count_missing(connection, elsewhere);
        const std::uint64_t explained = std::min<std::uint64_t>(count.missing, count.elsewhere + viewer.damaged);
        verdict.lost += count.missing - explained;
        // A hole is what a loss leaves behind; a hole without one is a number that stands for nothing.
        const std::uint64_t holes = viewer.view.missing();
        if (holes > count.missing) verdict.gaps += holes - count.missing;
    }
    return verdict;
}

} // namespace wsd::loadgen
