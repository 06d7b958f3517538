#include "tests/support/log_fixture.hpp"

#include <catch_amalgamated.hpp>

#include <algorithm>
#include <string>
#include <vector>

// What a log owes to those who revoke and suspend.
using namespace wsd;

namespace {

std::string word_of(const exclusion& what) {
    if (const auto* about = std::get_if<suspension>(&what)) return "suspended " + about->user.value;
    const auto& revoked = std::get<revocation>(what);
    const auto time = [](timestamp at) { return at == revocation::never ? std::string("ever") : std::to_string(at); };
    return revoked.user.value + "/" + revoked.session.value + " " + time(revoked.issued_before) + " " +
           time(revoked.expires_at);
}

std::vector<std::string> words_of(test::log_fixture& f) {
    std::vector<std::string> words;
    const auto stored = f.log().read_exclusions();
    REQUIRE(stored.has_value());
    for (const exclusion& each : *stored) words.push_back(word_of(each));
    std::sort(words.begin(), words.end());
    return words;
}

using words = std::vector<std::string>;

} // namespace

TEST_CASE("revocations and suspensions are kept", "[contract]") {
    const auto* implementation = GENERATE("memory", "sqlite");
    test::log_fixture f(implementation);
    CHECK(words_of(f).empty());
    const auto later = f.now + 1000;
    const auto done = f.apply_as<excluded>(revocation{.user = {"anna"}, .session = {"tab"}});
    CHECK(word_of(done.what) == "anna/tab ever ever");
    (void)f.apply(revocation{.user = {"anna"}, .issued_before = 5, .expires_at = later});
    (void)f.apply(suspension{.user = {"b\u00f6b"}});
    (void)f.apply(suspension{.user = {"carl"}});
    (void)f.apply(suspension{.user = {"carl"}});
    (void)f.apply(suspension{.user = {"carl"}, .lifted = true});
    CHECK(word_of(f.apply_as<excluded>(suspension{.user = {"dora"}, .lifted = true}).what) == "suspended dora");
    const words kept{"anna/ 5 " + std::to_string(later), "anna/tab ever ever", "suspended b\u00f6b"};
    CHECK(words_of(f) == kept);
    if (!f.survives_reopen()) return;
    f.reopen();
    CHECK(words_of(f) == kept);
}

TEST_CASE("a revocation that says more takes the place of those that say less", "[contract]") {
    const auto* implementation = GENERATE("memory", "sqlite");
    test::log_fixture f(implementation);
    const auto revoke = [&f](timestamp issued_before, timestamp expires_at) {
        (void)f.apply(revocation{.user = {"anna"}, .issued_before = issued_before, .expires_at = expires_at});
    };
    const auto later = f.now + 1000;
    revoke(5, revocation::never);
    revoke(5, later); // the longer one stays
    CHECK(words_of(f) == words{"anna/ 5 ever"});
    revoke(7, later);
    CHECK(words_of(f) == words{"anna/ 5 ever", "anna/ 7 " + std::to_string(later)});
    revoke(9, revocation::never);
    CHECK(words_of(f) == words{"anna/ 9 ever"});
}

TEST_CASE("revocations whose time is over go when something is revoked", "[contract]") {
    const auto* implementation = GENERATE("memory", "sqlite");
    test::log_fixture f(implementation);
    for (int i = 0; i < 200; ++i) {
        (void)f.apply(revocation{.user = {std::to_string(i)}, .session = {"tab"}, .expires_at = f.now + 10});
        f.now += 1;
    }
    const auto left = words_of(f);
    CHECK(left.size() < 150);
    CHECK(std::count(left.begin(), left.end(), "199/tab ever " + std::to_string(f.now + 9)) == 1);
}

TEST_CASE("an exclusion without a user is refused", "[contract]") {
    const auto* implementation = GENERATE("memory", "sqlite");
    test::log_fixture f(implementation);
    CHECK(f.apply_as<errc>(revocation{}) == errc::invalid);
    CHECK(f.apply_as<errc>(suspension{}) == errc::invalid);
    CHECK(words_of(f).empty());
}
