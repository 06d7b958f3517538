#include "loadgen/probe.hpp"

#include "common/protocol/encode.hpp"
#include "loadgen/dial.hpp"
#include "loadgen/worker.hpp"

#include <sys/socket.h>

#include <utility>

namespace wsd::loadgen {

probe::probe(worker& host, std::uint32_t user, std::function<void(const incoming&)> frame)
    : host_(host), out_(host.io().get_executor(), host.flushes()), client_(out_), frame_(std::move(frame)),
      user_(user) {}

task<std::optional<std::string>> probe::open(std::optional<cursor> resume, int receive_bytes) {
    client_.reset();
    out_.close(true);
    live_ = false;
    close_code_.reset();
    opening_ = true;
    host_.spawn(give_up_late());
    auto problem = co_await dial(out_.socket(), host_.plan(), user_);
    if (!problem && receive_bytes > 0)
        ::setsockopt(out_.socket().native_handle(), SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof receive_bytes);
    if (!problem) {
        auto request = upgrade_request(host_.plan(), user_);
        problem = co_await client_.upgrade(std::move(request));
    }
    if (!problem) {
        from_client::hello hello;
        hello.caps = {"seq", "cumack"};
        if (resume) hello.resume = {.epoch = resume->epoch, .seq = resume->seq};
        std::string text;
        encode(text, hello);
        send(text);
        // Ends at HELLO_ACK, which wants nothing more for now.
        const auto code = co_await client_.serve(*this, ws_client::pace::single);
        if (!live_) problem = "closed " + std::to_string(code) + " before HELLO_ACK";
    }
    opening_ = false;
    co_return problem;
}

task<> probe::give_up_late() {
    co_await host_.pause(host_.plan().options.connect_timeout);
    if (opening_) out_.close(true);
}

void probe::send(std::string_view text) { out_.text(text, static_cast<std::uint32_t>(host_.random().next())); }

void probe::start_reading() { host_.spawn(read()); }

task<> probe::read() { close_code_ = co_await client_.serve(*this, ws_client::pace::bursts); }

bool probe::on_message(std::string_view text) {
    const auto frame = wire_.decode(text);
    if (frame.what == incoming::kind::malformed) {
        ++host_.count().malformed;
        host_.names().malformed.add(frame.problem);
        return true;
    }
    if (frame.what == incoming::kind::established) host_.plan().users.learn_user(user_, frame.user);
    if (frame.what == incoming::kind::hello_ack) {
        live_ = true;
        epoch_ = frame.epoch;
        head_ = frame.head;
        rate_messages_ = frame.rate_messages;
        rate_window_ms_ = frame.rate_window_ms;
        return false;
    }
    if (live_ && frame_) frame_(frame);
    return true;
}

} // namespace wsd::loadgen
