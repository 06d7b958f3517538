#pragma once

#include "common/base/clock.hpp"
#include "loadgen/state/outbox.hpp"
#include "loadgen/wire.hpp"
#include "loadgen/ws_client.hpp"

#include <boost/asio/basic_waitable_timer.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace wsd::loadgen {

class worker;

using steady_timer = boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                                       boost::asio::wait_traits<std::chrono::steady_clock>, executor>;

// One connection of one user, across its breaks: connects, says HELLO, sends what it is told to, checks what it is
// shown, confirms it, and after a break comes back with a resume. Owned by its worker and used on its thread only;
// takes about 8 KB with its socket idle.
class virtual_user final : private message_sink {
  public:
    virtual_user(worker& host, std::uint32_t connection);

    // Ends after leave(), or when the server refuses the connection for good.
    task<> run();

    enum class phase : std::uint8_t { idle, connecting, greeting, resyncing, live, closing, waiting, dead };
    [[nodiscard]] phase state() const { return phase_; }
    [[nodiscard]] std::uint32_t connection() const { return connection_; }
    [[nodiscard]] std::uint32_t user() const { return user_; }
    // Whether there is somebody to send to.
    [[nodiscard]] bool may_send() const;
    // Asks for a room with all users of the chat.
    void create_room();
    // It won't be touched by the storm.
    void leave_alone() { left_alone_ = true; }

    // A message to the chat is due; it is sent when the connection is live.
    void send(steady_time due);
    // Closed loop: sends until the window is full, while the worker wants it.
    void continue_closed_loop();
    // The unsettled messages of this sender.
    [[nodiscard]] std::uint32_t unsettled() const { return box_.unsettled(); }
    [[nodiscard]] std::uint64_t bytes_written() const { return out_.bytes_written(); }

    enum class cut_kind : std::uint8_t { reset, end, half_frame, close };
    // Breaks a live connection, which then resumes. Otherwise does nothing.
    void cut(cut_kind how);
    // Closes a live connection in an orderly way, and comes back so much later.
    void go_away(std::chrono::milliseconds how_long);
    // Breaks and resumes a last time, to see whether anything is still to come.
    void resume_last();
    // Closes in an orderly way and stays away.
    void leave();
    [[nodiscard]] bool was_sent_away() const { return leaving_; }
    // Gives up what takes too long.
    void check_deadline(steady_time now);

  private:
    bool on_message(std::string_view text) override;
    bool on_hello_ack(const incoming& frame);
    bool on_resync_complete(const incoming& frame);
    void on_event(const incoming& frame);
    void on_acked(const incoming& frame);
    void on_pong(const incoming& frame);
    void on_raw_echo(std::string_view text);
    void on_presence();
    void answered(const outbox::slot& slot);
    [[nodiscard]] bool addressed_here(const incoming& frame) const;
    bool on_refused(const incoming& frame);
    void on_resync_start(const incoming& frame);

    task<std::optional<std::string>> open();
    task<> wait_to_retry();
    void say_hello();
    void ended(std::uint16_t close_code);
    void failed(const std::string& reason);
    void enter(phase next);
    void become_live();
    void settle_pending();
    void send_waiting();
    void transmit(std::uint32_t number);
    void encode_message(std::uint32_t number);
    void confirm();
    [[nodiscard]] bool gives_up(std::uint16_t close_code) const;

    worker& host_;
    output out_;
    ws_client client_;
    outbox box_;
    std::string epoch_;
    std::uint32_t connection_;
    std::uint32_t user_;
    std::optional<std::uint32_t> partner_;
    steady_time started_;
    steady_time answered_; // when the last acknowledgement came
    steady_time broken_;   // when it was cut, or noticed that it was; until it is live again
    steady_time deadline_ = steady_time::max();
    steady_timer* waiting_ = nullptr; // while in wait_to_retry()
    std::chrono::milliseconds retry_after_{0};
    std::chrono::milliseconds away_{0};
    std::uint16_t failures_ = 0; // in a row
    phase phase_ = phase::idle;
    bool opened_ = false; // was live at least once
    bool left_alone_ = false;
    bool making_room_ = false;
    bool cut_ = false;
    bool leaving_ = false;
    bool last_resume_ = false;
    bool timed_out_ = false;
    bool snapshot_ = false; // the series under way begins anew
    bool confirm_due_ = false;
    bool confirm_sent_ = false; // and not answered
};

} // namespace wsd::loadgen
