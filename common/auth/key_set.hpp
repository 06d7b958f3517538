#pragma once

#include "common/auth/jws_key.hpp"
#include "common/auth/setup_error.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wsd {

class key_set;
using key_set_result = setup_result<std::shared_ptr<const key_set>>;

// Owns the keys that tokens may be signed with. Made at start or reload and never changed after: any number of threads
// may use it at once. Bounded by keys_max.
class key_set {
  public:
    static constexpr std::size_t keys_max = 256;
    static constexpr std::size_t file_bytes_max = 1024 * 1024;
    static constexpr std::size_t secret_bytes_min = 32;

    // The bytes of the secret as they are, for HS256.
    [[nodiscard]] static key_set_result from_secret(std::string_view secret, std::size_t bytes_min = secret_bytes_min);

    // The text of a PEM file that holds one public key. `algorithm`: as jws_key::from_public_key.
    [[nodiscard]] static key_set_result from_pem(std::string_view text, std::optional<jws_algorithm> algorithm = {});

    // The text of a JWK set (RFC 7517 §5). A key that can't be used is skipped and `warnings` gets a sentence about it.
    // Errors: no usable key, one `kid` twice.
    [[nodiscard]] static key_set_result from_jwks(std::string_view text, std::vector<std::string>& warnings);

    ~key_set();
    key_set(const key_set&) = delete;
    key_set& operator=(const key_set&) = delete;

    [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
    // Whether the `kid` of a token chooses its key. When not, it has no meaning and find() takes none.
    [[nodiscard]] bool selects_by_kid() const noexcept { return by_kid_; }
    // The key that a token with this `kid` must be signed with, valid as long as the set; nullptr: none. Without a
    // `kid` it is the only key, if there is exactly one.
    [[nodiscard]] const jws_key* find(std::optional<std::string_view> kid) const noexcept;

  private:
    struct entry {
        jws_key key;
        std::optional<std::string> kid;
    };
    key_set(std::vector<entry> entries, bool by_kid);
    [[nodiscard]] static key_set_result of_one(setup_result<jws_key> key);

    std::vector<entry> entries_;
    bool by_kid_;
};

} // namespace wsd
