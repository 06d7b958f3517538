#include "server/storage/sqlite_exclusions.hpp"

#include <string>

namespace wsd {

sqlite_exclusions::sqlite_exclusions(sqlite_connection& connection)
    : drop_over_(connection, "DELETE FROM revocations WHERE expires_at<=?"),
      drop_covered_(connection, "DELETE FROM revocations WHERE user=? AND session=? AND issued_before<? AND "
                                "expires_at<=?"),
      revoke_(connection, "INSERT INTO revocations(user, session, issued_before, expires_at) VALUES(?,?,?,?) "
                          "ON CONFLICT DO UPDATE SET expires_at=max(expires_at, excluded.expires_at)"),
      suspend_(connection, "INSERT OR IGNORE INTO suspensions(user) VALUES(?)"),
      lift_(connection, "DELETE FROM suspensions WHERE user=?"),
      revocations_(connection, "SELECT user, session, issued_before, expires_at FROM revocations"),
      suspensions_(connection, "SELECT user FROM suspensions") {}

void sqlite_exclusions::put(const revocation& what, timestamp now) {
    drop_over_.bind(now).run();
    drop_covered_.bind(what.user.value, what.session.value, what.issued_before, what.expires_at).run();
    revoke_.bind(what.user.value, what.session.value, what.issued_before, what.expires_at).run();
}

void sqlite_exclusions::put(const suspension& what) { (what.lifted ? lift_ : suspend_).bind(what.user.value).run(); }

void sqlite_exclusions::read(std::vector<exclusion>& out) {
    const auto time = [this](int column) { return static_cast<timestamp>(revocations_.number(column)); };
    while (revocations_.step()) {
        out.emplace_back(revocation{.user = {std::string(revocations_.text(0))},
                                    .session = {std::string(revocations_.text(1))},
                                    .issued_before = time(2),
                                    .expires_at = time(3)});
    }
    revocations_.reset();
    while (suspensions_.step()) out.emplace_back(suspension{.user = {std::string(suspensions_.text(0))}});
    suspensions_.reset();
}

} // namespace wsd
