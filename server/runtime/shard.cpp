#include "server/runtime/shard.hpp"

namespace wsd {
namespace {

rate_limit_store::options rate_options(const settings& options, const hash_seed& seed) {
    const bool reject = options.rate_limit_mode == choice::rate_limit_mode::reject;
    return {.messages = options.rate_limit_messages,
            .window = options.rate_limit_window_ms,
            .warning_threshold = options.rate_limit_warning_threshold,
            .mode = reject ? rate_limit_mode::reject : rate_limit_mode::delay,
            .room_actions = options.rate_limit_sensitive_room_actions,
            .violations_before_throttle = options.violations_before_throttle,
            .violations_max = options.max_violations,
            .seed = seed};
}

backpressure_limits pressure_limits(const settings& options) {
    return {.threshold = options.backpressure_threshold,
            .queue_max = options.backpressure_max_queue,
            .overflows_max = options.backpressure_max_overflows,
            .buffered_bytes = options.backpressure_buffered_threshold,
            .stall = options.backpressure_stall_ms};
}

} // namespace

shard::shard(std::uint16_t number, boost::asio::io_context& context, const shard_services& shared,
             metrics_block& counters, const hash_seed& seed)
    : index(number), io(context), services(shared), options(shared.options), log(shared.log), metrics(counters),
      time(shared.time), keys(shared.keys_at_start), connections({.shard = number, .seed = seed}),
      sessions({.seed = seed}), exclusions(seed), tails({.seed = seed}), rates(rate_options(shared.options, seed)),
      typing({.seed = seed}), wheel({}, shared.time.now()), pressure(pressure_limits(shared.options)),
      heartbeat{.interval = shared.options.heartbeat_interval, .timeout = shared.options.heartbeat_timeout},
      tasks(context,
            [this](std::string_view what) { log.log_event(log_level::error, "coroutine_failed", {{"what", what}}); }),
      room_news(seed), receipt_news({.seed = seed}),
      unconfirmed({.timeout = shared.options.delivery_ack_timeout_ms, .seed = seed}),
      limits{.content_length = shared.options.max_content_length,
             .room_name_length = shared.options.max_room_name_length,
             .thumbnail_url_length = shared.options.max_thumbnail_url_length},
      correlations(correlation_source::os_seed()), random(std::random_device{}()), handshakes(context) {}

} // namespace wsd
