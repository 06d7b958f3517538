#pragma once

#include "common/base/clock.hpp"
#include "common/queues/buffer_pool.hpp"
#include "common/state/socket_state.hpp"
#include "server/runtime/peer.hpp"
#include "server/transport/frame_meter.hpp"
#include "server/transport/frame_walk.hpp"
#include "server/transport/octet_stream.hpp"
#include "server/transport/tls.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace wsd {

inline constexpr std::uint32_t fragments_max = 1024; // of one message

// The octets of one WebSocket connection, below its frames: the socket, TLS if there is any, the one output that all
// writers share, and the meter on what comes in. Owned by its websocket_peer; lives on its shard.
class wire {
  public:
    // `time` and `pool` outlive the object.
    wire(tcp_socket socket, std::unique_ptr<tls_filter> tls, std::string early_octets, const clock& time,
         buffer_pool& pool);
    ~wire();
    wire(const wire&) = delete;
    wire& operator=(const wire&) = delete;

    [[nodiscard]] tcp_socket& socket() noexcept { return socket_; }
    [[nodiscard]] tls_filter* tls() noexcept { return tls_.get(); }
    void set_listener(output_listener* listener) noexcept { listener_ = listener; }

    // ---- in ----
    // Octets that came with the upgrade request, at most `size` of them; 0: none are left.
    [[nodiscard]] std::size_t take_early(char* into, std::size_t size);
    // Looks at octets that are about to reach the WebSocket layer. False: a limit is exceeded, see violation().
    [[nodiscard]] bool meter(const void* octets, std::size_t size);
    // fragment_limit or control_flood; text: none.
    [[nodiscard]] inbound_kind violation() const noexcept { return violation_; }
    // Whether more than so many messages have begun, counting those whose octets wait to be received. Of these the
    // first KiB is looked at; behind TLS, the first record.
    [[nodiscard]] bool has_begun_more_than(std::uint64_t messages);
    [[nodiscard]] steady_time last_received() const noexcept { return last_received_; }
    [[nodiscard]] std::optional<steady_time> message_began() const noexcept { return message_began_; }

    // ---- out ----
    [[nodiscard]] std::string& output();
    // Who appended to the output calls this.
    void output_grew() {
        if (listener_ != nullptr) listener_->output_grew();
    }
    // A pong for the peer. While much is unsent the latest alone waits (RFC 6455 §5.5.3).
    void append_pong(std::string_view frame);
    // The peer may answer without that counting for a flood.
    void ping();
    // Ends TCP: by a reset when the peer has not taken everything, so that nothing of it stays with the system.
    void abort() noexcept;
    // What is appended from here on goes nowhere.
    void seal() noexcept { sealed_ = true; }
    [[nodiscard]] bool sealed() const noexcept { return sealed_; }
    // What TLS has to say by itself, after reading.
    void take_tls_output();
    [[nodiscard]] flush_status flush();
    [[nodiscard]] std::size_t unsent() const noexcept { return output_.size() - sent_ + ciphertext_.size(); }
    [[nodiscard]] std::uint64_t octets_sent() const noexcept { return octets_sent_; }
    // Of the plaintext, from the first octet on.
    [[nodiscard]] std::uint64_t octets_taken() const noexcept { return taken_; }
    [[nodiscard]] std::uint64_t octets_written() const noexcept { return taken_ + encrypted_ + output_.size() - sent_; }
    // What is in the output is the answer to the upgrade; frames follow.
    void begin_frames() noexcept { frames_.begin_with(output_.size() - sent_); }
    // What has been encrypted is under way.
    void discard_unsent() { output_.resize(sent_ + frames_.left()); }

  private:
    [[nodiscard]] std::size_t peek(char* into, std::size_t size);
    [[nodiscard]] std::size_t peek_encrypted(char* into, std::size_t size);
    [[nodiscard]] flush_status send_from(std::string& octets, std::size_t& offset);
    [[nodiscard]] flush_status flush_plain();
    [[nodiscard]] flush_status flush_encrypted();

    tcp_socket socket_;
    std::unique_ptr<tls_filter> tls_;
    std::string early_octets_;
    std::string output_;     // plaintext
    std::string ciphertext_; // TLS: what the filter made of it
    std::string dropped_;
    std::size_t sent_ = 0; // of output_: handed to the operating system or to TLS
    frame_walk frames_;
    std::string late_pong_;
    std::size_t encrypted_ = 0; // octets of plaintext that ciphertext_ holds
    std::uint64_t taken_ = 0;
    std::uint64_t octets_sent_ = 0;
    const clock& time_;
    buffer_pool& pool_;
    output_listener* listener_ = nullptr;
    steady_time last_received_;
    std::optional<steady_time> message_began_;
    frame_meter meter_;
    event_window control_frames_in_window_;
    std::uint64_t control_frames_ = 0; // that were judged
    std::uint64_t pongs_ = 0;          // likewise
    std::uint64_t pongs_due_ = 0;      // pings that were not answered
    inbound_kind violation_ = inbound_kind::text;
    bool sealed_ = false;
};

} // namespace wsd
