#pragma once

#include "common/base/clock.hpp"
#include "server/admin/exclusion_desk.hpp"
#include "server/admin/health.hpp"
#include "server/observe/log.hpp"
#include "server/observe/metrics.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/result.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace wsd {

// Health probes, metrics and administration over plain HTTP/1.1. Owns its listener and its connections; lives on the
// thread that runs the io_context, the control thread, and only that thread calls it. Bounds: 64 connections (one more
// ends the one that has been waiting for its peer the longest), 8 KiB of header, 64 KiB of body, and per request, from
// the end of the one before it to the last byte of the response, request_time_max; as long again for what the store
// thread has to do.
class admin_server {
  public:
    static constexpr std::size_t connections_max = 64;
    static constexpr std::uint32_t header_bytes_max = 8 * 1024;
    static constexpr std::size_t body_bytes_max = 64 * 1024;

    struct options {
        std::string token; // empty: /metrics is unguarded, and nothing can be changed
        milliseconds request_time_max{10'000};
    };
    struct surroundings {
        const health_source& health;
        const metrics_registry& metrics;
        logger& log;
        const clock& time;
        exclusion_desk& exclusions;
    };
    // All references outlive the object.
    admin_server(boost::asio::io_context& io, options given, const surroundings& around);
    // Nothing of it runs any more, or its io_context is never run again.
    ~admin_server();
    admin_server(const admin_server&) = delete;
    admin_server& operator=(const admin_server&) = delete;

    // Binds and begins to serve. `host` is an address or a name, of which the first address that can be bound is taken,
    // IPv4 before IPv6; names are looked up while the caller waits. Port 0: any free one. Returns what was bound, or
    // what the system said. Once.
    [[nodiscard]] boost::system::result<boost::asio::ip::tcp::endpoint> listen(const std::string& host,
                                                                               std::uint16_t port);

    // What a request waits for has been done, or has failed. Nobody waits any more: nothing happens.
    void on_message(exclusion_answer&& done);

    // Closes the listener and all connections, in mid-response if need be. They are gone when running() is 0, which
    // takes one round of the io_context. Idempotent.
    void stop();
    // Coroutines that still run.
    [[nodiscard]] std::size_t running() const noexcept;

  private:
    struct implementation;
    std::unique_ptr<implementation> implementation_;
};

} // namespace wsd
