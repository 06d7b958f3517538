#include "loadgen/state/log_view.hpp"

#include <algorithm>

namespace wsd::loadgen {

void log_view::start(std::uint64_t head) {
    cursor_ = head;
    disorder_.reset();
}

log_view::disorder& log_view::out_of_place() {
    if (!disorder_) disorder_ = std::make_unique<disorder>();
    return *disorder_;
}

log_view::step log_view::show(std::uint64_t seq, own_entries& represented) {
    if (disorder_ && disorder_->again_to != 0) {
        if (seq > cursor_ && seq <= disorder_->again_to) {
            cursor_ = seq;
            return fill(seq) ? step::restored : step::again;
        }
        if (seq > disorder_->again_to) cursor_ = std::max(cursor_, disorder_->again_to);
    }
    if (seq == cursor_ + 1) {
        cursor_ = seq;
        if (disorder_) std::erase_if(disorder_->own_ahead, [seq](const own_entry& e) { return e.seq <= seq; });
        return step::next;
    }
    if (seq <= cursor_) {
        if (fill(seq)) return step::late;
        if (disorder_ && std::erase(disorder_->strays, seq) != 0) return step::next;
        return step::old;
    }
    pass(cursor_ + 1, seq - 1, represented);
    cursor_ = seq;
    std::erase_if(disorder_->own_ahead, [seq](const own_entry& e) { return e.seq <= seq; });
    return step::ahead;
}

void log_view::skip(std::uint64_t from, std::uint64_t to, own_entries& represented) {
    if (disorder_ && disorder_->again_to != 0 && from <= disorder_->again_to) {
        for (auto seq = std::max(from, cursor_ + 1); seq <= std::min(to, disorder_->again_to); ++seq) fill(seq);
        cursor_ = std::max(cursor_, std::min(to, disorder_->again_to));
        if (to <= disorder_->again_to) return;
        from = disorder_->again_to + 1;
    }
    if (to <= cursor_) return;
    if (from > cursor_ + 1) pass(cursor_ + 1, from - 1, represented);
    cursor_ = to;
    if (disorder_) std::erase_if(disorder_->own_ahead, [to](const own_entry& e) { return e.seq <= to; });
}

bool log_view::own_reply(const own_entry& entry) {
    if (entry.seq == cursor_ + 1) {
        cursor_ = entry.seq;
        return true;
    }
    if (entry.seq <= cursor_) return fill(entry.seq);
    auto& ahead = out_of_place().own_ahead;
    const auto at = std::ranges::lower_bound(ahead, entry.seq, {}, [](const own_entry& e) { return e.seq; });
    if (ahead.size() < own_ahead_max && (at == ahead.end() || at->seq != entry.seq)) ahead.insert(at, entry);
    return false;
}

log_view::step log_view::stray(std::uint64_t seq) {
    auto& strays = out_of_place().strays;
    const bool asked_again = seq <= disorder_->again_to && std::ranges::count(strays, seq) != 0;
    if (seq == cursor_ + 1) cursor_ = seq;
    if (fill(seq)) return step::restored;
    if (asked_again) return step::again;
    if (strays.size() == strays_max) strays.erase(strays.begin());
    strays.push_back(seq);
    return step::next;
}

std::uint64_t log_view::resume() {
    if (disorder_ && disorder_->again_to == 0 && !disorder_->holes.empty()) {
        disorder_->again_to = cursor_;
        cursor_ = disorder_->holes.front().from - 1;
    } else if (disorder_ && disorder_->again_to != 0) {
        // The series was cut: begin before what it still owes.
        disorder_->again_to = std::max(disorder_->again_to, cursor_);
        if (!disorder_->holes.empty()) cursor_ = std::min(cursor_, disorder_->holes.front().from - 1);
    }
    return cursor_;
}

void log_view::resumed(std::uint64_t up_to, own_entries& represented) {
    if (disorder_ && disorder_->again_to != 0) {
        give_up(up_to);
        cursor_ = std::max(cursor_, std::min(up_to, disorder_->again_to));
        if (up_to >= disorder_->again_to) disorder_->again_to = 0;
    }
    if (up_to > cursor_) {
        pass(cursor_ + 1, up_to, represented);
        cursor_ = up_to;
    }
}

void log_view::reported_gap(std::uint64_t to) {
    if (disorder_) {
        std::erase_if(disorder_->holes, [to](const range& hole) { return hole.to <= to; });
        if (disorder_->again_to <= to) disorder_->again_to = 0;
    }
    cursor_ = std::max(cursor_, to);
}

std::uint64_t log_view::missing() const {
    if (!disorder_) return 0;
    std::uint64_t all = disorder_->given_up;
    for (const auto& hole : disorder_->holes) all += hole.to - hole.from + 1;
    return all;
}

// The stream went past from..to: own messages among them were represented by their replies, strays were shown, the rest
// is a hole.
void log_view::pass(std::uint64_t from, std::uint64_t to, own_entries& represented) {
    auto& place = out_of_place();
    auto own = place.own_ahead.begin();
    const auto first = from;
    while (from <= to) {
        while (own != place.own_ahead.end() && own->seq < from) ++own;
        const bool is_own = own != place.own_ahead.end() && own->seq <= to;
        const std::uint64_t end = is_own ? own->seq - 1 : to;
        if (from <= end && strict_) {
            if (place.holes.size() < holes_max) {
                place.holes.push_back({from, end});
            } else {
                place.given_up += end - from + 1;
            }
        }
        if (is_own) represented.push_back(*own);
        from = end + (is_own ? 2 : 1);
    }
    for (const auto seq : place.strays)
        if (seq >= first && seq <= to) fill(seq);
}

bool log_view::fill(std::uint64_t seq) {
    if (!disorder_) return false;
    auto& holes = disorder_->holes;
    const auto hole = std::ranges::find_if(holes, [seq](const range& r) { return r.from <= seq && seq <= r.to; });
    if (hole == holes.end()) return false;
    const range old = *hole;
    if (old.from == old.to) {
        holes.erase(hole);
    } else if (seq == old.from) {
        ++hole->from;
    } else if (seq == old.to) {
        --hole->to;
    } else {
        hole->to = seq - 1;
        holes.insert(hole + 1, range{seq + 1, old.to});
    }
    return true;
}

void log_view::give_up(std::uint64_t up_to) {
    for (const auto& hole : disorder_->holes)
        if (hole.to <= up_to) disorder_->given_up += hole.to - hole.from + 1;
    std::erase_if(disorder_->holes, [up_to](const range& hole) { return hole.to <= up_to; });
}

} // namespace wsd::loadgen
