#include "server/admin/admin_server.hpp"

#include "common/base/task.hpp"
#include "server/admin/admin_routes.hpp"
#include "server/runtime/single_waiter.hpp"
#include "server/runtime/steady_timer.hpp"
#include "server/runtime/task_group.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <array>
#include <exception>
#include <optional>
#include <utility>

namespace wsd {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;

using stream_type = beast::basic_stream<tcp, executor>;
using acceptor_type = asio::basic_socket_acceptor<tcp, executor>;
using response_type = http::response<http::string_body>;

constexpr auto awaited = asio::as_tuple(asio::use_awaitable_t<executor>());
// Accepting again after the system ran out of descriptors or memory.
constexpr milliseconds accept_pause{100};
// For the peer of a refused request to take the answer before the connection is reset under it.
constexpr milliseconds linger{1000};
constexpr std::size_t linger_bytes_max = 256 * 1024;

// What to answer to a request that could not be read; nullopt: there is nobody or nothing to answer.
std::optional<http_code> refusal_of(const boost::system::error_code& ec) {
    if (ec == http::error::header_limit) return http_code::headers_too_large;
    if (ec == http::error::end_of_stream || ec == http::error::partial_message) return std::nullopt;
    const auto& http_errors = http::make_error_code(http::error::end_of_stream).category();
    return ec.category() == http_errors ? std::optional(http_code::bad_request) : std::nullopt;
}

response_type make_response(admin_response&& answer, unsigned version, bool keep_alive) {
    response_type response{static_cast<http::status>(answer.status), version};
    if (!answer.content_type.empty()) response.set(http::field::content_type, answer.content_type);
    response.set(http::field::cache_control, "no-store");
    if (!answer.allow.empty()) response.set(http::field::allow, answer.allow);
    if (answer.challenge) response.set(http::field::www_authenticate, "Bearer");
    response.body() = std::move(answer.body);
    response.keep_alive(keep_alive);
    // RFC 9110 §8.6: no length with 204.
    if (response.result() != http::status::no_content) response.prepare_payload();
    return response;
}

admin_request view_of(const http::request<http::string_body>& request) {
    const auto authorization = request.equal_range(http::field::authorization);
    const bool single =
        authorization.first != authorization.second && std::next(authorization.first) == authorization.second;
    return {.method = request.method_string(),
            .target = request.target(),
            .has_origin = request.find(http::field::origin) != request.end(),
            .authorization = single ? std::string_view(authorization.first->value()) : std::string_view(),
            .body = request.body()};
}

} // namespace

struct admin_server::implementation {
    struct connection {
        std::optional<stream_type> stream;
        std::uint64_t waiting_since = 0;        // orders the connections by the begin of their current request
        std::optional<steady_timer> patience{}; // until the answer to the change that was asked for
        exclusion_answer answer{};
    };

    implementation(asio::io_context& context, options given, const surroundings& surrounding)
        : io(context), settings(std::move(given)), around(surrounding), log(surrounding.log), acceptor(context),
          pause(context), tasks(context, [this](std::string_view what) {
              log.log_event(log_level::error, "admin_fault", {{"what", what}});
          }) {}

    task<> accept_connections();
    task<> serve(connection& place);
    task<> serve_requests(connection& place);
    admin_decision decide(const admin_request& request);
    task<admin_response> carry_out(connection& place, const exclusion& what);
    task<bool> respond(stream_type& stream, response_type& response);
    task<> drain(stream_type& stream);
    connection* free_place();
    void end_longest_waiting();

    asio::io_context& io;
    const options settings;
    const surroundings around;
    logger& log;
    acceptor_type acceptor;
    steady_timer pause;
    std::array<connection, connections_max> connections;
    std::uint64_t requests_begun = 0;
    single_waiter<bool> place_freed;
    bool stopping = false;
    task_group tasks;
};

task<> admin_server::implementation::accept_connections() {
    bool failing = false;
    while (!stopping) {
        auto [ec, socket] = co_await acceptor.async_accept(awaited);
        if (stopping) co_return;
        if (ec) {
            if (!std::exchange(failing, true)) {
                log.log_event(log_level::warn, "admin_accept_failed", {{"reason", ec.message()}});
            }
            pause.expires_after(accept_pause);
            co_await pause.async_wait(awaited);
            continue;
        }
        failing = false;
        connection* place = free_place();
        if (place == nullptr) {
            end_longest_waiting();
            co_await place_freed.wait();
            if (stopping) co_return;
            place = free_place();
        }
        place->stream.emplace(std::move(socket));
        tasks.spawn(serve(*place));
    }
}

task<> admin_server::implementation::serve(connection& place) {
    co_await serve_requests(place);
    place.stream.reset();
    if (place_freed.waiting()) place_freed.fulfil(true);
}

task<> admin_server::implementation::serve_requests(connection& place) {
    stream_type& stream = *place.stream;
    beast::flat_buffer buffer(header_bytes_max + body_bytes_max);
    for (bool keep_alive = true; keep_alive && !stopping;) {
        http::request_parser<http::string_body> parser;
        parser.header_limit(header_bytes_max);
        parser.body_limit(body_bytes_max);
        place.waiting_since = ++requests_begun;
        stream.expires_after(settings.request_time_max);
        const auto [ec, size] = co_await http::async_read(stream, buffer, parser, awaited);
        if (ec) {
            const auto code = refusal_of(ec);
            if (!code) co_return;
            auto refusal = make_response(admin_refusal(*code), 11, false);
            if (co_await respond(stream, refusal)) co_await drain(stream);
            co_return;
        }
        const auto& request = parser.get();
        const admin_request view = view_of(request);
        keep_alive = request.keep_alive();
        admin_decision decision = decide(view);
        if (const auto* asked = std::get_if<exclusion>(&decision)) {
            const exclusion what = *asked;
            decision = co_await carry_out(place, what);
        }
        auto response = make_response(std::get<admin_response>(std::move(decision)), request.version(), keep_alive);
        log.log_event(log_level::debug, "admin_request",
                      {{"method", view.method},
                       {"path", view.target.substr(0, view.target.find('?'))},
                       {"status", response.result_int()}});
        // RFC 9110 §9.3.2: the answer to HEAD ends with its header block.
        if (request.method() == http::verb::head) response.body().clear();
        if (!co_await respond(stream, response)) co_return;
    }
    boost::system::error_code ignored;
    stream.socket().shutdown(tcp::socket::shutdown_send, ignored);
}

admin_decision admin_server::implementation::decide(const admin_request& request) {
    try {
        const admin_sources sources{.token = settings.token, .health = around.health, .metrics = around.metrics};
        return answer_admin(request, sources, around.time.wall_ms());
    } catch (const std::exception& e) {
        log.log_event(log_level::error, "admin_fault", {{"what", e.what()}});
        return admin_refusal(http_code::internal_error);
    }
}

// Done when the change is stored and its connections are closed; not done when that takes too long.
task<admin_response> admin_server::implementation::carry_out(connection& place, const exclusion& what) {
    const std::uint64_t request = place.waiting_since;
    place.answer = {.request = request};
    place.patience.emplace(io, settings.request_time_max);
    if (around.exclusions.submit(what, request)) co_await place.patience->async_wait(awaited);
    place.patience.reset();
    if (place.stream) place.stream->expires_after(settings.request_time_max);
    if (!place.answer.stored) log.log_event(log_level::warn, "admin_change_failed", {{"user", user_of(what)}});
    co_return exclusion_response(what, place.answer);
}

task<bool> admin_server::implementation::respond(stream_type& stream, response_type& response) {
    const auto [ec, size] = co_await http::async_write(stream, response, awaited);
    co_return !ec;
}

// A socket that is closed with unread input resets the connection, and the reset overtakes the answer.
task<> admin_server::implementation::drain(stream_type& stream) {
    boost::system::error_code ignored;
    stream.socket().shutdown(tcp::socket::shutdown_send, ignored);
    stream.expires_after(linger);
    std::array<char, 4096> discarded{};
    for (std::size_t total = 0; total < linger_bytes_max;) {
        const auto [ec, size] = co_await stream.async_read_some(asio::buffer(discarded), awaited);
        if (ec) co_return;
        total += size;
    }
}

admin_server::implementation::connection* admin_server::implementation::free_place() {
    for (connection& place : connections) {
        if (!place.stream) return &place;
    }
    return nullptr;
}

void admin_server::implementation::end_longest_waiting() {
    connection* oldest = &connections.front();
    for (connection& place : connections) {
        if (place.waiting_since < oldest->waiting_since) oldest = &place;
    }
    oldest->stream->close();
    if (oldest->patience) oldest->patience->cancel();
}

admin_server::admin_server(boost::asio::io_context& io, options given, const surroundings& around)
    : implementation_(std::make_unique<implementation>(io, std::move(given), around)) {}

admin_server::~admin_server() = default;

boost::system::result<tcp::endpoint> admin_server::listen(const std::string& host, std::uint16_t port) {
    boost::system::error_code ec;
    tcp::resolver resolver(implementation_->io);
    const auto found =
        resolver.resolve(host, std::to_string(port), tcp::resolver::passive | tcp::resolver::numeric_service, ec);
    if (ec) return ec;
    ec = asio::error::host_not_found;
    acceptor_type& acceptor = implementation_->acceptor;
    for (const bool v4 : {true, false}) {
        for (const auto& entry : found) {
            const tcp::endpoint endpoint = entry.endpoint();
            if (endpoint.address().is_v4() != v4) continue;
            if (acceptor.open(endpoint.protocol(), ec)) continue;
            if (!acceptor.set_option(asio::socket_base::reuse_address(true), ec) && !acceptor.bind(endpoint, ec) &&
                !acceptor.listen(asio::socket_base::max_listen_connections, ec)) {
                implementation_->tasks.spawn(implementation_->accept_connections());
                return acceptor.local_endpoint();
            }
            boost::system::error_code ignored;
            acceptor.close(ignored);
        }
    }
    return ec;
}

void admin_server::on_message(exclusion_answer&& done) {
    for (auto& place : implementation_->connections) {
        if (!place.patience || place.answer.request != done.request) continue;
        place.answer = done;
        place.patience->cancel();
    }
}

void admin_server::stop() {
    implementation_->stopping = true;
    boost::system::error_code ignored;
    implementation_->acceptor.close(ignored);
    implementation_->pause.cancel();
    for (auto& place : implementation_->connections) {
        if (place.stream) place.stream->close();
        if (place.patience) place.patience->cancel();
    }
}

std::size_t admin_server::running() const noexcept { return implementation_->tasks.running(); }

} // namespace wsd
