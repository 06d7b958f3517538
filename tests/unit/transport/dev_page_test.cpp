#include "server/transport/dev_page.hpp"

#include <catch_amalgamated.hpp>

#include <string>

using namespace wsd;

TEST_CASE("the demonstration page answers requests for /dev/ only") {
    for (const std::string line : {"GET /dev/ HTTP/1.1", "GET /dev/?path=/chat HTTP/1.1"}) {
        const auto response = find_dev_page(line + "\r\nHost: a\r\n\r\n");
        REQUIRE(response);
        CHECK(response->starts_with("HTTP/1.1 200 OK\r\n"));
        const auto end = response->find("\r\n\r\n");
        REQUIRE(end != std::string::npos);
        const auto body = response->substr(end + 4);
        CHECK(body.starts_with("<!doctype html>"));
        CHECK(body.ends_with("</html>\n"));
        CHECK(response->find("\r\nContent-Length: " + std::to_string(body.size()) + "\r\n") < end);
    }
    for (const std::string line :
         {"GET /dev HTTP/1.1", "GET /dev/x HTTP/1.1", "POST /dev/ HTTP/1.1", "GET /ws HTTP/1.1"}) {
        CHECK_FALSE(find_dev_page(line + "\r\nHost: a\r\n\r\n"));
    }
}
