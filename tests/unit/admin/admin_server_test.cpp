#include "server/admin/admin_server.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/recording_logger.hpp"

#include <boost/asio/post.hpp>
#include <catch_amalgamated.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <future>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace wsd;

namespace {

struct switched_health final : health_source {
    std::atomic<bool> draining{false};
    std::atomic<bool> faulty{false};
    [[nodiscard]] health current() const override {
        if (faulty) throw std::runtime_error("a fault of the test");
        return {.draining = draining};
    }
};

// Keeps what is handed in; used on the server's thread only.
struct recording_desk final : exclusion_desk {
    bool full = false;
    std::vector<std::pair<exclusion, std::uint64_t>> asked;
    std::atomic<std::size_t> count{0};
    [[nodiscard]] bool submit(const exclusion& what, std::uint64_t request) override {
        if (full) return false;
        asked.emplace_back(what, request);
        ++count;
        return true;
    }
};

// A plain socket, so that the test decides every byte.
class peer {
  public:
    explicit peer(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        REQUIRE(::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    }
    ~peer() { ::close(fd_); }
    peer(const peer&) = delete;
    peer& operator=(const peer&) = delete;

    void send(std::string_view text) const {
        while (!text.empty()) {
            const ssize_t sent = ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
            if (sent <= 0) return;
            text.remove_prefix(static_cast<std::size_t>(sent));
        }
    }
    // What comes until `end` was seen, the peer closed ("" as end), or nothing came for 5 s.
    [[nodiscard]] std::string receive(std::string_view end = "") const {
        std::string out;
        std::array<char, 4096> buffer{};
        while (end.empty() || out.find(end) == std::string::npos) {
            pollfd ready{.fd = fd_, .events = POLLIN, .revents = 0};
            if (::poll(&ready, 1, 5000) != 1) return out + "<silence>";
            const ssize_t n = ::recv(fd_, buffer.data(), buffer.size(), 0);
            if (n < 0) return out + "<reset>";
            if (n == 0) return out + "<end>";
            out.append(buffer.data(), static_cast<std::size_t>(n));
        }
        return out;
    }

  private:
    int fd_;
};

struct fixture {
    explicit fixture(admin_server::options options = {})
        : server(io, std::move(options),
                 {.health = health, .metrics = metrics, .log = log, .time = time, .exclusions = desk}) {
        const auto bound = server.listen("127.0.0.1", 0);
        REQUIRE(bound.has_value());
        port = bound->port();
        runner = std::jthread([this] { io.run(); });
    }
    ~fixture() {
        boost::asio::post(io, [this] { server.stop(); });
    }
    [[nodiscard]] std::string exchange(std::string_view request) const {
        const peer client(port);
        client.send(request);
        return client.receive();
    }
    // Runs on the server's thread.
    template <class F> auto ask(F&& f) {
        std::promise<std::invoke_result_t<F>> answer;
        boost::asio::post(io, [&] { answer.set_value(f()); });
        return answer.get_future().get();
    }

    switched_health health;
    test::recording_logger log;
    metrics_registry metrics{"1", log};
    test::manual_clock time;
    recording_desk desk;
    boost::asio::io_context io;
    admin_server server;
    std::uint16_t port = 0;
    std::jthread runner;
};

std::string status_of(const std::string& response) { return response.substr(0, response.find("\r\n")); }

} // namespace

TEST_CASE("a probe is answered over HTTP with length and type", "[admin]") {
    const fixture f;
    CHECK(f.exchange("GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n") ==
          "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nCache-Control: no-store\r\nConnection: close\r\n"
          "Content-Length: 15\r\n\r\n{\"status\":\"ok\"}<end>");
    CHECK(f.exchange("GET /livez HTTP/1.0\r\n\r\n") ==
          "HTTP/1.0 200 OK\r\nContent-Type: application/json\r\nCache-Control: no-store\r\n"
          "Content-Length: 15\r\n\r\n{\"status\":\"ok\"}<end>");
}

TEST_CASE("one connection serves several requests, also when they come at once", "[admin]") {
    fixture f;
    const peer client(f.port);
    client.send("GET /readyz HTTP/1.1\r\nHost: x\r\n\r\nGET /nothing HTTP/1.1\r\nHost: x\r\n\r\n");
    const std::string first = client.receive("this path.\"}");
    CHECK(status_of(first) == "HTTP/1.1 200 OK");
    CHECK(first.find("HTTP/1.1 404 Not Found") != std::string::npos);
    f.health.draining = true;
    client.send("GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n");
    const std::string second = client.receive("]}");
    CHECK(status_of(second) == "HTTP/1.1 503 Service Unavailable");
    CHECK(second.ends_with(R"({"status":"not_ready","failing":["draining"]})"));
}

TEST_CASE("the answer to HEAD has no body", "[admin]") {
    const fixture f;
    const std::string response = f.exchange("HEAD /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    CHECK(status_of(response) == "HTTP/1.1 405 Method Not Allowed");
    CHECK(response.find("\r\nAllow: GET\r\n") != std::string::npos);
    CHECK(response.ends_with("\r\n\r\n<end>"));
}

TEST_CASE("metrics need the token, once", "[admin]") {
    const fixture f({.token = "0123456789abcdef"});
    const std::string head = "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n";
    const std::string right = "Authorization: Bearer 0123456789abcdef\r\n";
    const std::string refused = f.exchange(head + "\r\n");
    CHECK(status_of(refused) == "HTTP/1.1 401 Unauthorized");
    CHECK(refused.find("\r\nWWW-Authenticate: Bearer\r\n") != std::string::npos);
    const std::string allowed = f.exchange(head + right + "\r\n");
    CHECK(status_of(allowed) == "HTTP/1.1 200 OK");
    CHECK(allowed.find("\nwsd_connections_open 0\n") != std::string::npos);
    CHECK(status_of(f.exchange(head + right + right + "\r\n")) == "HTTP/1.1 401 Unauthorized");
    CHECK(status_of(f.exchange(head + right + "Origin: http://x\r\n\r\n")) == "HTTP/1.1 403 Forbidden");
    CHECK(f.log.text().find("0123456789abcdef") == std::string::npos);
}

TEST_CASE("what is no HTTP or too large is refused and the connection ended", "[admin]") {
    const fixture f;
    const std::string head = "GET /livez HTTP/1.1\r\nHost: x\r\n";
    const auto [request, status] = GENERATE_COPY(table<std::string, std::string>({
        {"nonsense\r\n\r\n", "HTTP/1.1 400 Bad Request"},
        {"GET /livez HTTP/9.9\r\n\r\n", "HTTP/1.1 400 Bad Request"},
        {"GET /livez\x01 HTTP/1.1\r\n\r\n", "HTTP/1.1 400 Bad Request"},
        {head + "Content-Length: -1\r\n\r\n", "HTTP/1.1 400 Bad Request"},
        {head + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "HTTP/1.1 400 Bad Request"},
        {head + "Content-Length: 65537\r\n\r\n" + std::string(65537, 'x'), "HTTP/1.1 400 Bad Request"},
        {head + "X: " + std::string(9000, 'x') + "\r\n\r\n", "HTTP/1.1 431 Request Header Fields Too Large"},
        {"GET /" + std::string(200'000, 'x'), "HTTP/1.1 431 Request Header Fields Too Large"},
    }));
    const std::string response = f.exchange(request);
    CAPTURE(request.substr(0, 80));
    CHECK(status_of(response) == status);
    CHECK(response.find("\r\nConnection: close\r\n") != std::string::npos);
    CHECK(response.ends_with("\"}<end>"));
    CHECK(status_of(f.exchange(head + "Content-Length: 65536\r\nConnection: close\r\n\r\n" +
                               std::string(65536, 'x'))) == "HTTP/1.1 200 OK");
}

TEST_CASE("a request that does not come to its end in time ends the connection", "[admin]") {
    const fixture f({.token = {}, .request_time_max = milliseconds(50)});
    CHECK(f.exchange("GET /livez HTTP/1.1\r\nHo") == "<end>");
    CHECK(f.exchange("") == "<end>");
}

TEST_CASE("idle connections do not keep a probe out", "[admin]") {
    const fixture f;
    std::vector<std::unique_ptr<peer>> idle;
    for (std::size_t i = 0; i < admin_server::connections_max + 10; ++i) idle.push_back(std::make_unique<peer>(f.port));
    CHECK(status_of(f.exchange("GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")) == "HTTP/1.1 200 OK");
    // The oldest were given up, the newest still work.
    CHECK(idle.front()->receive() == "<end>");
    idle.back()->send("GET /livez HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(status_of(idle.back()->receive("ok\"}")) == "HTTP/1.1 200 OK");
}

TEST_CASE("stop ends the listener and all connections", "[admin]") {
    fixture f;
    const peer idle(f.port);
    const peer half(f.port);
    half.send("GET /liv");
    while (f.ask([&] { return f.server.running(); }) < 3) std::this_thread::yield();
    CHECK(f.ask([&] {
        f.server.stop();
        f.server.stop();
        return true;
    }));
    CHECK(idle.receive() == "<end>");
    CHECK(half.receive() == "<end>");
    f.runner.join();
    CHECK(f.server.running() == 0);
}

TEST_CASE("an address that can't be bound is reported", "[admin]") {
    fixture f;
    boost::asio::io_context io;
    test::recording_logger log;
    const admin_server::surroundings around{
        .health = f.health, .metrics = f.metrics, .log = log, .time = f.time, .exclusions = f.desk};
    admin_server second(io, {}, around);
    const auto bound = second.listen("127.0.0.1", f.port);
    REQUIRE(bound.has_error());
    CHECK(bound.error() == boost::system::errc::address_in_use);
    admin_server third(io, {}, around);
    CHECK(third.listen("no such host", 0).has_error());
    CHECK(second.running() == 0);
}

namespace {

constexpr std::string_view operators_token = "0123456789abcdef";

std::string change(std::string_view line, std::string_view body = "") {
    return std::string(line) + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer " +
           std::string(operators_token) + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
           std::string(body);
}

// Sends it and waits until it has reached the desk.
void ask_for_change(fixture& f, const peer& client, const std::string& request) {
    const std::size_t before = f.desk.count;
    client.send(request);
    for (int i = 0; i < 5000 && f.desk.count == before; ++i) std::this_thread::sleep_for(milliseconds(1));
    REQUIRE(f.desk.count == before + 1);
}

} // namespace

TEST_CASE("a change is answered when it has been done", "[admin]") {
    fixture f({.token = std::string(operators_token)});
    const peer revoking(f.port);
    const peer suspending(f.port);
    const peer lifting(f.port);
    ask_for_change(f, revoking, change("POST /v1/revocations", R"({"userId":"anna","sessionId":"tab"})"));
    ask_for_change(f, suspending, change("PUT /v1/suspensions/b%C3%B6b"));
    ask_for_change(f, lifting, change("DELETE /v1/suspensions/carl"));
    // In another order than asked, and one that nobody waits for.
    f.ask([&] {
        f.server.on_message({.request = f.desk.asked[1].second, .stored = true, .closed = 2});
        f.server.on_message({.request = 4711, .stored = true, .closed = 9});
        f.server.on_message({.request = f.desk.asked[2].second, .stored = true, .closed = 0});
        f.server.on_message({.request = f.desk.asked[0].second, .stored = true, .closed = 1});
        return true;
    });
    const std::string revoked = revoking.receive();
    CHECK(status_of(revoked) == "HTTP/1.1 200 OK");
    CHECK(revoked.ends_with("Content-Length: 12\r\n\r\n{\"closed\":1}<end>"));
    CHECK(suspending.receive().ends_with("\r\n\r\n{\"closed\":2}<end>"));
    CHECK(lifting.receive() == "HTTP/1.1 204 No Content\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n<end>");
    CHECK(std::get<revocation>(f.desk.asked[0].first).session.value == "tab");
    CHECK(std::get<suspension>(f.desk.asked[1].first).user.value == "b\u00f6b");
    CHECK(std::get<suspension>(f.desk.asked[2].first).lifted);
}

TEST_CASE("a change that can't be stored, or not in time, is an error of the server", "[admin]") {
    fixture f({.token = std::string(operators_token), .request_time_max = milliseconds(300)});
    const std::string request = change("PUT /v1/suspensions/anna");
    const std::string refusal =
        R"({"code":"INTERNAL_ERROR","message":"The server failed to handle this request."}<end>)";

    const peer unanswered(f.port);
    ask_for_change(f, unanswered, request);
    const std::string late = unanswered.receive();
    CHECK(status_of(late) == "HTTP/1.1 500 Internal Server Error");
    CHECK(late.ends_with(refusal));

    const peer failed(f.port);
    ask_for_change(f, failed, request);
    f.ask([&] {
        f.server.on_message({.request = f.desk.asked[0].second, .stored = true, .closed = 1}); // too late
        f.server.on_message({.request = f.desk.asked[1].second, .stored = false});
        return true;
    });
    CHECK(failed.receive().ends_with(refusal));

    f.ask([&] { return f.desk.full = true; });
    CHECK(f.exchange(request).ends_with(refusal));
}

TEST_CASE("stopping ends requests that wait for a change", "[admin]") {
    fixture f({.token = std::string(operators_token)});
    const peer client(f.port);
    ask_for_change(f, client, change("PUT /v1/suspensions/anna"));
    f.ask([&f] {
        f.server.stop();
        return true;
    });
    CHECK((client.receive() == "<end>" || client.receive() == "<reset>"));
    f.runner.join();
    CHECK(f.server.running() == 0);
}

TEST_CASE("a fault while a request is answered is told as one, and the next request is served", "[admin]") {
    fixture f;
    const peer client(f.port);
    f.health.faulty = true;
    client.send("GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n");
    const std::string answer = client.receive("request.\"}");
    CHECK(status_of(answer) == "HTTP/1.1 500 Internal Server Error");
    CHECK(answer.ends_with(R"({"code":"INTERNAL_ERROR","message":"The server failed to handle this request."})"));
    f.health.faulty = false;
    client.send("GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(status_of(client.receive("]}")) == "HTTP/1.1 200 OK");
}
