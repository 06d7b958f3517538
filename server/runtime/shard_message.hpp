#pragma once

#include "common/base/clock.hpp"
#include "common/state/presence_records.hpp"
#include "common/state/store_records.hpp"
#include "common/state/typing_records.hpp"

#include <cstddef>
#include <memory>
#include <variant>

namespace wsd {

class key_set;
class tls_context;

// An authenticated socket on its way to its user's home shard; transport/ knows what is in it.
class arrival {
  public:
    virtual ~arrival() = default;
};

// Say good-bye to every connection; whoever is left at the deadline is aborted.
struct begin_shutdown {
    steady_time deadline;
    std::size_t connections = 0; // of all shards: the more there are, the longer they take to come back
};

// The files of the keys have changed: tokens are verified with these from now on. Not null.
struct new_keys {
    std::shared_ptr<const key_set> keys;
};

// The files of the certificate have changed: TLS handshakes that begin from now on use this one. Not null.
struct new_certificate {
    std::shared_ptr<const tls_context> certificate;
};

// Everything that crosses a thread on its way to a shard.
using shard_message = std::variant<store_batch, read_reply, presence_snapshot, presence_batch, typing_notice,
                                   room_typing, std::unique_ptr<arrival>, begin_shutdown, new_keys, new_certificate>;

} // namespace wsd
