#pragma once

#include "common/protocol/decode.hpp"
#include "common/protocol/server_errors.hpp"

#include <boost/json/fwd.hpp>

#include <string_view>

namespace wsd {

// What is read of a message before its type is known to be one of ours. Views into the JSON value.
struct envelope {
    std::string_view type;
    reply_echo echo;
};

// A `correlationId`, `clientMessageId`, `messageId` or `roomId` that is not a string of at most 128 code points is as
// good as absent. Fails when the value is not an object with a string member `type`.
[[nodiscard]] decoded<envelope> read_envelope(const boost::json::value& message);

} // namespace wsd
