#include "server/transport/wire.hpp"

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace wsd {

wire::wire(tcp_socket socket, std::unique_ptr<tls_filter> tls, std::string early_octets, const clock& time,
           buffer_pool& pool)
    : socket_(std::move(socket)), tls_(std::move(tls)), early_octets_(std::move(early_octets)), time_(time),
      pool_(pool), last_received_(time.now()) {}

wire::~wire() { pool_.give_back(std::move(output_)); }

std::size_t wire::take_early(char* into, std::size_t size) {
    if (early_octets_.empty()) return 0;
    const std::size_t taken = early_octets_.copy(into, size);
    early_octets_.erase(0, taken);
    if (early_octets_.empty()) std::string().swap(early_octets_);
    return taken;
}

bool wire::has_begun_more_than(std::uint64_t messages) {
    frame_meter ahead = meter_;
    ahead.observe(reinterpret_cast<const unsigned char*>(early_octets_.data()), early_octets_.size());
    std::array<char, 1024> waiting;
    const std::size_t size =
        tls_ ? peek_encrypted(waiting.data(), waiting.size()) : peek(waiting.data(), waiting.size());
    ahead.observe(reinterpret_cast<const unsigned char*>(waiting.data()), size);
    return ahead.messages_begun() > messages;
}

std::size_t wire::peek(char* into, std::size_t size) {
    const ssize_t got = ::recv(socket_.native_handle(), into, size, MSG_PEEK | MSG_DONTWAIT);
    return got > 0 ? static_cast<std::size_t>(got) : 0;
}

// What is fed to TLS here is what the next read begins with.
std::size_t wire::peek_encrypted(char* into, std::size_t size) {
    std::size_t got = 0;
    const auto status = tls_->peek(into, size, got);
    if (status == tls_filter::status::ok) return got;
    if (status != tls_filter::status::want_input) return 0;
    std::array<char, 16 * 1024> ciphertext;
    const ssize_t fed = ::recv(socket_.native_handle(), ciphertext.data(), ciphertext.size(), MSG_DONTWAIT);
    if (fed <= 0) return 0; // an end or an error is there for the next read, too
    tls_->feed({ciphertext.data(), static_cast<std::size_t>(fed)});
    return tls_->peek(into, size, got) == tls_filter::status::ok ? got : 0;
}

std::string& wire::output() {
    if (output_.capacity() < buffer_pool::capacity_initial) output_ = pool_.take();
    if (!sealed_) return output_;
    dropped_.clear();
    return dropped_;
}

void wire::take_tls_output() {
    tls_->take_output(ciphertext_);
    if (!ciphertext_.empty()) output_grew();
}

bool wire::meter(const void* octets, std::size_t size) {
    last_received_ = time_.now();
    meter_.observe(static_cast<const unsigned char*>(octets), size);
    if (!meter_.inside_message()) {
        message_began_.reset();
    } else if (!message_began_) {
        message_began_ = last_received_;
    }
    if (meter_.fragments_peak() > fragments_max) violation_ = inbound_kind::fragment_limit;
    const std::uint64_t answers = std::min(pongs_due_, meter_.pongs() - std::exchange(pongs_, meter_.pongs()));
    pongs_due_ -= answers;
    for (control_frames_ += answers; control_frames_ < meter_.control_frames(); ++control_frames_)
        if (control_frames_in_window_.add(control_flood_rule, last_received_)) violation_ = inbound_kind::control_flood;
    return violation_ == inbound_kind::text;
}

void wire::append_pong(std::string_view frame) {
    constexpr std::size_t much = 64 * 1024;
    if (unsent() < much) {
        late_pong_.clear();
        output().append(frame);
        output_grew();
    } else {
        late_pong_ = frame;
    }
}

void wire::ping() {
    constexpr std::string_view frame("\x89\0", 2);
    output().append(frame);
    ++pongs_due_;
}

void wire::abort() noexcept {
    int waiting = 0; // octets that the peer's system has not acknowledged
    boost::system::error_code ignored;
    if (::ioctl(socket_.native_handle(), SIOCOUTQ, &waiting) == 0 && waiting > 0)
        socket_.set_option(boost::asio::socket_base::linger(true, 0), ignored);
    socket_.close(ignored);
}

flush_status wire::send_from(std::string& octets, std::size_t& offset) {
    while (offset < octets.size()) {
        const ssize_t sent = ::send(socket_.native_handle(), octets.data() + offset, octets.size() - offset,
                                    MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent > 0) {
            offset += static_cast<std::size_t>(sent);
            octets_sent_ += static_cast<std::uint64_t>(sent);
            continue;
        }
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return flush_status::blocked;
        return flush_status::broken;
    }
    return flush_status::drained;
}

flush_status wire::flush_plain() {
    const std::size_t before = sent_;
    const flush_status status = send_from(output_, sent_);
    taken_ += sent_ - before;
    if (status != flush_status::drained) frames_.pass(std::string_view(output_).substr(before), sent_ - before);
    return status;
}

// One record at a time (RFC 8446 §5.1): what has been encrypted can't be taken back, and the peer reads nothing of a
// record that it does not have whole, so that a record that has been taken is as far as the peer can be.
flush_status wire::flush_encrypted() {
    constexpr std::size_t record_bytes_max = 16 * 1024;
    for (;;) {
        tls_->take_output(ciphertext_);
        std::size_t offset = 0;
        const flush_status status = send_from(ciphertext_, offset);
        ciphertext_.erase(0, offset);
        if (status != flush_status::drained) return status;
        taken_ += std::exchange(encrypted_, 0);
        const std::string_view rest = std::string_view(output_).substr(sent_);
        if (rest.empty()) return status;
        const std::size_t next = std::min(rest.size(), record_bytes_max);
        if (tls_->write(rest.substr(0, next)) != tls_filter::status::ok) return flush_status::broken;
        frames_.pass(rest, next);
        sent_ += next;
        encrypted_ = next;
    }
}

flush_status wire::flush() {
    if (!socket_.is_open()) return flush_status::broken;
    const flush_status status = tls_ ? flush_encrypted() : flush_plain();
    if (status != flush_status::drained) {
        if (sent_ > output_.size() / 2) output_.erase(0, std::exchange(sent_, 0));
        return status;
    }
    frames_.pass_all();
    sent_ = 0;
    pool_.give_back(std::exchange(output_, {}));
    if (ciphertext_.capacity() > buffer_pool::capacity_max) std::string().swap(ciphertext_);
    if (!late_pong_.empty()) append_pong(std::exchange(late_pong_, {}));
    return status;
}

} // namespace wsd
