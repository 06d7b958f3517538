#include "server/observe/correlation.hpp"

#include <sys/random.h>

#include <cerrno>
#include <system_error>

namespace wsd {

correlation_source::seed correlation_source::os_seed() {
    seed words{};
    do {
        if (::getrandom(words.data(), sizeof words, 0) != static_cast<ssize_t>(sizeof words)) {
            throw std::system_error(errno, std::generic_category(), "getrandom");
        }
    } while (words == seed{});
    return words;
}

} // namespace wsd
