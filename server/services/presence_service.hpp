#pragma once

#include "common/base/task.hpp"
#include "common/config/settings.hpp"
#include "common/state/contact_loads.hpp"
#include "common/state/presence_store.hpp"
#include "server/observe/metrics.hpp"
#include "server/runtime/router.hpp"
#include "server/storage/reader_thread.hpp"
#include "server/storage/store_thread.hpp"

#include <cstdint>

namespace wsd {

// The single writer of presence: hears of every connection that opens or ends and of everybody who comes into a room or
// leaves it, and tells the audience's shards once a tick. Knowing who is in which room, it also passes typing on, and
// has those leave who have gone offline (WS_ROOM_LEAVE_ON_DISCONNECT). Lives on the control thread.
class presence_service {
  public:
    struct surroundings {
        const settings& options;
        const clock& time;
        router& shards;
        reader_thread& reader;
        store_thread& store;
        metrics_block& metrics;
        std::uint16_t shard_count;
    };
    presence_service(const surroundings& around, const hash_seed& seed);

    void on_message(presence_request&& message);
    // To be called every presence_tick_interval.
    void tick();

    // Tickets of this pseudo shard bring the reader's answers to the presence service.
    [[nodiscard]] static constexpr std::uint16_t mailbox_index() noexcept { return 0xffff; }

  private:
    void on(connection_opened&& event);
    void on(connection_ended&& event);
    void on(presence_question&& question);
    void on(contacts_met&& event);
    void on(members_moved&& event);
    void on(room_typing&& typing);
    void on(read_reply&& reply);
    void read_contacts(contact_load&& load, const contact_place& after);
    void contacts_read(contact_load&& load, const contact_list* page);
    void answer_held(const user_id& viewer);
    void answer(const store_ticket& ticket, const user_id& viewer);
    void tell_audience(presence_tick&& told);
    void leave_rooms_of(const user_id& user);
    void look_for_absent(steady_time now);
    void absent_read(const read_reply& reply);

    surroundings around_;
    presence_store store_;
    presence_writer writer_;
    contact_loads loads_;
    steady_time absent_due_;   // those who did not come back after a restart leave their rooms
    bool absent_left_ = false; // or are about to
};

} // namespace wsd
