#pragma once

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
    enum class status { ok, want_input, closed, failed };

    explicit tls_filter(ssl_ctx_st* context);
    ~tls_filter();
    tls_filter(const tls_filter&) = delete;
    tls_filter& operator=(const tls_filter&) = delete;

    // Octets from the network.
    void feed(std::string_view ciphertext);
    // ok: the handshake is complete. Either way there may be output to send.
    [[nodiscard]] status handshake();
    // ok: `got` ≥ 1 octets were written to buffer.
    [[nodiscard]] status read(char* buffer, std::size_t size, std::size_t& got);
    // As read(), but they stay to be read.
    [[nodiscard]] status peek(char* buffer, std::size_t size, std::size_t& got);
    // Encrypts all of it into the output.
    [[nodiscard]] status write(std::string_view plaintext);
    // Appends what is to go to the network.
    void take_output(std::string& out);

  private:
    ssl_st* ssl_ = nullptr;
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
