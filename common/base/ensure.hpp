#pragma once

#include <source_location>

namespace wsd {

[[noreturn]] void invariant_broken(const char* what, const std::source_location& where) noexcept;

// An invariant of this program, checked in release builds too: when it does not hold the process writes one line to
// stderr and aborts, since going on would act on wrong state. Never for input from outside: that is a result<T>.
constexpr void ensure(bool holds, const char* what,
                      const std::source_location& where = std::source_location::current()) noexcept {
    if (!holds) [[unlikely]]
        invariant_broken(what, where);
}

} // namespace wsd
