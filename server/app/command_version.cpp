#include "common/auth/openssl_version.hpp"
#include "server/app/command_settings.hpp"
#include "server/app/commands.hpp"
#include "server/storage/sqlite_version.hpp"

#include <boost/version.hpp>

#include <ostream>

namespace wsd {
namespace {

#if defined(__clang__)
constexpr const char* compiler = "Clang " __clang_version__;
#else
constexpr const char* compiler = "GCC " __VERSION__;
#endif

} // namespace

int version_command(const command_request& request, const process_context& process) {
    if (!report_strays(request, process)) return 2;
    process.out << "wsd " WSD_VERSION "\n"
                << "compiler  " << compiler << '\n'
                << "Boost     " << BOOST_VERSION / 100000 << '.' << BOOST_VERSION / 100 % 1000 << '.'
                << BOOST_VERSION % 100 << '\n'
                << "OpenSSL   " << openssl_version() << '\n'
                << "SQLite    " << sqlite_version() << '\n';
    return 0;
}

} // namespace wsd
