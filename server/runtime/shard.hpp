#pragma once

#include "common/auth/jwt.hpp"
#include "common/config/settings.hpp"
#include "common/protocol/client_names.hpp"
#include "common/protocol/decode_limits.hpp"
#include "common/protocol/strict_json.hpp"
#include "common/queues/buffer_pool.hpp"
#include "common/queues/turn_list.hpp"
#include "common/state/announced_states.hpp"
#include "common/state/connection_store.hpp"
#include "common/state/event_texts.hpp"
#include "common/state/exclusion_store.hpp"
#include "common/state/message_store.hpp"
#include "common/state/rate_limit_store.hpp"
#include "common/state/receipt_updates.hpp"
#include "common/state/room_broadcasts.hpp"
#include "common/state/session_store.hpp"
#include "common/state/timer_wheel.hpp"
#include "common/state/typing_store.hpp"
#include "common/state/unconfirmed_store.hpp"
#include "server/observe/correlation.hpp"
#include "server/observe/log.hpp"
#include "server/observe/metrics.hpp"
#include "server/runtime/admin_link.hpp"
#include "server/runtime/connection.hpp"
#include "server/runtime/handshake_turns.hpp"
#include "server/runtime/presence_link.hpp"
#include "server/runtime/router.hpp"
#include "server/runtime/task_group.hpp"
#include "server/runtime/turn_clock.hpp"
#include "server/storage/reader_thread.hpp"
#include "server/storage/store_thread.hpp"

#include <boost/asio/io_context.hpp>

#include <array>
#include <cstdint>
#include <memory>
#include <random>
#include <string>

namespace wsd {

// What all shards share; outlives them. Everything in it may be used by any thread.
struct shard_services {
    const settings& options;
    const clock& time;
    logger& log;
    store_thread& store;
    reader_thread& reader;
    presence_link& presence;
    admin_link& administration;
    router& shards;
    log_identity identity;
    std::shared_ptr<const key_set> keys_at_start; // of tokens; those in use are the shard's
    verify_options verification;
};

// Everything that belongs to one shard: the stores of its users, its loop, its lists. Used by one thread only, the one
// that runs `io`. It makes no thread: whoever owns it steps or runs the context.
struct shard {
    shard(std::uint16_t index, boost::asio::io_context& io, const shard_services& services, metrics_block& metrics,
          const hash_seed& seed);

    const std::uint16_t index;
    boost::asio::io_context& io;
    const shard_services& services;
    const settings& options;
    logger& log;
    metrics_block& metrics;
    turn_clock time;
    std::shared_ptr<const key_set> keys; // that tokens are verified with from now on; never null

    connection_store<connection*> connections;
    session_store sessions;
    exclusion_store exclusions;
    message_store tails;
    rate_limit_store rates;
    typing_store typing;
    timer_wheel wheel;
    const backpressure_limits pressure;
    const heartbeat_times heartbeat;

    task_group tasks;
    buffer_pool buffers;
    turn_list<connection_id> dirty;
    turn_list<recipient_offline> offline_notices; // until their commit is settled
    room_broadcasts room_news;
    event_texts events;      // see encode_event_tail
    announced_states states; // of direct messages
    receipt_updates receipt_news;
    unconfirmed_store unconfirmed;
    strict_parser parser{is_client_name};
    decode_limits limits;
    correlation_source correlations;
    std::minstd_rand random; // jitter only
    std::array<unsigned char, 16 * 1024> parse_memory;
    handshake_turns handshakes;
    bool store_touched = false; // wake the store thread at the end of the turn
    bool shutting_down = false;
    steady_time shutdown_deadline{};
};

} // namespace wsd
