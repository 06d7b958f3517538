#pragma once

#include "common/base/clock.hpp"
#include "server/runtime/peer.hpp"
#include "server/runtime/single_waiter.hpp"
#include "server/transport/frame_walk.hpp"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <deque>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wsd::test {

// A WebSocket frame as the server wrote it.
struct wire_frame {
    enum class kind : std::uint8_t { text = 1, close = 8, ping = 9, pong = 10 };
    kind opcode = kind::text;
    std::string payload;
};

// The client's end of a connection and the network before it: what a test does and sees. Everything it does reaches the
// session when the context runs. Shared by the test and the memory_peer.
class memory_wire : public std::enable_shared_from_this<memory_wire> {
  public:
    memory_wire(boost::asio::io_context& io, const clock& time) : io_(io), time_(time), last_received_(time.now()) {}

    void send(std::string text) { put({.kind = inbound_kind::text}, std::move(text)); }
    void send_binary(std::string octets) { put({.kind = inbound_kind::binary}, std::move(octets)); }
    void send_close(std::uint16_t code) { put({.kind = inbound_kind::peer_closed, .close_code = code}, {}); }
    // What the WebSocket library finds wrong with the stream.
    void send_violation(inbound_kind kind) { put({.kind = kind}, {}); }
    // Octets without a whole message: a pong, or the first of a message that goes on later.
    void send_pong() { last_received_ = time_.now(); }
    void send_part() {
        last_received_ = time_.now();
        if (!message_began_) message_began_ = time_.now();
    }
    // The connection breaks, or the client ends it without a word.
    void reset();

    // From now on the operating system takes this many octets more of what the server writes.
    void take_only(std::size_t octets) {
        room_ = octets;
        wake();
    }
    void take_all();

    // What has arrived at the client since the last call.
    [[nodiscard]] std::vector<wire_frame> take_frames();
    [[nodiscard]] std::size_t octets_arrived() const noexcept { return arrived_.size(); }
    [[nodiscard]] std::size_t unsent() const noexcept { return output_.size(); }
    [[nodiscard]] bool close_received() const noexcept { return close_received_; }
    [[nodiscard]] bool aborted() const noexcept { return aborted_; }
    [[nodiscard]] bool half_closed() const noexcept { return half_closed_; }
    // The session has let go of its end.
    [[nodiscard]] bool ended() const noexcept { return ended_; }
    [[nodiscard]] std::size_t unsent_peak() const noexcept { return unsent_peak_; }

  private:
    friend class memory_peer;
    struct incoming {
        inbound what;
        std::string payload;
    };
    void put(const inbound& what, std::string payload);
    void wake();
    [[nodiscard]] bool gone() const noexcept { return reset_ || aborted_; }

    boost::asio::io_context& io_;
    const clock& time_;
    std::deque<incoming> inbox_;
    std::string arrived_;
    std::string output_;
    std::size_t room_ = std::numeric_limits<std::size_t>::max();
    std::size_t unsent_peak_ = 0;
    std::uint64_t taken_ = 0;
    frame_walk frames_;
    steady_time last_received_;
    std::optional<steady_time> message_began_;
    bool reset_ = false;
    bool aborted_ = false;
    bool half_closed_ = false;
    bool close_received_ = false;
    bool ended_ = false;
    single_waiter<bool>* reader_ = nullptr;
    single_waiter<bool>* writer_ = nullptr;
};

// The session's end.
class memory_peer final : public peer {
  public:
    explicit memory_peer(std::shared_ptr<memory_wire> wire);
    ~memory_peer() override;

    void set_listener(output_listener* listener) override { listener_ = listener; }
    [[nodiscard]] task<inbound> read() override;
    [[nodiscard]] std::string& output() override;
    flush_status flush() override;
    [[nodiscard]] std::size_t unsent() const override { return wire_->output_.size(); }
    [[nodiscard]] std::uint64_t octets_sent() const override { return wire_->taken_; }
    [[nodiscard]] std::uint64_t octets_written() const override { return wire_->taken_ + wire_->output_.size(); }
    [[nodiscard]] std::uint64_t octets_taken() const override { return wire_->taken_; }
    void discard_unsent() override;
    [[nodiscard]] task<> writable() override;
    void close(std::uint16_t code, std::string_view reason) override;
    [[nodiscard]] bool close_sent() const override { return close_sent_; }
    void shutdown_send() override { wire_->half_closed_ = true; }
    [[nodiscard]] task<> drain() override;
    void abort() override;
    void ping() override { output() += std::string_view("\x89\0", 2); }
    [[nodiscard]] bool message_waiting() override { return !wire_->inbox_.empty(); }
    [[nodiscard]] bool peer_is_gone() override { return wire_->gone(); }
    [[nodiscard]] steady_time last_received() const override { return wire_->last_received_; }
    [[nodiscard]] std::optional<steady_time> message_began() const override { return wire_->message_began_; }

  private:
    std::shared_ptr<memory_wire> wire_;
    output_listener* listener_ = nullptr;
    single_waiter<bool> input_;
    single_waiter<bool> room_;
    std::string current_; // the message that read() returned last
    std::string dropped_; // what is appended after the close frame
    bool close_sent_ = false;
};

} // namespace wsd::test
