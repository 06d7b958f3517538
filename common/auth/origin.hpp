#pragma once

#include "common/auth/setup_error.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace wsd {

// Whether this can be the value of a Host field (RFC 9112 §3.2): `host[:port]`, where the port may be empty. The host
// is a name without percent-encoding or an IPv6 address in brackets. Any thread; time is linear in the text.
[[nodiscard]] bool is_host_field(std::string_view text);

// Owns the origins that browsers may connect from, normalised. Made at start and never changed after: any number of
// threads may ask it at once. Bounded by origins_max.
class origin_list {
  public:
    static constexpr std::size_t origins_max = 1000;

    // Entries are `scheme://host[:port]`, `null` or `*`. `*` admits every origin and is an error unless `allow_any`.
    // An internationalised name must be given in its ASCII form, as browsers send it.
    [[nodiscard]] static setup_result<origin_list> parse(std::span<const std::string> entries, bool allow_any);

    // `origin` and `host` are the values of the fields of those names; nullopt: there is no Origin. Admitted are a
    // request without Origin, a listed origin, and one of scheme http or https whose host and port are those of Host.
    // A malformed origin is admitted only by `*`. Time is linear in the list.
    [[nodiscard]] bool admits(std::optional<std::string_view> origin, std::string_view host) const;

    struct entry {
        std::string scheme; // lower case
        std::string host;   // lower case; an IPv6 address with its brackets
        std::int32_t port;  // -1: none given, and the scheme has no default
    };

  private:
    std::vector<entry> entries_;
    bool any_ = false;
    bool null_ = false;
};

} // namespace wsd
