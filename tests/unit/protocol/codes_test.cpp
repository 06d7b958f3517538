#include "common/protocol/codes.hpp"

#include <catch_amalgamated.hpp>

#include <set>
#include <string>
#include <string_view>

namespace {

using namespace wsd;

TEST_CASE("every error code has a text of its own, by which it is found, and a message", "[protocol]") {
    std::set<std::string_view> texts;
    for (std::size_t i = 0; i < error_code_count; ++i) {
        const auto code = static_cast<error_code>(i);
        const auto& info = describe(code);
        REQUIRE(texts.insert(info.text).second);
        REQUIRE(find_error_code(info.text) == code);
        REQUIRE_FALSE(info.message.empty());
    }
    REQUIRE(find_error_code("") == std::nullopt);
    REQUIRE(find_error_code("not_found") == std::nullopt);
}

TEST_CASE("only what may succeed when repeated is retryable", "[protocol]") {
    std::set<std::string_view> retryable;
    for (std::size_t i = 0; i < error_code_count; ++i)
        if (const auto& info = describe(static_cast<error_code>(i)); info.retryable) retryable.insert(info.text);
    REQUIRE(retryable == std::set<std::string_view>{"INTERNAL_ERROR", "INVALID_TRANSITION", "PERSISTENCE_ERROR",
                                                    "RATE_LIMIT_EXCEEDED", "RESYNC_IN_PROGRESS", "SERVER_BUSY"});
}

TEST_CASE("every HTTP code has a text of its own and the status of an error", "[protocol]") {
    std::set<std::string_view> texts;
    for (std::size_t i = 0; i < http_code_count; ++i) {
        const auto& info = describe(static_cast<http_code>(i));
        REQUIRE(texts.insert(info.text).second);
        REQUIRE(info.status >= 400);
        REQUIRE(info.status <= 503);
        REQUIRE_FALSE(info.message.empty());
    }
    REQUIRE(describe(http_code::upgrade_required).status == 426);
    REQUIRE(describe(http_code::connection_limit_user).status == 503);
}

TEST_CASE("every close has a reason of its own that fits a close frame, and a code that may be sent", "[protocol]") {
    std::set<std::string_view> reasons;
    for (std::size_t i = 0; i < close_cause_count; ++i) {
        const auto& info = describe(static_cast<close_cause>(i));
        INFO(info.reason);
        REQUIRE(reasons.insert(info.reason).second);
        REQUIRE(info.reason.size() <= 123);
        REQUIRE(((info.code >= 1001 && info.code <= 1013) || (info.code >= 4000 && info.code <= 4999)));
        REQUIRE(info.code != 1005);
        REQUIRE(info.code != 1006);
    }
    REQUIRE(describe(close_cause::slow_consumer).reason == "slow consumer");
    REQUIRE(describe(close_cause::replaced).code == 4009);
}

} // namespace
