#include "server/transport/socket_arrival.hpp"

#include "common/base/planted_fault.hpp"
#include "server/services/exclusions.hpp"
#include "server/services/outbound.hpp"
#include "server/services/watch.hpp"
#include "server/session/run_session.hpp"
#include "server/transport/octet_stream.hpp"
#include "server/transport/refusal.hpp"

#include <random>
#include <unistd.h>

namespace wsd {
namespace {

// Half-open sockets never lock a user out: the first that is suspect makes room for one, or whose peer has gone while
// it was not read.
bool abort_suspect(shard& home, const user_id& user) {
    connection* suspect = nullptr;
    home.connections.for_each_of(user, [&](connection_id, connection* c) {
        if (suspect != nullptr || c->state == lifecycle::aborted) return;
        hear(*c);
        if (c->alive.is_suspect(home.time.now()) || c->socket().peer_is_gone()) suspect = c;
    });
    if (suspect != nullptr) abort_connection(home, *suspect, "SUSPECT_REPLACED");
    return suspect != nullptr;
}

bool has_room(shard& home, const user_id& user) {
    const std::size_t limit = home.options.max_connections_per_user;
    if (limit == 0 || home.options.per_user_policy == choice::per_user_policy::replace_oldest) return true;
    return home.connections.count_of(user) < limit || abort_suspect(home, user);
}

void replace(shard& home, connection_id oldest) {
    if (connection* c = home.connections.find(oldest)) begin_close(home, *c, close_cause::replaced);
}

// Called when the newcomer is about to be registered: it makes one more.
void replace_oldest(shard& home, const identity& who) {
    const settings& options = home.options;
    const std::size_t per_session = options.max_sockets_per_session;
    if (per_session != 0 && home.connections.open_count_of(who.user, who.session) >= per_session)
        replace(home, home.connections.oldest_of(who.user, who.session));
    const bool by_user = options.per_user_policy == choice::per_user_policy::replace_oldest;
    const std::size_t per_user = options.max_connections_per_user;
    if (by_user && per_user != 0 && home.connections.open_count_of(who.user) >= per_user)
        replace(home, home.connections.oldest_of(who.user));
}

tcp_socket adopt(shard& home, accepted_socket& socket) {
    using boost::asio::ip::tcp;
    tcp_socket adopted(home.io.get_executor());
    boost::system::error_code ec;
    adopted.assign(socket.v6 ? tcp::v6() : tcp::v4(), socket.descriptor, ec);
    if (!ec) socket.descriptor = -1;
    return adopted;
}

std::unique_ptr<peer> accept(shard& here, socket_arrival& guest) {
    const peer_limits limits{.message_bytes_max = here.options.max_payload_size};
    const int descriptor = std::exchange(guest.socket.descriptor, -1);
    accepted_socket socket = std::move(guest.socket);
    socket.descriptor = descriptor;
#ifdef WSD_PLANTED
    if (is_planted("descriptor_leaked")) (void)::dup(STDERR_FILENO);
#endif
    return make_websocket_peer(here.io.get_executor(), std::move(socket), limits, here.time, here.buffers);
}

task<> refuse(shard& home, std::unique_ptr<octet_stream> stream, std::string response, steady_time deadline) {
    const result<> written = co_await stream->write_all(response, deadline);
    const steady_time end = home.time.now() + milliseconds(1000);
    if (written) co_await stream->close_gently(end);
}

task<> let_in(shard& home, std::unique_ptr<arrival> arrived) {
    co_await home.handshakes.wait();
    auto& guest = static_cast<socket_arrival&>(*arrived);
    if (home.time.now() >= guest.deadline) {
        home.metrics.count<metric::upgrades_refused>(find_refusal("TIMEOUT"));
        co_return;
    }
    const auto refuse_with = [&](http_code code) {
        home.metrics.count<metric::upgrades_refused>(find_refusal(describe(code).text));
        std::uniform_int_distribution<unsigned> retry(2, 20);
        auto stream = std::make_unique<octet_stream>(adopt(home, guest.socket), std::move(guest.socket.tls));
        home.tasks.spawn(refuse(home, std::move(stream), render_refusal(code, retry(home.random)), guest.deadline));
    };
    if (home.shutting_down) co_return refuse_with(http_code::shutting_down);
    // Between this look and the connection's place among those that an exclusion ends nothing else runs here.
    const exclusion_verdict verdict = judge(home, guest.visitor.who);
    if (verdict == exclusion_verdict::session_revoked) co_return refuse_with(http_code::session_revoked);
    if (verdict == exclusion_verdict::account_suspended) co_return refuse_with(http_code::account_suspended);
    if (!has_room(home, guest.visitor.who.user)) co_return refuse_with(http_code::connection_limit_user);

    auto socket = accept(home, guest);
    if (!socket) co_return;
    replace_oldest(home, guest.visitor.who);
    home.tasks.spawn(run_session(home, std::move(socket), std::move(guest.visitor.who),
                                 std::make_shared<admission::slot>(std::move(guest.visitor.place))));
}

} // namespace

socket_arrival::socket_arrival(accepted_socket accepted, admitted who, steady_time handshake_deadline)
    : socket(std::move(accepted)), visitor(std::move(who)), deadline(handshake_deadline) {}

socket_arrival::~socket_arrival() {
    if (socket.descriptor >= 0) ::close(socket.descriptor);
}

void receive_arrival(shard& home, std::unique_ptr<arrival> arrived) {
    home.tasks.spawn(let_in(home, std::move(arrived)));
}

void turn_away(shard& here, std::unique_ptr<arrival> arrived) {
    const auto socket = accept(here, static_cast<socket_arrival&>(*arrived));
    if (!socket) return;
    const close_cause_info& info = describe(close_cause::overload);
    here.metrics.count<metric::connections_accepted>();
    here.metrics.count<metric::connections_closed>(find_close(info.reason));
    socket->close(info.code, info.reason);
    (void)socket->flush();
    socket->shutdown_send();
}

} // namespace wsd
