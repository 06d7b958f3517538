#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

struct ssl_ctx_st;
struct ssl_st;

namespace wsd {

// TLS between octets, without a socket: ciphertext in, plaintext out, and back. Not bound to a thread, so that a
// connection can move to its home shard in the middle of its life. One connection; used by one thread at a time.
class tls_filter {
  public:
    // want_turn: what was read had no plaintext, and there is more to read: again, once others have had their turn.
    enum class status { ok, want_input, want_turn, closed, failed };

    // Messages of the handshake protocol once the handshake is complete: new keys (RFC 8446 §4.6.3), attempts to
    // negotiate anew (TLS 1.2). Each costs some 20 µs, and all of them together about as much as a handshake. Peers
    // change their keys after 2^24 records or more, if ever: one that chats does not come so far.
    static constexpr unsigned later_messages_max = 32;

    explicit tls_filter(ssl_ctx_st* context);
    ~tls_filter();
    tls_filter(const tls_filter&) = delete;
    tls_filter& operator=(const tls_filter&) = delete;

    // Octets from the network.
    void feed(std::string_view ciphertext);
    // ok: the handshake is complete. Either way there may be output to send.
    [[nodiscard]] status handshake();
    // ok: `got` ≥ 1 octets were written to buffer. failed: also when there were more than later_messages_max. A call
    // reads no more than one message of the handshake protocol, and few other records without plaintext.
    [[nodiscard]] status read(char* buffer, std::size_t size, std::size_t& got);
    // As read(), but they stay to be read.
    [[nodiscard]] status peek(char* buffer, std::size_t size, std::size_t& got);
    // How many messages of the handshake protocol have come since the handshake was complete.
    [[nodiscard]] unsigned later_messages() const noexcept { return later_messages_; }
    // Encrypts all of it into the output.
    [[nodiscard]] status write(std::string_view plaintext);
    // Appends what is to go to the network.
    void take_output(std::string& out);

  private:
    // OpenSSL calls it for everything that is sent or received; `filter` is the tls_filter.
    static void observe(int sent, int version, int content, const void*, std::size_t, ssl_st*, void* filter);
    [[nodiscard]] status status_of_read(int outcome) const;

    ssl_st* ssl_ = nullptr;
    unsigned later_messages_ = 0;
    bool established_ = false;
};

// Certificate and key of the public listener: TLS 1.2 and 1.3. Immutable; used by all shards.
class tls_context {
  public:
    // Or what is wrong, with which file, and what to do. A key that needs a password is one that can't be read.
    [[nodiscard]] static std::variant<std::unique_ptr<tls_context>, std::string>
    load(const std::string& certificate_file, const std::string& key_file);
    ~tls_context();
    tls_context(const tls_context&) = delete;
    tls_context& operator=(const tls_context&) = delete;

    [[nodiscard]] std::unique_ptr<tls_filter> accept() const;
    // The end of the server's own certificate, in seconds since 1970.
    [[nodiscard]] std::int64_t not_after_s() const;

  private:
    explicit tls_context(ssl_ctx_st* context) : context_(context) {}
    ssl_ctx_st* context_;
};

} // namespace wsd
