#include "common/state/exclusion_store.hpp"

#include <catch_amalgamated.hpp>

#include <string>

using namespace wsd;

namespace {

using enum exclusion_verdict;

struct fixture {
    exclusion_store store{hash_seed{}};
    timestamp now = 1000;

    void revoke(revocation what) { store.apply(what, now); }
    [[nodiscard]] exclusion_verdict judge(std::string user, std::string session,
                                          std::optional<timestamp> issued_at = std::nullopt) const {
        return store.judge({std::move(user)}, {std::move(session)}, issued_at, now);
    }
};

} // namespace

TEST_CASE("a revoked session is that session of that user", "[state]") {
    fixture f;
    CHECK(f.judge("anna", "tab") == admitted);
    f.revoke({.user = {"anna"}, .session = {"tab"}});
    CHECK(f.judge("anna", "tab") == session_revoked);
    CHECK(f.judge("anna", "tab", 999'999) == session_revoked); // whenever it was issued
    CHECK(f.judge("anna", "other") == admitted);
    CHECK(f.judge("bob", "tab") == admitted);
}

TEST_CASE("tokens are revoked by their time of issue", "[state]") {
    fixture f;
    f.revoke({.user = {"anna"}, .issued_before = 500});
    CHECK(f.judge("anna", "tab", 499) == session_revoked);
    CHECK(f.judge("anna", "tab", 500) == session_revoked);
    CHECK(f.judge("anna", "tab", 501) == admitted);
    CHECK(f.judge("anna", "tab") == session_revoked); // it does not say
}

TEST_CASE("a revocation ends when its time is over", "[state]") {
    fixture f;
    f.revoke({.user = {"anna"}, .session = {"tab"}, .expires_at = 2000});
    f.revoke({.user = {"bob"}, .session = {"tab"}, .expires_at = 1000}); // over already
    f.now = 1999;
    CHECK(f.judge("anna", "tab") == session_revoked);
    CHECK(f.judge("bob", "tab") == admitted);
    f.now = 2000;
    CHECK(f.judge("anna", "tab") == admitted);
}

TEST_CASE("each revocation lasts as long as it says, whatever is revoked beside it", "[state]") {
    fixture f;
    f.revoke({.user = {"anna"}, .issued_before = 500});                     // for ever
    f.revoke({.user = {"anna"}, .issued_before = 800, .expires_at = 2000}); // more, for a while
    f.revoke({.user = {"anna"}, .issued_before = 500, .expires_at = 1500}); // less than the first
    CHECK(f.store.count() == 2);
    CHECK(f.judge("anna", "tab", 700) == session_revoked);
    f.now = 3000;
    CHECK(f.judge("anna", "tab", 700) == admitted);
    CHECK(f.judge("anna", "tab", 500) == session_revoked);
    f.revoke({.user = {"anna"}, .issued_before = 3000}); // covers both
    CHECK(f.store.count() == 1);
    CHECK(f.judge("anna", "tab", 2999) == session_revoked);
}

TEST_CASE("a suspension is of the user and can be lifted", "[state]") {
    fixture f;
    f.store.apply(suspension{.user = {"anna"}}, f.now);
    f.store.apply(suspension{.user = {"anna"}}, f.now);
    CHECK(f.store.count() == 1);
    CHECK(f.judge("anna", "tab", 5) == account_suspended);
    CHECK(f.judge("bob", "tab", 5) == admitted);
    f.store.apply(suspension{.user = {"bob"}, .lifted = true}, f.now);
    f.store.apply(suspension{.user = {"anna"}, .lifted = true}, f.now);
    CHECK(f.judge("anna", "tab", 5) == admitted);
    CHECK(f.store.count() == 0);
}

TEST_CASE("of a token that is revoked and a user who is suspended the token is told first", "[state]") {
    fixture f;
    f.store.apply(suspension{.user = {"anna"}}, f.now);
    f.revoke({.user = {"anna"}, .session = {"tab"}});
    CHECK(f.judge("anna", "tab") == session_revoked);
    CHECK(f.judge("anna", "other") == account_suspended);
    f.store.apply(suspension{.user = {"anna"}, .lifted = true}, f.now);
    CHECK(f.judge("anna", "tab") == session_revoked);
    CHECK(f.judge("anna", "other") == admitted);
}

TEST_CASE("what is over makes room for what comes", "[state]") {
    fixture f;
    for (int i = 0; i < 100'000; ++i) {
        f.now += 10;
        f.revoke({.user = {"user" + std::to_string(i)}, .session = {"tab"}, .expires_at = f.now + 1000});
    }
    CHECK(f.store.count() < 300);
    CHECK(f.judge("user99999", "tab") == session_revoked);
    CHECK(f.judge("user99901", "tab") == session_revoked);
    CHECK(f.judge("user99800", "tab") == admitted);
}
