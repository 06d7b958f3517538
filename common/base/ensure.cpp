#include "common/base/ensure.hpp"

#include <cstdio>
#include <cstdlib>

namespace wsd {

void invariant_broken(const char* what, const std::source_location& where) noexcept {
    // The process ends here, so the logger's queue would not be written any more.
    std::fprintf(stderr, "wsd: invariant broken: %s (%s:%u)\n", what, where.file_name(), where.line());
    std::abort();
}

} // namespace wsd
