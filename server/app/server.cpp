#include "server/app/server.hpp"

#include "server/transport/listener.hpp"

#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <random>
#include <thread>
#include <unistd.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace wsd {
namespace {

constexpr milliseconds drain_poll{10};
// A hundred users a second: a million in three hours. Of messages two thousand a second, when there are any to remove,
// in portions that hold up the store thread for a few milliseconds.
constexpr milliseconds trim_interval{250};
constexpr std::uint32_t trim_users = 25;
// Taken to be longer than the pauses of who writes a file in place.
constexpr milliseconds credential_interval{1000};
constexpr std::size_t crowd_connections = 1000;
// Of the time for a shutdown: to see connections that are cut as gone, and to close the log.
constexpr milliseconds drain_slack{200};
constexpr std::size_t presence_messages_max = 262'144;
constexpr std::size_t admin_bytes_max = 1024 * 1024;
constexpr std::size_t presence_bytes_max = 64 * 1024 * 1024;

hash_seed random_seed() {
    hash_seed seed{};
    std::random_device device;
    for (std::uint8_t& byte : seed) byte = static_cast<std::uint8_t>(device());
    return seed;
}

std::uint16_t count_shards(const settings& options) {
    const unsigned wanted = options.threads != 0 ? options.threads : std::thread::hardware_concurrency();
    return static_cast<std::uint16_t>(std::clamp(wanted, 1U, 256U));
}

verify_options verification_of(const settings& options) {
    return {.issuer = options.jwt_issuer,
            .audience = options.jwt_audience,
            .leeway = options.jwt_leeway_s,
            .require_expiry = options.jwt_require_exp};
}

// A terminal that is closed ends the server as Ctrl-C does. Under nohup the signal is ignored, and stays so.
bool hears_hangup() {
    struct sigaction now{};
    return ::sigaction(SIGHUP, nullptr, &now) == 0 && now.sa_handler != SIG_IGN;
}

} // namespace

struct server::control_timers {
    explicit control_timers(boost::asio::io_context& io)
        : signals(io, SIGTERM, SIGINT), presence(io), trimming(io), credentials(io), drain(io) {
        if (hears_hangup()) signals.add(SIGHUP);
    }
    boost::asio::signal_set signals;
    boost::asio::steady_timer presence;
    boost::asio::steady_timer trimming;
    boost::asio::steady_timer credentials;
    boost::asio::steady_timer drain;
};

server::server(server_parts parts)
    : parts_(std::move(parts)), seed_(random_seed()), shard_count_(count_shards(parts_.options)),
      places_({.connections_max = parts_.options.max_connections,
               .connections_per_ip_max = parts_.options.max_connections_per_ip,
               .accepts_per_second = parts_.options.accept_rate,
               .seed = seed_}),
      store_(parts_.storage, parts_.time, *this, {.shards = shard_count_}), reader_(parts_.storage, *this, {}),
      presence_({.options = parts_.options,
                 .time = parts_.time,
                 .shards = *this,
                 .reader = reader_,
                 .store = store_,
                 .metrics = parts_.metrics.make_block(),
                 .shard_count = shard_count_},
                seed_),
      presence_inbox_(control_, presence_, {.items = presence_messages_max, .bytes = presence_bytes_max}),
      services_{.options = parts_.options,
                .time = parts_.time,
                .log = parts_.log,
                .store = store_,
                .reader = reader_,
                .presence = *this,
                .administration = *this,
                .shards = *this,
                .identity = parts_.storage.identity(),
                .keys_at_start = parts_.keys,
                .verification = verification_of(parts_.options)},
      rules_{.options = parts_.options,
             .time = parts_.time,
             .log = parts_.log,
             .verification = verification_of(parts_.options),
             .origins = parts_.origins,
             .proxies = parts_.proxies,
             .places = places_,
             .draining = draining_},
      shards_(std::make_unique<std::unique_ptr<shard_runner>[]>(shard_count_)),
      admin_(control_, {.token = parts_.options.admin_token},
             {.health = *this, .metrics = parts_.metrics, .log = parts_.log, .time = parts_.time, .exclusions = *this}),
      admin_inbox_(control_, admin_, {.items = admin_server::connections_max, .bytes = admin_bytes_max}),
      timers_(std::make_unique<control_timers>(control_)) {
    for (std::uint16_t i = 0; i < shard_count_; ++i)
        shards_[i] = std::make_unique<shard_runner>(i, services_, parts_.metrics.make_block(), seed_);
    add_collectors();
}

server::~server() = default;

std::string server::listen() {
    const settings& options = parts_.options;
    if (!load_exclusions()) return "can't read who is excluded from the log: " + parts_.storage.last_error();
    const auto claimed = claim_endpoint(options.host, options.port);
    if (const auto* problem = std::get_if<std::string>(&claimed)) return *problem;
    const auto& endpoint = std::get<boost::asio::ip::tcp::endpoint>(claimed);
    for (std::uint16_t i = 0; i < shard_count_; ++i) {
        const auto ec = shards_[i]->listen(endpoint, shard_count_ > 1, rules_, parts_.tls);
        if (ec) return "can't listen on " + endpoint.address().to_string() + ": " + ec.message();
    }
    where_.host = options.host;
    where_.port = endpoint.port();
    where_.tls = parts_.tls != nullptr;
    if (options.admin_host == "off") return {};
    const auto bound = admin_.listen(options.admin_host, options.admin_port);
    if (!bound) {
        return "can't listen on the admin address " + options.admin_host + ":" + std::to_string(options.admin_port) +
               ": " + bound.error().message() + ". Choose another port with --admin-port, or --admin-host off.";
    }
    where_.admin_host = options.admin_host;
    where_.admin_port = bound->port();
    return {};
}

bool server::load_exclusions() {
    const auto stored = parts_.storage.read_exclusions();
    if (!stored) return false;
    const timestamp now = parts_.time.wall_ms();
    for (const exclusion& each : *stored) shards_[home_of(user_of(each))]->exclude(each, now);
    return true;
}

void server::run() {
    store_.start();
    reader_.start();
    for (std::uint16_t i = 0; i < shard_count_; ++i) shards_[i]->start();
    started_.store(true, std::memory_order_release);
    await_signal();
    arm_presence_tick();
    arm_trimming();
    arm_credential_watch();
    control_.run();
    stop_in_order();
}

void server::await_signal() {
    timers_->signals.async_wait([this](boost::system::error_code ec, int) {
        if (ec) return;
        if (++signals_ > 1) std::_Exit(1); // what was acknowledged survives as after a crash
        begin_drain();
        await_signal();
    });
}

void server::arm_presence_tick() {
    timers_->presence.expires_after(presence_tick_interval);
    timers_->presence.async_wait([this](boost::system::error_code ec) {
        if (ec || draining_) return; // nobody is told that everybody leaves
        presence_.tick();
        arm_presence_tick();
    });
}

void server::arm_trimming() {
    timers_->trimming.expires_after(trim_interval);
    timers_->trimming.async_wait([this](boost::system::error_code ec) {
        if (ec || draining_) return;
        // A full queue has no time for it.
        if (store_.try_submit({.ticket = {}, .command = log_operation(trim_logs{.users_max = trim_users})}))
            store_.wake();
        return_memory();
        arm_trimming();
    });
}

void server::arm_credential_watch() {
    timers_->credentials.expires_after(credential_interval);
    timers_->credentials.async_wait([this](boost::system::error_code ec) {
        if (ec || draining_) return; // nobody comes any more
        take_up(parts_.credentials.look());
        arm_credential_watch();
    });
}

void server::take_up(const fresh_credentials& fresh) {
    if (fresh.tls) parts_.tls = fresh.tls;
    for (std::uint16_t i = 0; i < shard_count_; ++i) {
        if (fresh.keys) shards_[i]->post(new_keys{.keys = fresh.keys});
        if (fresh.tls) shards_[i]->post(new_certificate{.certificate = fresh.tls});
    }
}

// What a crowd of connections held is in pieces all over the allocator's memory, which it would keep.
void server::return_memory() {
    const std::size_t open = open_connections();
    connections_peak_ = std::max(connections_peak_, open);
    if (connections_peak_ < crowd_connections || open > connections_peak_ / 2) return;
    connections_peak_ = open;
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}

void server::begin_drain() {
    const std::size_t open = open_connections();
    parts_.log.log_event(log_level::info, "draining", {{"connections", open}});
    draining_.store(true);
    const milliseconds time = parts_.options.shutdown_timeout;
    drain_deadline_ = parts_.time.now() + time - std::min(time / 5, drain_slack);
    for (std::uint16_t i = 0; i < shard_count_; ++i)
        shards_[i]->post(begin_shutdown{.deadline = drain_deadline_, .connections = open});
    watch_drain();
}

void server::watch_drain() {
    timers_->drain.expires_after(drain_poll);
    timers_->drain.async_wait([this](boost::system::error_code ec) {
        if (ec) return;
        const bool late = parts_.time.now() >= drain_deadline_ + drain_slack;
        if (open_connections() > 0 && !late) return watch_drain();
        control_.stop();
    });
}

// Producers before consumers; the store thread last.
void server::stop_in_order() {
    // The loop that hears signals has ended, and the log may take its time.
    for (const int signal : {SIGTERM, SIGINT}) std::signal(signal, [](int) { ::_exit(1); });
    admin_.stop();
    for (std::uint16_t i = 0; i < shard_count_; ++i) shards_[i]->stop();
    reader_.stop();
    store_.drain_and_stop();
    parts_.log.log_event(log_level::info, "stopped");
}

std::size_t server::open_connections() const {
    std::size_t open = 0;
    for (std::uint16_t i = 0; i < shard_count_; ++i) open += shards_[i]->open_connections();
    return open;
}

void server::deliver(std::uint16_t shard, store_batch&& batch) { shards_[shard]->post(std::move(batch)); }

void server::deliver_read(std::uint16_t shard, read_reply&& reply) {
    if (shard == presence_service::mailbox_index()) return tell(std::move(reply));
    shards_[shard]->post(std::move(reply));
}

void server::members_moved(std::vector<membership_change>&& changes) {
    tell(wsd::members_moved{.changes = std::move(changes)});
}

void server::contacts_made(const user_id& a, const user_id& b) { tell(contacts_met{.a = a, .b = b}); }

std::uint16_t server::home_of(const user_id& user) const {
    return static_cast<std::uint16_t>(seeded_hash(seed_)(user) % shard_count_);
}

void server::post(std::uint16_t shard, shard_message&& message) { shards_[shard]->post(std::move(message)); }

bool server::try_post(std::uint16_t shard, shard_message&& message) {
#ifdef WSD_PLANTED_FAULTS // tests only: no mailbox has room for a new connection
    if (std::holds_alternative<std::unique_ptr<arrival>>(message)) return false;
#endif
    return shards_[shard]->try_post(std::move(message));
}

bool server::ask(presence_question&& question) { return presence_inbox_.try_push(std::move(question)); }

bool server::pass_on(room_typing&& typing) { return presence_inbox_.try_push(std::move(typing)); }

void server::tell(presence_request&& news) { presence_inbox_.push_reserved(std::move(news)); }

bool server::submit(const exclusion& what, std::uint64_t request) {
    const store_ticket ticket{.connection = {.shard = home_of(user_of(what))},
                              .request = ticket_number(ticket_use::administration, request)};
    log_operation operation = std::visit([](const auto& each) { return log_operation(each); }, what);
    if (!store_.try_submit({.ticket = ticket, .command = std::move(operation)})) return false;
    store_.wake();
    return true;
}

void server::answer(const exclusion_answer& what) { admin_inbox_.push_reserved(exclusion_answer(what)); }

health server::current() const {
    const std::size_t nearly_full = store_options{}.max_requests * 9 / 10;
    return {.starting = !started_.load(std::memory_order_acquire),
            .draining = draining_.load(),
            .log = !store_.log_ok(),
            .disk = !store_.log_ok() && store_.last_error().find("full") != std::string::npos,
            .store_queue = store_.queue_depth() >= nearly_full};
}

} // namespace wsd
