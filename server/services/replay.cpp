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
        row.second = from_server::pending_message{.message_id = status.message->id,
                                                  .chat_id = status.message->chat.view(),
                                                  .seq = status.message->seq,
                                                  .chat_seq = status.message->chat_seq,
                                                  .state = state_text(status.message->state)};
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

// Nothing left, or nothing more to be had: the series ends where it is.
void end_early(shard& home, connection& c) {
    const auto series = std::exchange(c.series, nullptr);
    const bool nothing_sent = series->next == series->plan.first_entry;
    finish(home, c, *series, {.up_to = nothing_sent ? series->plan.from - 1 : series->next - 1, .complete = false});
}

void fail(shard& home, connection& c, error_code code) {
    // Nobody has asked, so nobody would understand: the client is to come back.
    if (c.series->unasked) return begin_close(home, c, close_cause::internal_error);
    send(home, c, from_server::message_error{.correlation_id = c.series->correlation, .error_part = make_error(code)});
    end_early(home, c);
}

void go_on(shard& home, connection& c) {
    replay_series& series = *c.series;
    if (series.stage != series_stage::entries || series.next <= series.plan.to) return c.output_grew();
    const auto ended = std::exchange(c.series, nullptr);
    if (ended->unasked) c.cursor.position = ended->plan.to;
    finish(home, c, *ended, {.up_to = ended->plan.to, .complete = ended->plan.complete});
}

void refuse(shard& home, connection& c, const replay_start& start, error_code code) {
    send(home, c, from_server::message_error{.correlation_id = start.correlation, .error_part = make_error(code)});
}

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
                      .requested_after = std::move(start.requested_after)});
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
        if (!writer.write_read(entry)) continue;
        ++series.message_count;
        series.last_message = entry.message->id;
    }
    writer.finish();
    if (c.hello.cumack) return;
    if (c.cursor.untaken_from == 0) c.cursor.untaken_from = page.entries.front().seq;
    c.cursor.untaken_to = series.next - 1;
}

} // namespace

task<> start_replay(shard& home, connection& c, resume_request request, replay_start start) {
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
                                        .error_part = make_error(error_code::invalid_last_message_id),
                                        .last_message_id = last_seen});
        if (start.message_replay) co_return;
    }
    begin_series(home, c, std::move(start));
}

void fill_replay(shard& home, connection& c) {
    if (!replay_wants_output(c)) return;
    replay_series& series = *c.series;
    read_job job{.ticket = {.connection = c.id, .request = ticket_number(ticket_use::series_page, 0)},
                 .what = page_request{.user = c.who.user,
                                      .from = series.next,
                                      .to = series.plan.to,
                                      .max_entries = page_entries,
                                      .max_bytes = page_bytes,
                                      .replayed_from = series.plan.from}};
    if (series.stage != series_stage::entries) job.what = next_snapshot_question(c);
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
    if (c.cursor.untaken_from == 0) return;
    confirm_replayed_entries(home, c, std::exchange(c.cursor.untaken_from, 0), c.cursor.untaken_to);
}

} // namespace wsd
