#include "server/session/run_session.hpp"

#include "common/protocol/server_session.hpp"
#include "server/services/log_requests.hpp"
#include "server/services/outbound.hpp"
#include "server/services/watch.hpp"
#include "server/session/read_loop.hpp"

#include <exception>
#include <random>
#include <string>

namespace wsd {
namespace {

liveness first_signs(shard& home) {
    std::uniform_int_distribution<std::int64_t> spread(0, home.options.heartbeat_interval.count());
    return {home.time.now(), milliseconds(spread(home.random))};
}

void set_deadlines(shard& home, connection& c) {
    c.timing.hello_by = home.time.now() + home.options.hello_timeout;
    c.timing.reading_since = home.time.now();
    watch_again(home, c);
}

void greet(shard& home, connection& c, bool is_reconnect) {
    const std::string name = connection_text(c.id);
    send(home, c,
         from_server::connection_established{.user_id = c.who.user.view(),
                                             .connection_id = name,
                                             .session_id = c.who.session.view(),
                                             .is_reconnect = is_reconnect,
                                             .connection_count =
                                                 static_cast<std::uint32_t>(home.connections.open_count_of(c.who.user)),
                                             .protocol_version = home.options.protocol_version,
                                             .timestamp = home.time.wall_ms()});
}

void open_session(shard& home, connection& c) {
    const auto session = home.sessions.connected(c.who.user, c.who.session, home.time.now());
    home.metrics.count<metric::connections_accepted>();
    home.metrics.change<metric::connections_open>(1);
    home.services.presence.tell(connection_opened{.user = c.who.user});
    home.log.log_event(log_level::info, "connection_opened",
                       {{"connection", connection_text(c.id)}, {"user", c.who.user}, {"session", c.who.session}});
    set_deadlines(home, c);
    greet(home, c, session.is_reconnect);
}

void close_session(shard& home, connection& c) {
    home.sessions.disconnected(c.who.user, c.who.session, home.time.now());
    (void)home.rates.cancel(c.who.user, c.id);
    detach_user(home, c);
    leave_presence(home, c);
    home.metrics.change<metric::connections_open>(-1);
    home.metrics.count<metric::connections_closed>(c.end.by_peer ? find_peer_close(c.end.peer_code)
                                                                 : find_close(c.end.reason));
    home.log.log_event(log_level::info, "connection_closed",
                       {{"connection", connection_text(c.id)},
                        {"user", c.who.user},
                        {"by", c.end.by_peer ? std::string_view("peer") : std::string_view("server")},
                        {"reason", c.end.reason}});
    home.connections.remove(c.id);
}

// What is known of this connection must outlive whatever goes wrong while it is served.
task<> serve_to_the_end(shard& home, connection& c) {
    std::string fault;
    try {
        co_return co_await read_loop(home, c);
    } catch (const std::exception& e) {
        fault = e.what();
    }
    home.log.log_event(log_level::error, "session_failed", {{"connection", connection_text(c.id)}, {"what", fault}});
    try {
        co_await sends_settled(c);
        begin_close(home, c, close_cause::internal_error);
        co_await hang_up(c);
    } catch (const std::exception&) {
        abort_connection(home, c, "INTERNAL_ERROR");
    }
}

} // namespace

task<> run_session(shard& home, std::unique_ptr<peer> socket, identity who, std::shared_ptr<void> hold) {
    connection c(home, std::move(socket), std::move(who), first_signs(home));
    c.id = home.connections.add(c.who.user, c.who.session, &c);
    if (c.id.generation == 0) { // more connections than the shard can name
        home.metrics.count<metric::connections_accepted>();
        home.metrics.count<metric::connections_closed>(find_close(describe(close_cause::overload).reason));
        c.socket().close(describe(close_cause::overload).code, describe(close_cause::overload).reason);
        (void)c.socket().flush();
        co_return;
    }
    open_session(home, c);
    co_await serve_to_the_end(home, c);
    close_session(home, c);
    hold.reset();
}

} // namespace wsd
