#pragma once

#include "common/protocol/decode_limits.hpp"

#include <boost/json/fwd.hpp>
#include <boost/system/result.hpp>

#include <stdexcept>
#include <string>

namespace wsd {

// What is wrong with a message of a wrong shape, for the `details` of INVALID_PAYLOAD: names the field (`resume.seq:
// missing`), never repeats what was sent, at most a few hundred bytes.
struct decode_failure {
    std::string details;
};
template <class T> using decoded = boost::system::result<T, decode_failure>;

[[noreturn]] inline void throw_exception_from_error(const decode_failure& failure, const boost::source_location&) {
    throw std::logic_error("value() of a failed decode: " + failure.details);
}

// Reads a frame of from_client or from_server by its field table. Members that the table does not name are ignored;
// so is `type`: the caller has looked at it. `limits` matter to client frames only. Views in the result (from_server)
// point into `object`, which must not change meanwhile: adding a member moves the others.
template <class T> [[nodiscard]] decoded<T> decode(const boost::json::object& object, const decode_limits& limits = {});

} // namespace wsd
