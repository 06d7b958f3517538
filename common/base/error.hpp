#pragma once

#include <boost/system/result.hpp>

#include <stdexcept>

namespace wsd {

// Outcomes inside wsd. What a client sees is a protocol code (protocol/codes.hpp); handlers map one to the other.
enum class errc {
    busy = 1,    // a bounded queue is full; nothing was done
    persistence, // the log can't be written or read now; the outcome of a write is unknown
    not_found,   // unknown, or not visible to the caller
    conflict,    // the idempotency key names another content
    closed,      // the connection or the service has ended
    invalid,     // the input is malformed
};

template <class T = void> using result = boost::system::result<T, errc>;

// Found by boost::system::result when value() is called on an error: a programming mistake, since outcomes are looked
// at before they are used.
[[noreturn]] inline void throw_exception_from_error(errc, const boost::source_location&) {
    throw std::logic_error("value() of a failed result");
}

} // namespace wsd
