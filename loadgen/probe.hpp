#pragma once

#include "common/base/task.hpp"
#include "loadgen/output.hpp"
#include "loadgen/wire.hpp"
#include "loadgen/ws_client.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace wsd::loadgen {

class worker;

// A connection of a scenario's own, beside those of the run: it does what the scenario says and nothing by itself, so
// that a test of the server's limits sees every frame. Lives on its worker's thread, and until the worker has stopped.
class probe final : private message_sink {
  public:
    // `user`: a number from --users on. `frame` hears of every frame after HELLO_ACK.
    probe(worker& host, std::uint32_t user, std::function<void(const incoming&)> frame);

    struct cursor {
        std::string epoch;
        std::uint64_t seq = 0;
    };
    // Connects, says HELLO, and reads until HELLO_ACK, at most the time of --connect-timeout. Error: why not.
    // receive_bytes: size of the socket's receive buffer, 0 for the system's.
    task<std::optional<std::string>> open(std::optional<cursor> resume, int receive_bytes);
    // Reads in the background from now on, until the connection ends. What came before it is
    // read then too.
    void start_reading();
    void send(std::string_view text);
    void close() { client_.start_close(); }
    // Ends it, and says nothing of what still comes in.
    void abort() {
        frame_ = nullptr;
        out_.close(true);
    }

    [[nodiscard]] const std::string& epoch() const { return epoch_; }
    [[nodiscard]] std::uint64_t head() const { return head_; }
    [[nodiscard]] std::uint64_t rate_messages() const { return rate_messages_; }
    [[nodiscard]] std::uint64_t rate_window_ms() const { return rate_window_ms_; }
    [[nodiscard]] wire& frames() { return wire_; }
    [[nodiscard]] std::uint32_t user() const { return user_; }
    // Set when start_reading() came to the end of the connection; 1006: without a close frame.
    [[nodiscard]] std::optional<std::uint16_t> close_code() const { return close_code_; }

  private:
    bool on_message(std::string_view text) override;
    task<> read();
    task<> give_up_late();

    worker& host_;
    output out_;
    ws_client client_;
    wire wire_;
    std::function<void(const incoming&)> frame_;
    std::uint32_t user_;
    std::string epoch_;
    std::uint64_t head_ = 0;
    std::uint64_t rate_messages_ = 0;
    std::uint64_t rate_window_ms_ = 0;
    std::optional<std::uint16_t> close_code_;
    bool live_ = false;
    bool opening_ = false;
};

} // namespace wsd::loadgen
