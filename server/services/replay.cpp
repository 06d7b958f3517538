#include "server/services/replay.hpp"

#include "common/base/planted_fault.hpp"
#include "common/protocol/server_resume.hpp"
#include "server/services/delivery.hpp"
#include "server/services/entry_writer.hpp"
#include "server/services/log_requests.hpp"
#include "server/services/notices.hpp"
#include "server/services/outbound.hpp"
#include "server/services/room_frames.hpp"
#include "server/services/snapshots.hpp"

#include <utility>

namespace wsd {
namespace {

constexpr std::size_t page_entries = 200;
constexpr std::size_t page_bytes = 256 * 1024;
// A list of rooms that is outdated again by the time it is read is read so often; then it is shown as it is.
constexpr unsigned rooms_read_max = 16;

std::string_view mode_text(resume_mode mode) {
    switch (mode) {
    case resume_mode::exact:
        return "exact";
    case resume_mode::partial:
        return "partial";
    case resume_mode::snapshot:
        return "snapshot";
    }
    return "snapshot";
}

std::string_view reason_text(resume_reason reason) {
    switch (reason) {
    case resume_reason::none:
        return {};
    case resume_reason::epoch_changed:
        return "EPOCH_CHANGED";
    case resume_reason::unknown_message_id:
        return "UNKNOWN_MESSAGE_ID";
    case resume_reason::cursor_ahead:
        return "CURSOR_AHEAD";
    case resume_reason::too_far:
        return "TOO_FAR";
    case resume_reason::cursor_expired:
        return "CURSOR_EXPIRED";
    }
    return {};
}

from_server::resync_start start_frame(const shard& home, const replay_start& start) {
    const resume_plan& plan = start.plan;
    from_server::resync_start frame{.correlation_id = start.correlation,
                                    .mode = mode_text(plan.mode),
                                    .epoch = home.services.identity.epoch,
                                    .from = plan.from,
                                    .to = plan.to,
                                    .count = plan.count,
                                    .reason = reason_text(plan.reason)};
    if (plan.gap_to >= plan.from) frame.gaps.push_back({.from = plan.from, .to = plan.gap_to});
    if (!start.pending) return frame;
    auto& statuses = frame.pending_status.emplace();
    for (const pending_status& status : *start.pending) {
        auto& row = statuses.emplace_back(status.client_message_id, std::nullopt);
        if (!status.message) continue;
#ifdef WSD_PLANTED
        if (is_planted("pending_status_wrong")) continue;
#endif
        row.second = from_server::pending_message{
            .message_id = status.message->id,
            .chat_id = status.message->chat.view(),
            .seq = status.message->seq,
            .chat_seq = status.message->chat_seq,
            .state = state_text(home.states.newest(status.message->id, status.message->state))};
    }
    return frame;
}

struct series_end {
    std::uint64_t up_to = 0;
    bool complete = false;
};

void finish_message_replay(shard& home, connection& c, const replay_series& series, const series_end& end) {
    from_server::message_replay_complete frame{.correlation_id = series.correlation,
                                               .message_count = series.message_count,
                                               .last_message_id = series.last_message,
                                               .up_to = end.up_to,
                                               .complete = end.complete};
    if (!series.requested_after.empty()) frame.requested_after = series.requested_after;
    if (series.plan.gap_to >= series.plan.from)
        frame.gaps.push_back({.from = series.plan.from, .to = series.plan.gap_to});
    send(home, c, frame);
    c.output_grew();
}

void finish(shard& home, connection& c, const replay_series& series, const series_end& end) {
    if (series.message_replay) return finish_message_replay(home, c, series, end);
    send(home, c,
         from_server::resync_complete{.correlation_id = series.correlation,
                                      .message_count = series.message_count,
                                      .up_to = end.up_to,
                                      .complete = end.complete});
    if (!series.unasked) {
        from_server::rooms_snapshot rooms{.correlation_id = series.correlation, .timestamp = home.time.wall_ms()};
        for (const listed_room& room : series.plan.rooms.rooms) rooms.rooms.push_back(summary_of(room));
        send(home, c, rooms);
    }
    c.output_grew(); // what waited above start
}

bool shows_chats(const replay_series& series) {
    return series.stage == series_stage::chats || series.stage == series_stage::conversations;
}

// How far the client has come: behind a gap only when it has been shown all its chats.
std::uint64_t reached(const replay_series& series) {
    return shows_chats(series) ? series.plan.from - 1 : std::min(series.next - 1, series.plan.to);
}

// Nothing left, or nothing more to be had: the series ends where it is.
void end_early(shard& home, connection& c) {
    const auto series = std::exchange(c.series, nullptr);
    finish(home, c, *series, {.up_to = reached(*series), .complete = false});
}

error_fields failure_of(error_code code, const echoed_ids& echo) {
    error_fields fields = make_error(
        code, {.client_message_id = echo.client_message_id, .message_id = echo.message_id, .room_id = echo.room_id});
    if (code == error_code::server_busy) fields.retry_after_ms = busy_retry_ms;
    return fields;
}

void fail(shard& home, connection& c, error_code code) {
    const replay_series& series = *c.series;
    // Nobody has asked, so nobody would understand: the client is to come back.
    if (series.unasked) return begin_close(home, c, close_cause::internal_error);
    send(home, c,
         from_server::message_error{.correlation_id = series.correlation, .error_part = failure_of(code, series.echo)});
    end_early(home, c);
}

// What the client was told since the list was read must not be taken back by it.
bool has_old_rooms(const connection& c) {
    const replay_series& series = *c.series;
    return c.rooms_changed && !series.message_replay && !series.unasked && series.rooms_read < rooms_read_max;
}

void go_on(shard& home, connection& c) {
    replay_series& series = *c.series;
    const bool to_be_read =
        shows_chats(series) || (series.stage == series_stage::entries && series.next <= series.plan.to);
    if (!to_be_read && has_old_rooms(c)) series.stage = series_stage::rooms;
    if (to_be_read || has_old_rooms(c)) return c.output_grew();
    const auto ended = std::exchange(c.series, nullptr);
    if (ended->unasked) c.cursor.position = ended->plan.to;
    finish(home, c, *ended, {.up_to = ended->plan.to, .complete = ended->plan.complete});
}

void refuse(shard& home, connection& c, const replay_start& start, error_code code) {
    send(home, c,
         from_server::message_error{.correlation_id = start.correlation, .error_part = failure_of(code, start.echo)});
}

// Until a series has begun, or was refused by a frame, entries wait: it may be that they are to come behind it, and
// that a gap is told by it.
class live_hold {
  public:
    explicit live_hold(connection& c) : c_(c) { c_.cursor.held = true; }
    ~live_hold() { c_.cursor.held = false; }
    live_hold(const live_hold&) = delete;
    live_hold& operator=(const live_hold&) = delete;

  private:
    connection& c_;
};

void begin_series(shard& home, connection& c, replay_start&& start) {
    if (!start.message_replay) send(home, c, start_frame(home, start));
    const resume_plan& plan = start.plan;
    const bool entries_alone = start.message_replay || plan.mode == resume_mode::exact;
    c.series = std::make_unique<replay_series>(
        replay_series{.plan = plan,
                      .next = plan.first_entry,
                      .correlation = std::move(start.correlation),
                      .stage = entries_alone ? series_stage::entries : series_stage::chats,
                      .message_replay = start.message_replay,
                      .requested_after = std::move(start.requested_after),
                      .echo = std::move(start.echo)});
    go_on(home, c);
}

void send_entries(shard& home, connection& c, const log_page& page) {
    replay_series& series = *c.series;
    entry_writer writer(home, c, entry_writer::mode::replay);
    for (const log_entry& entry : page.entries) {
        // Encoded, a page may have become larger than its bound: the rest is read again.
        if (entry.seq != page.entries.front().seq && !may_add_events(home, c)) break;
        series.next = entry.seq + 1;
#ifdef WSD_PLANTED
        if (is_planted("gap_at_seam") && entry.seq == series.plan.to && series.plan.count > 1) continue;
#endif
        const bool message = writer.write_read(entry);
        if (!c.hello.cumack) c.cursor.untaken.add(entry.seq, c.socket().octets_written());
        if (!message) continue;
        ++series.message_count;
        series.last_message = entry.message->id;
    }
    writer.finish();
}

// What a series asks the log for next, but for its chats.
read_question next_question(connection& c) {
    replay_series& series = *c.series;
    if (series.stage == series_stage::rooms) {
        ++series.rooms_read;
        c.rooms_changed = false;
        return room_list_request{.user = c.who.user};
    }
    return page_request{.user = c.who.user,
                        .from = series.next,
                        .to = series.plan.to,
                        .max_entries = page_entries,
                        .max_bytes = page_bytes,
                        .replayed_from = series.plan.from};
}

} // namespace

task<> start_replay(shard& home, connection& c, resume_request request, replay_start start) {
    // One may have begun, unasked, while the request was looked into.
    if (c.series) co_return refuse(home, c, start, error_code::resync_in_progress);
    const live_hold until_it_begins(c);
    c.rooms_changed = false;
    const std::string last_seen = request.last_seen.value_or("");
    read_question question = std::move(request);
    const read_reply found = co_await ask_reader(home, c, std::move(question));
    if (c.state != lifecycle::open) co_return;
    if (const errc* failure = std::get_if<errc>(&found.outcome)) {
        const bool busy = *failure == errc::busy;
        co_return refuse(home, c, start, busy ? error_code::server_busy : error_code::persistence_error);
    }
    start.plan = std::get<resume_plan>(found.outcome);
    if (start.plan.reason == resume_reason::unknown_message_id) {
        send(home, c,
             from_server::message_error{.correlation_id = start.correlation,
                                        .error_part = failure_of(error_code::invalid_last_message_id, start.echo),
                                        .last_message_id = last_seen});
        if (start.message_replay) co_return;
    }
    begin_series(home, c, std::move(start));
}

void fill_replay(shard& home, connection& c) {
    if (!replay_wants_output(c)) return;
    replay_series& series = *c.series;
    read_job job{.ticket = {.connection = c.id, .request = ticket_number(ticket_use::series_page, 0)},
                 .what = shows_chats(series) ? next_snapshot_question(c) : next_question(c)};
    if (!home.services.reader.try_submit(std::move(job))) return fail(home, c, error_code::server_busy);
    series.page_requested = true;
}

bool replay_wants_output(const connection& c) {
    return c.state == lifecycle::open && !c.series->page_requested && c.socket().unsent() == 0;
}

void series_page_read(shard& home, connection& c, read_reply&& reply) {
    if (!c.series || c.state != lifecycle::open) return;
    replay_series& series = *c.series;
    series.page_requested = false;
    if (auto* chats = std::get_if<chat_answer>(&reply.outcome)) {
        if (!send_snapshots(home, c, std::move(*chats))) return fail(home, c, error_code::persistence_error);
        return go_on(home, c);
    }
    if (auto* rooms = std::get_if<room_list>(&reply.outcome)) {
        series.plan.rooms = std::move(*rooms);
        return go_on(home, c);
    }
    const auto* page = std::get_if<log_page>(&reply.outcome);
    if (page == nullptr) return fail(home, c, error_code::persistence_error);
    // Trimmed meanwhile. The client goes on from what it has, and is told of the gap then.
    if (page->floor > series.next) return end_early(home, c);
    if (page->entries.empty() || page->entries.front().seq != series.next)
        return fail(home, c, error_code::persistence_error);
    send_entries(home, c, *page);
    go_on(home, c);
}

void tell_of_gap(shard& home, connection& c, std::uint64_t gap_to) {
    const auto from = c.cursor.position + 1;
    replay_start start;
    start.plan = {.mode = resume_mode::partial,
                  .reason = resume_reason::cursor_expired,
                  .from = from,
                  .to = gap_to,
                  .first_entry = gap_to + 1,
                  .gap_to = gap_to};
    send(home, c, start_frame(home, start));
    c.series = std::make_unique<replay_series>(replay_series{
        .plan = start.plan, .next = gap_to + 1, .correlation = {}, .stage = series_stage::chats, .unasked = true});
    go_on(home, c);
}

void replay_taken(shard& home, connection& c) {
    if (c.cursor.untaken.empty()) return;
    const auto taken = c.cursor.untaken.take(c.socket().octets_taken());
    if (taken) confirm_replayed_entries(home, c, taken->from, taken->to);
}

} // namespace wsd
