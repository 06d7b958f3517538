#pragma once

#include <boost/system/result.hpp>

#include <stdexcept>
#include <string>

namespace wsd {

// Why a key, list or file given by the operator can't be used, and what to do about it: one sentence that follows the
// name of the option. It never contains a secret.
struct setup_error {
    std::string text;
};

template <class T> using setup_result = boost::system::result<T, setup_error>;

[[noreturn]] inline void throw_exception_from_error(const setup_error& error, const boost::source_location&) {
    throw std::runtime_error(error.text);
}

} // namespace wsd
