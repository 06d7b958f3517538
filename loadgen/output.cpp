#include "loadgen/output.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>

#include <cstring>
#include <utility>

namespace wsd::loadgen {
namespace {

constexpr std::size_t kept_bytes_max = 4096; // of an idle connection's buffer

// FIN, text; masked.
void append_header(std::string& out, std::size_t payload_bytes, std::uint32_t mask) {
    constexpr char masked = '\x80';
    out.push_back('\x81');
    if (payload_bytes < 126) {
        out.push_back(static_cast<char>(static_cast<unsigned char>(masked) | payload_bytes));
    } else {
        const bool wide = payload_bytes > 0xffff;
        out.push_back(static_cast<char>(static_cast<unsigned char>(masked) | (wide ? 127u : 126u)));
        for (int shift = wide ? 56 : 8; shift >= 0; shift -= 8)
            out.push_back(static_cast<char>(payload_bytes >> shift & 0xff));
    }
    out.append(reinterpret_cast<const char*>(&mask), sizeof mask);
}

void append_masked(std::string& out, std::string_view payload, std::uint32_t mask) {
    const std::size_t begin = out.size();
    out.resize(begin + payload.size());
    char* to = out.data() + begin;
    const std::uint64_t wide = std::uint64_t{mask} << 32 | mask;
    std::size_t at = 0;
    for (; at + sizeof wide <= payload.size(); at += sizeof wide) {
        std::uint64_t word = 0;
        std::memcpy(&word, payload.data() + at, sizeof word);
        word ^= wide;
        std::memcpy(to + at, &word, sizeof word);
    }
    char key[sizeof mask];
    std::memcpy(key, &mask, sizeof mask);
    for (; at < payload.size(); ++at) to[at] = static_cast<char>(payload[at] ^ key[at % sizeof mask]);
}

} // namespace

void output::text(std::string_view payload, std::uint32_t mask) {
    append_header(pending_, payload.size(), mask);
    append_masked(pending_, payload, mask);
    list();
}

void output::raw(std::string_view bytes) {
    pending_.append(bytes);
    list();
}

void output::half_text(std::string_view payload, std::uint32_t mask) {
    const std::size_t before = pending_.size();
    text(payload, mask);
    pending_.resize(before + (pending_.size() - before) / 2);
    flush();
}

void output::list() {
    if (!waiting_ && !listed_) flushes_.add(*this);
}

void output::flush() {
    if (waiting_ || pending_.empty() || !socket_.is_open()) return;
    boost::system::error_code ec;
    const std::size_t taken = socket_.write_some(boost::asio::buffer(pending_), ec);
    if (ec && ec != boost::asio::error::would_block) {
        // The reader learns of it by itself.
        pending_.clear();
        return;
    }
    if (!ec) written_ += taken;
    if (!ec && taken == pending_.size()) {
        pending_.clear();
        if (pending_.capacity() > kept_bytes_max) pending_.shrink_to_fit();
        return;
    }
    if (!ec) pending_.erase(0, taken);
    await_writable();
}

void output::await_writable() {
    waiting_ = true;
    socket_.async_wait(tcp_socket::wait_write, [this, opened = opened_](boost::system::error_code ec) {
        if (opened != opened_) return;
        waiting_ = false;
        if (!ec) flush();
    });
}

void output::close(bool abort) {
    ++opened_;
    waiting_ = false;
    pending_.clear();
    if (!socket_.is_open()) return;
    boost::system::error_code ignored;
    if (abort) socket_.set_option(boost::asio::socket_base::linger(true, 0), ignored);
    socket_.close(ignored);
}

void flush_list::add(output& one) {
    one.listed_ = true;
    one.next_ = std::exchange(first_, &one);
}

void flush_list::flush() {
    for (output* one = std::exchange(first_, nullptr); one != nullptr;) {
        output* const next = std::exchange(one->next_, nullptr);
        one->listed_ = false;
        one->flush();
        one = next;
    }
}

} // namespace wsd::loadgen
