#include "server/storage/log_queries.hpp"
#include "common/base/planted_fault.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace wsd {
namespace {

// Entries looked at in one go in search of the oldest undelivered message.
constexpr std::uint64_t search_step = 256;

resume_plan make_snapshot(resume_reason reason, std::uint64_t start) {
    return {.mode = resume_mode::snapshot,
            .reason = reason,
            .from = start + 1,
            .to = start,
            .first_entry = start + 1,
            .complete = false};
}

std::uint64_t seq_in_log_of(const user_row& user, const message_row& row) {
    return row.sender == user.key ? row.sender_seq : row.recipient_seq;
}

// What an entry shows of an edit or deletion, and whether it shows anything in a replay.
class mutation_reader {
  public:
    mutation_reader(log_source& source, const user_row& user, const page_request& request)
        : source_(source), user_(user), request_(request) {}

    // Not when the message itself, or a later change of it, is in the same replay.
    [[nodiscard]] bool is_shown(const message_row& mutation, const message_row& message) {
        if (request_.replayed_from == 0) return true;
        if (is_replayed(message)) return false;
        return mutation.link == 0 || mutation.link > last_offset();
    }

  private:
    // A room's message has an entry in the log of everybody who is shown a change of it, so that its offset tells.
    bool is_replayed(const message_row& message) {
        const auto first = std::max(request_.replayed_from, user_.floor); // what is in a gap is not replayed
        if (!is_room(message.chat)) return seq_in_log_of(user_, message) >= first;
        if (first_offset_ == 0) first_offset_ = offset_at(first);
        return message.offset >= first_offset_;
    }
    // Of the last entry of the replay: what comes later than that is not in it.
    std::uint64_t last_offset() {
        if (last_offset_ == 0) last_offset_ = offset_at(request_.to);
        return last_offset_;
    }
    std::uint64_t offset_at(std::uint64_t seq) {
        std::vector<entry_row> entry;
        source_.read_entries(user_.key, seq, seq, entry);
        return entry.empty() ? 0 : entry.front().offset;
    }

    log_source& source_;
    const user_row& user_;
    const page_request& request_;
    std::uint64_t first_offset_ = 0; // 0: not looked up yet
    std::uint64_t last_offset_ = 0;
};

// Just before the oldest undelivered message that is addressed to the user, `start` when there is none up to there.
std::uint64_t find_undelivered(log_source& source, const user_row& user, std::uint64_t start) {
    std::vector<entry_row> entries;
    room_sight sight(source, user.key);
    for (auto from = std::max(user.settled + 1, user.floor); from <= start; from += search_step) {
        entries.clear();
        source.read_entries(user.key, from, std::min(start, from + search_step - 1), entries);
        for (std::size_t i = 0; i < entries.size(); ++i) {
            if (!is_addressed(entries[i])) continue;
            const auto row = source.find_message(entries[i].offset);
            if (row && sight.is_undelivered(*row)) return from + i - 1;
        }
        if (source.failed()) break;
    }
    return start;
}

} // namespace

std::uint64_t find_entry_from(log_source& source, const user_row& user, std::uint64_t offset) {
    std::vector<entry_row> found;
    auto low = user.floor;
    auto high = user.head + 1;
    while (low < high) {
        // Who trims a log mostly finds nothing that is old enough: the oldest is looked at first.
        const auto middle = low == user.floor && high == user.head + 1 ? low : low + (high - low) / 2;
        found.clear();
        source.read_entries(user.key, middle, middle, found);
        if (found.empty()) return user.floor; // the source has failed
        if (found.front().offset < offset) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

namespace {

bool is_entry_of(log_source& source, const user_row& user, std::uint64_t seq, std::uint64_t offset) {
    std::vector<entry_row> found;
    source.read_entries(user.key, seq, seq, found);
    return !found.empty() && found.front().offset == offset;
}

} // namespace

std::optional<std::uint64_t> find_in_log(log_source& source, const store_name& store, const user_row& user,
                                         const std::string& text) {
    const auto id = message_id::parse(text);
    const auto row = id ? source.find_message(id->offset()) : std::nullopt;
    if (!row || row->kind != entry_kind::message) return std::nullopt;
    if (message_id::make(row->sent_at, store.tag, row->offset) != *id) return std::nullopt;
    const auto seq = is_room(row->chat) ? find_entry_from(source, user, row->offset) : seq_in_log_of(user, *row);
    return seq >= user.floor && is_entry_of(source, user, seq, row->offset) ? std::optional(seq) : std::nullopt;
}

namespace {

resume_plan plan_series(log_source& source, const store_name& store, const resume_request& request) {
    const auto start = request.start;
    const user_row user = source.find_user(request.user).value_or(user_row{});
    const bool by_epoch = request.epoch && request.seq;
    if (by_epoch && *request.epoch != store.epoch) return make_snapshot(resume_reason::epoch_changed, start);

    std::uint64_t cursor = 0;
    if (by_epoch) {
        cursor = *request.seq;
    } else if (request.last_seen) {
        const auto seq = find_in_log(source, store, user, *request.last_seen);
        if (!seq) return make_snapshot(resume_reason::unknown_message_id, start);
        cursor = *seq;
    } else {
        cursor = request.device_position ? *request.device_position : find_undelivered(source, user, start);
    }
    if (cursor > std::max(user.head, start)) return make_snapshot(resume_reason::cursor_ahead, start);

    const auto first_entry = std::max(cursor + 1, user.floor);
    const auto total = first_entry <= start ? start - first_entry + 1 : 0;
    if (!request.limit && total > request.max_entries) return make_snapshot(resume_reason::too_far, start);

    resume_plan plan{.from = cursor + 1, .to = cursor, .first_entry = first_entry};
    if (cursor + 1 < user.floor) {
        plan.mode = resume_mode::partial;
        plan.reason = resume_reason::cursor_expired;
        plan.gap_to = std::min(user.floor - 1, start);
        plan.to = std::max(plan.gap_to, cursor); // what is above start is not of the series, nor is its gap
    }
    plan.count = request.limit ? std::min<std::uint64_t>(total, *request.limit) : total;
    if (plan.count > 0) plan.to = first_entry + plan.count - 1;
    plan.complete = plan.count == total;
#ifdef WSD_PLANTED
    if (is_planted("duplicate_on_resume") && plan.mode == resume_mode::exact && plan.count > 0 && cursor > 0)
        --plan.first_entry;
    if (is_planted("trimmed_unnoticed") && plan.mode == resume_mode::partial) {
        plan.mode = resume_mode::exact;
        plan.gap_to = 0;
    }
    if (is_planted("gap_too_large") && plan.mode == resume_mode::partial) {
        const auto more = std::min<std::uint64_t>(plan.count, 20);
        plan.gap_to += more;
        plan.first_entry += more;
        plan.count -= more;
    }
#endif
    return plan;
}

} // namespace

namespace {

// What an entry says must be what the row says, or a damaged index would show a message to others than its users.
bool stands_at(const user_row& user, std::uint64_t seq, const entry_row& entry, const message_row& row) {
    const bool own = row.sender == user.key;
    if (entry.kind != row.kind || entry.own != own) return false;
    if (is_room(row.chat)) return !own || row.sender_seq == seq; // others' places only their logs know
    return (own || row.recipient == user.key) && seq_in_log_of(user, row) == seq;
}

// With its checksum looked at, unlike find_message.
std::optional<message_row> find_mutation(log_source& source, const store_name& store, std::uint64_t offset) {
    const auto found = source.read_message(offset, store.tag);
    return found.row.offset == offset ? std::optional(found.row) : std::nullopt;
}

bool is_about(const message_row& mutation, const message_row& message) {
    return message.kind == entry_kind::message && message.chat == mutation.chat;
}

// Of a message that is older than messages are kept.
log_entry gone_entry(std::uint64_t seq, entry_kind kind) {
    return {.seq = seq, .kind = kind, .message = std::make_shared<const message_record>(), .hidden = true};
}

} // namespace

resume_plan plan_resume(log_source& source, const store_name& store, const resume_request& request) {
    resume_plan plan = plan_series(source, store, request);
    plan.rooms = list_rooms(source, {.user = request.user, .max = list_rooms_all});
    return plan;
}

result<log_page> read_page(log_source& source, const store_name& store, const page_request& request) {
    log_page page;
    const auto user = source.find_user(request.user);
    if (!user) return page;
    page.floor = user->floor;
    const auto from = std::max({request.from, user->floor, std::uint64_t{1}});
    if (from > request.to) return page;
    const auto most = std::max<std::uint64_t>(request.max_entries, 1);
    const auto to = std::min(request.to, most > request.to - from ? request.to : from + most - 1);

    std::vector<entry_row> entries;
    source.read_entries(user->key, from, to, entries);
    if (from <= user->head && entries.size() < std::min(to, user->head) - from + 1) {
        const auto now = source.find_user(request.user);
        if (!now || now->floor <= from) return errc::persistence;
        return read_page(source, store, request); // what is missing was trimmed this moment
    }
    page.entries.reserve(entries.size());
    room_sight sight(source, user->key);
    std::size_t bytes = 0;
    mutation_reader mutations(source, *user, request);
    for (const entry_row& entry : entries) {
        const auto seq = from + page.entries.size();
        const auto mutation = is_mutation(entry.kind) ? find_mutation(source, store, entry.offset) : std::nullopt;
        if (mutation && mutation->kind != entry.kind) return errc::persistence;
        const auto offset = mutation ? mutation->target : entry.offset;
        auto message = source.read_message(offset, store.tag);
        if (!message.record) {
            if (offset > store.removed_up_to) return errc::persistence;
            page.entries.push_back(gone_entry(seq, entry.kind));
            continue;
        }
        if (is_mutation(entry.kind) && (!mutation || !is_about(*mutation, message.row))) return errc::persistence;
        if (!stands_at(*user, seq, entry, mutation ? *mutation : message.row)) return errc::persistence;
        bytes += message.record->content.size();
        if (!page.entries.empty() && bytes > request.max_bytes) break;
        const auto seen = sight.look(message.row);
        page.entries.push_back({.seq = seq,
                                .kind = entry.kind,
                                .state = seen.state,
                                .message = std::move(message.record),
                                .at = mutation ? mutation->sent_at : 0,
                                .shown = !mutation || mutations.is_shown(*mutation, message.row),
                                .hidden = seen.hidden});
    }
    return page;
}

} // namespace wsd
