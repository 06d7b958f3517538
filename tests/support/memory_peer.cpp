#include "tests/support/memory_peer.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace wsd::test {

void memory_wire::put(const inbound& what, std::string payload) {
    if (gone()) return;
    last_received_ = time_.now();
    message_began_.reset();
    inbox_.push_back({.what = what, .payload = std::move(payload)});
    wake();
}

void memory_wire::reset() {
    reset_ = true;
    wake();
}

void memory_wire::take_all() {
    room_ = std::numeric_limits<std::size_t>::max();
    wake();
}

void memory_wire::wake() {
    boost::asio::post(io_, [self = shared_from_this()] {
        const bool readable = self->gone() || !self->inbox_.empty();
        if (readable && self->reader_ != nullptr && self->reader_->waiting()) self->reader_->fulfil(true);
        const bool writable = self->gone() || self->room_ > 0;
        if (writable && self->writer_ != nullptr && self->writer_->waiting()) self->writer_->fulfil(true);
    });
}

std::vector<wire_frame> memory_wire::take_frames() {
    std::vector<wire_frame> frames;
    std::size_t at = 0;
    const auto octet = [this](std::size_t i) {
        return static_cast<std::size_t>(static_cast<unsigned char>(arrived_[i]));
    };
    while (arrived_.size() - at >= 2) {
        const std::size_t code = octet(at + 1);
        const std::size_t extended = code == 127 ? 8 : code == 126 ? 2 : 0;
        if (code > 127) throw std::logic_error("a server's frame is not masked");
        if (arrived_.size() - at < 2 + extended) break;
        std::size_t size = extended == 0 ? code : 0;
        for (std::size_t i = 0; i < extended; ++i) size = size << 8 | octet(at + 2 + i);
        const std::size_t header = 2 + extended;
        if (arrived_.size() - at - header < size) break;
        frames.push_back(
            {.opcode = static_cast<wire_frame::kind>(octet(at) & 0x0f), .payload = arrived_.substr(at + header, size)});
        if (frames.back().opcode == wire_frame::kind::close) close_received_ = true;
        at += header + size;
    }
    arrived_.erase(0, at);
    return frames;
}

memory_peer::memory_peer(std::shared_ptr<memory_wire> wire) : wire_(std::move(wire)) {
    wire_->reader_ = &input_;
    wire_->writer_ = &room_;
}

memory_peer::~memory_peer() {
    wire_->reader_ = nullptr;
    wire_->writer_ = nullptr;
    wire_->ended_ = true;
}

task<inbound> memory_peer::read() {
    while (wire_->inbox_.empty() && !wire_->gone()) (void)co_await input_.wait();
    if (wire_->gone()) co_return inbound{};
    memory_wire::incoming next = std::move(wire_->inbox_.front());
    wire_->inbox_.pop_front();
    current_ = std::move(next.payload);
    next.what.payload = current_;
    if (next.what.kind == inbound_kind::peer_closed)
        close(next.what.close_code == 1005 ? 1000 : next.what.close_code, "");
    co_return next.what;
}

std::string& memory_peer::output() {
    if (!close_sent_) return wire_->output_;
    dropped_.clear();
    return dropped_;
}

flush_status memory_peer::flush() {
    if (wire_->gone()) return flush_status::broken;
    wire_->unsent_peak_ = std::max(wire_->unsent_peak_, wire_->output_.size());
    const std::size_t taken = std::min(wire_->room_, wire_->output_.size());
    wire_->arrived_.append(wire_->output_, 0, taken);
    wire_->frames_.pass(wire_->output_, taken);
    wire_->output_.erase(0, taken);
    wire_->taken_ += taken;
    if (wire_->room_ != std::numeric_limits<std::size_t>::max()) wire_->room_ -= taken;
    return wire_->output_.empty() ? flush_status::drained : flush_status::blocked;
}

void memory_peer::discard_unsent() { wire_->output_.resize(wire_->frames_.left()); }

task<> memory_peer::writable() {
    while (wire_->room_ == 0 && !wire_->gone()) (void)co_await room_.wait();
}

void memory_peer::close(std::uint16_t code, std::string_view reason) {
    if (close_sent_) return;
    std::string& out = wire_->output_;
    out += static_cast<char>(0x88);
    out += static_cast<char>(reason.size() + 2);
    out += static_cast<char>(code >> 8);
    out += static_cast<char>(code & 0xff);
    out += reason;
    close_sent_ = true;
    if (listener_ != nullptr) listener_->output_grew();
}

task<> memory_peer::drain() {
    while (!wire_->gone()) {
        wire_->inbox_.clear();
        (void)co_await input_.wait();
    }
}

void memory_peer::abort() {
    wire_->aborted_ = true;
    wire_->wake();
}

} // namespace wsd::test
