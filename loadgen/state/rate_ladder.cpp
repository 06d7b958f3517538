#include "loadgen/state/rate_ladder.hpp"

#include "loadgen/units.hpp"

#include <algorithm>
#include <cmath>

namespace wsd::loadgen {
namespace {

constexpr int tenths_without_close = 5; // of the window, that a flood lasts which nobody ends
constexpr double admitted_tolerance = 0.1;
constexpr std::uint64_t acks_for_a_rate = 5;
constexpr std::chrono::seconds slack{1}; // of a busy machine

double seconds(std::chrono::nanoseconds value) { return std::chrono::duration<double>(value).count(); }

void expect(check_list& into, std::string what, bool met, std::string expected, std::string found) {
    into.add({.what = std::move(what), .expected = std::move(expected), .found = std::move(found), .met = met});
}

std::string range(std::uint64_t from, std::uint64_t to) {
    return from == to ? std::to_string(from) : std::to_string(from) + " to " + std::to_string(to);
}

} // namespace

void rate_ladder::acknowledged(steady_time now) {
    if (!flood_) {
        ++acks_;
        last_burst_ack_ = now;
        return;
    }
    if (flood_acks_++ == 0) first_flood_ack_ = now;
    last_flood_ack_ = now;
}

void rate_ladder::refused(steady_time now) {
    if (flood_) {
        ++flood_refusals_;
        return;
    }
    if (refusals_++ == 0) {
        acks_before_refusal_ = acks_;
        refused_at_ = now;
    }
}

void rate_ladder::throttled(steady_time) {
    if (!flood_) ++notices_;
}

void rate_ladder::warned(steady_time now) {
    if (flood_) return;
    if (warnings_++ == 0) {
        acks_before_warning_ = acks_;
        warned_at_ = now;
    }
}

void rate_ladder::closed(std::uint16_t code, steady_time now) {
    close_code_ = code;
    closed_at_ = now;
}

std::uint64_t rate_ladder::refilled(steady_time until) const {
    const auto since = std::max(until - start_, steady_time::duration{});
    return static_cast<std::uint64_t>(std::ceil(seconds(since) / seconds(per_token())));
}

std::optional<double> rate_ladder::admitted_per_second() const {
    if (flood_acks_ < 2) return std::nullopt;
    return static_cast<double>(flood_acks_ - 1) / std::max(seconds(last_flood_ack_ - first_flood_ack_), 1e-9);
}

std::chrono::nanoseconds rate_ladder::flood_longest() const {
    // A tenth of the window each makes another violation.
    const int tenths =
        limit_.close == 0 ? tenths_without_close : static_cast<int>(limit_.close - violations_of_burst());
    return tenth() * tenths + 2 * per_token() + slack;
}

std::chrono::nanoseconds rate_ladder::climb_longest() const {
    return per_token() * static_cast<std::int64_t>(delayed_of_burst) + slack + flood_longest();
}

void rate_ladder::judge(check_list& into) const {
    judge_burst(into);
    judge_flood(into);
}

void rate_ladder::judge_burst(check_list& into) const {
    const auto count = [&into](std::string what, std::uint64_t expected, std::uint64_t found) {
        expect(into, std::move(what), expected == found, std::to_string(expected), std::to_string(found));
    };
    count("warnings", 1, warnings_);
    if (warnings_ != 0) {
        const auto due = static_cast<std::uint64_t>(std::ceil(limit_.warning * static_cast<double>(limit_.messages)));
        const auto latest = due - 1 + refilled(warned_at_);
        expect(into, "acknowledged before the warning at " + format_count(limit_.warning * 100) + " %",
               acks_before_warning_ >= due - 1 && acks_before_warning_ <= latest, range(due - 1, latest),
               std::to_string(acks_before_warning_));
    }
    count("refused before anything is delayed", refused_of_burst(), refusals_);
    if (refusals_ != 0) {
        const auto latest = limit_.messages + refilled(refused_at_);
        expect(into, "acknowledged before the refusal",
               acks_before_refusal_ >= limit_.messages && acks_before_refusal_ <= latest,
               range(limit_.messages, latest), std::to_string(acks_before_refusal_));
    }
    count("notices that frames are delayed", 1, notices_);
    count("frames of the burst that were answered", burst(), answered());
    // All but the refused ones need a token each, and the last of these comes back so late.
    const auto earliest = per_token() * static_cast<std::int64_t>(delayed_of_burst) - per_token() / 10;
    const auto took = last_burst_ack_ - start_;
    expect(into, "time until the last frame of the burst is handled", took >= earliest,
           "at least " + format_duration(earliest), format_duration(took));
}

void rate_ladder::judge_flood(check_list& into) const {
    const auto code = close_code_ ? std::to_string(*close_code_) : std::string("none");
    const std::string owed_code = limit_.close == 0 ? "none" : "4008";
    expect(into, "close code of the flood", code == owed_code, owed_code, code);
    // Where none came that was owed, nothing else can be said of the flood.
    if (!flood_ || (limit_.close != 0 && !close_code_)) return;
    const std::uint64_t last_words = limit_.close == 0 ? 0 : 1;
    expect(into, "refusal before the close", flood_refusals_ == last_words, std::to_string(last_words),
           std::to_string(flood_refusals_));
    if (limit_.close != 0) {
        const auto tenths = static_cast<int>(limit_.close - violations_of_burst());
        const auto earliest = tenth() * tenths * 9 / 10;
        const auto latest = flood_longest();
        const auto took = closed_at_ - *flood_;
        expect(into, "flood until the close", took >= earliest && took <= latest,
               format_duration(earliest) + " to " + format_duration(latest), format_duration(took));
    }
    const auto admitted = admitted_per_second();
    if (!admitted || flood_acks_ < acks_for_a_rate) return;
    const double owed = 1 / seconds(per_token());
    expect(into, "messages per second that are admitted", std::abs(*admitted - owed) <= owed * admitted_tolerance,
           format_count(owed) + " +- 10 %", format_count(*admitted));
}

} // namespace wsd::loadgen
