#include "server/runtime/shard.hpp"

namespace wsd {

shard::shard(std::uint16_t number, boost::asio::io_context& context, const shard_services& shared,
             metrics_block& counters, const hash_seed& seed)
    : index(number), io(context), services(shared), options(shared.options), log(shared.log), metrics(counters),
      time(shared.time), connections({.shard = number, .seed = seed}), sessions({.seed = seed}), tails({.seed = seed}),
      wheel({}, shared.time.now()), tasks(context,
                                          [this](std::string_view what) {
                                              log.log_event(log_level::error, "coroutine_failed", {{"what", what}});
                                          }),
      limits{.content_length = shared.options.max_content_length,
             .room_name_length = shared.options.max_room_name_length,
             .thumbnail_url_length = shared.options.max_thumbnail_url_length},
      correlations(correlation_source::os_seed()), random(std::random_device{}()) {}

} // namespace wsd
