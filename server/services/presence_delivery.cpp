#include "server/services/presence_delivery.hpp"

#include "common/base/planted_fault.hpp"
#include "common/protocol/server_presence.hpp"
#include "common/state/presence_texts.hpp"
#include "server/services/outbound.hpp"

#include <cstddef>
#include <span>

namespace wsd {
namespace {

// When everybody in a large room is told of everybody else, the frames are handed to the operating system as they are
// made.
constexpr std::size_t unflushed_bytes_max = 1024 * 1024;

// Tells connections of changes, as many as are news to each.
class teller {
  public:
    teller(shard& home, const presence_batch& batch)
        : home_(home), changes_(*batch.changes), texts_(changes_, home.time.wall_ms()) {}

    void tell(const user_id& user, connection& c, std::span<const change_range> told) {
        if (!c.hello.live) return;
#ifdef WSD_PLANTED
        if (is_planted("presence_untold")) return;
#endif
        texts_.begin();
        for (const change_range& range : told) {
            for (std::uint32_t i = range.begin; i < range.end; ++i)
                if (changes_[i].is_news_after(c.presence_version) && changes_[i].user != user) texts_.choose(i);
        }
        if (c.hello.seq && texts_.count() > 1) return send_text<from_server::presence_batch>(c, texts_.batch());
        texts_.for_each_update([&](std::string_view text) { send_text<from_server::presence_update>(c, text); });
    }
    // Between connections.
    void flush_often() {
        if (unflushed_ < unflushed_bytes_max) return;
        unflushed_ = 0;
        (void)flush_dirty(home_);
    }

  private:
    template <class Frame> void send_text(connection& c, std::string_view text) {
        send_encoded<Frame>(home_, c, text);
        unflushed_ += text.size();
    }

    shard& home_;
    std::span<const presence_change> changes_;
    presence_texts texts_;
    std::size_t unflushed_ = 0;
};

} // namespace

void deliver_presence(shard& home, const presence_batch& batch) {
    teller all(home, batch);
    if (batch.everyone) {
        const change_range every{.begin = 0, .end = static_cast<std::uint32_t>(batch.changes->size())};
        return home.connections.for_each(
            [&](connection_id, const user_id& user, connection* c) { all.tell(user, *c, {&every, 1}); });
    }
    const std::span<const change_range> told(batch.told);
    for (const auto& receiver : batch.receivers) {
        const auto own = told.subspan(receiver.begin, receiver.end - receiver.begin);
        home.connections.for_each_of(receiver.user,
                                     [&](connection_id, connection* c) { all.tell(receiver.user, *c, own); });
        all.flush_often();
    }
}

void show_presence(shard& home, connection& c, const presence_snapshot& snapshot) {
    from_server::presence_snapshot frame{.timestamp = home.time.wall_ms(), .truncated = snapshot.truncated};
    frame.users.reserve(snapshot.online.size());
    for (const presence_row& row : snapshot.online)
        frame.users.emplace_back(row.user.view(), from_server::present_user{.last_seen = row.last_seen});
    c.presence_version = snapshot.version;
    send(home, c, frame);
}

bool refresh_presence(shard& home, connection& c) {
    const store_ticket ticket{.connection = c.id, .request = ticket_number(ticket_use::presence_refresh, 0)};
    return home.services.presence.ask({.ticket = ticket, .user = c.who.user});
}

} // namespace wsd
