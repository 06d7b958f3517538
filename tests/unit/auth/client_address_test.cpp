#include "common/auth/client_address.hpp"

#include <catch_amalgamated.hpp>

#include <random>
#include <string>
#include <vector>

namespace wsd {
namespace {

ip_address address(std::string_view text) {
    const auto parsed = ip_address::parse(text);
    REQUIRE(parsed.has_value());
    return *parsed;
}

bool contains(std::string_view network, std::string_view member) {
    return ip_network::parse(network).value().contains(address(member));
}

const std::vector<std::string> internal = {"10.0.0.0/8", "2001:db8:1::/48", "192.0.2.1"};

std::string client(std::string_view peer, const std::vector<std::string_view>& forwarded_for,
                   const std::vector<std::string_view>& real_ip = {}) {
    const proxy_list proxies = proxy_list::parse(internal).value();
    return proxies.client_of(address(peer), {forwarded_for, real_ip}).to_string();
}

} // namespace

TEST_CASE("address: the usual texts are read and written back in canonical form") {
    const std::vector<std::pair<std::string, std::string>> rows = {
        {"1.2.3.4", "1.2.3.4"},
        {"0.0.0.0", "0.0.0.0"},
        {"255.255.255.255", "255.255.255.255"},
        {"::", "::"},
        {"::1", "::1"},
        {"2001:DB8::0:1", "2001:db8::1"},
        {"::ffff:1.2.3.4", "1.2.3.4"},
        {"::FFFF:102:304", "1.2.3.4"},
        {"0:0:0:0:0:ffff:1.2.3.4", "1.2.3.4"},
        {"64:ff9b::1.2.3.4", "64:ff9b::102:304"},
        {"ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"}};
    for (const auto& [text, canonical] : rows) CHECK(address(text).to_string() == canonical);
    CHECK(address("::ffff:1.2.3.4") == address("1.2.3.4"));
    CHECK(ip_address::from_v4({1, 2, 3, 4}) == address("1.2.3.4"));
    CHECK(ip_address::from_v6(address("2001:db8::7").bytes) == address("2001:db8::7"));
}

TEST_CASE("address: what is no address is refused") {
    for (const std::string& text : std::vector<std::string>{"",
                                                            " ",
                                                            "1",
                                                            "1.2.3",
                                                            "1.2.3.4.5",
                                                            "1.2.3.256",
                                                            "01.2.3.4",
                                                            "1.2.3.04",
                                                            "0x1.2.3.4",
                                                            "1.2.3.4 ",
                                                            " 1.2.3.4",
                                                            "1.2.3.-4",
                                                            "1.2.3.4/32",
                                                            "[::1]",
                                                            "::1%lo",
                                                            "fe80::1%1",
                                                            ":::",
                                                            "::1::",
                                                            "12345::",
                                                            "g::",
                                                            "1:2:3:4:5:6:7",
                                                            "1:2:3:4:5:6:7:8:9",
                                                            "unknown",
                                                            "localhost",
                                                            "_hidden",
                                                            std::string("1.2.3.4\0", 8),
                                                            std::string("1.2.3.4\0.5", 10),
                                                            std::string(1000, '1')}) {
        CAPTURE(text);
        CHECK_FALSE(ip_address::parse(text).has_value());
    }
}

TEST_CASE("address: limits count IPv4 by address and IPv6 by /64") {
    CHECK(address("1.2.3.4").limit_key() == ip_key::from_v4({1, 2, 3, 4}));
    CHECK(address("::ffff:1.2.3.4").limit_key() == address("1.2.3.4").limit_key());
    CHECK(address("1.2.3.4").limit_key() != address("1.2.3.5").limit_key());
    CHECK(address("2001:db8:0:1::1").limit_key() == address("2001:db8:0:1:ffff:ffff:ffff:ffff").limit_key());
    CHECK(address("2001:db8:0:1::1").limit_key() != address("2001:db8:0:2::1").limit_key());
    CHECK(address("::1").limit_key() != address("0.0.0.1").limit_key());
}

TEST_CASE("address: loopback is 127/8 and ::1") {
    for (const char* text : {"127.0.0.1", "127.255.0.9", "::1", "::ffff:127.0.0.1"}) CHECK(address(text).is_loopback());
    for (const char* text : {"128.0.0.1", "0.0.0.0", "::", "::2", "1::1"}) CHECK_FALSE(address(text).is_loopback());
}

TEST_CASE("network: it contains the addresses that share its first bits") {
    CHECK(contains("10.0.0.0/8", "10.255.255.255"));
    CHECK_FALSE(contains("10.0.0.0/8", "11.0.0.0"));
    CHECK(contains("10.1.2.3/8", "10.9.9.9"));
    CHECK(contains("192.168.128.0/17", "192.168.255.255"));
    CHECK_FALSE(contains("192.168.128.0/17", "192.168.127.255"));
    CHECK(contains("1.2.3.4", "1.2.3.4"));
    CHECK_FALSE(contains("1.2.3.4/32", "1.2.3.5"));
    CHECK(contains("1.2.3.4/31", "1.2.3.5"));
    CHECK(contains("0.0.0.0/0", "255.1.2.3"));
    CHECK(contains("2001:db8::/33", "2001:db8:7fff::1"));
    CHECK_FALSE(contains("2001:db8::/33", "2001:db8:8000::1"));
    CHECK(contains("::/0", "2001:db8::1"));
    CHECK(contains("::1", "::1"));
    CHECK_FALSE(contains("::1/128", "::2"));
}

TEST_CASE("network: IPv4 and IPv6 do not contain each other, but a mapped address is IPv4") {
    CHECK_FALSE(contains("::/0", "1.2.3.4"));
    CHECK_FALSE(contains("::/80", "1.2.3.4"));
    CHECK_FALSE(contains("0.0.0.0/0", "::1"));
    CHECK(contains("10.0.0.0/8", "::ffff:10.1.2.3"));
    CHECK(contains("::ffff:10.0.0.0/104", "10.1.2.3"));
    CHECK_FALSE(contains("::ffff:10.0.0.0/104", "11.1.2.3"));
    CHECK(contains("::ffff:0:0/96", "11.1.2.3"));
}

TEST_CASE("network: what is none is an error that names it") {
    for (const char* text :
         {"", "/", "10.0.0.0/", "/8", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/8/8", "10.0.0.0/8 ",
          "10.0.0.0/ 8", "10.0.0/8", "10.0.0.0/255.0.0.0", "::/129", "::ffff:10.0.0.0/129", "[::1]/128",
          "10.0.0.0/99999999999999", "example.com", "10.0.0.0/0x8", "*"}) {
        CAPTURE(text);
        const auto network = ip_network::parse(text);
        REQUIRE(network.has_error());
        CHECK_THAT(network.error().text, Catch::Matchers::StartsWith("\"" + std::string(text) + "\""));
        CHECK(proxy_list::parse(std::vector<std::string>{"10.0.0.0/8", text}).has_error());
    }
}

TEST_CASE("client address: without a trusted proxy it is the peer, whatever the fields say") {
    CHECK(client("203.0.113.9", {"1.1.1.1"}, {"2.2.2.2"}) == "203.0.113.9");
    CHECK(client("192.0.2.2", {"1.1.1.1"}) == "192.0.2.2");
    CHECK(client("::ffff:203.0.113.9", {"1.1.1.1"}) == "203.0.113.9");
    CHECK(proxy_list().client_of(address("127.0.0.1"), {}).to_string() == "127.0.0.1");
}

TEST_CASE("client address: behind trusted proxies it is the right-most address that is none of them") {
    CHECK(client("10.0.0.1", {"1.1.1.1"}) == "1.1.1.1");
    CHECK(client("::ffff:10.0.0.1", {"1.1.1.1"}) == "1.1.1.1");
    CHECK(client("2001:db8:1::5", {"1.1.1.1"}) == "1.1.1.1");
    CHECK(client("192.0.2.1", {"1.1.1.1"}) == "1.1.1.1");
    CHECK(client("10.0.0.1", {"6.6.6.6, 1.1.1.1"}) == "1.1.1.1");
    CHECK(client("10.0.0.1", {"6.6.6.6, 1.1.1.1, 10.0.0.2,10.0.0.3"}) == "1.1.1.1");
    CHECK(client("10.0.0.1", {"6.6.6.6", "1.1.1.1", "10.0.0.2"}) == "1.1.1.1");
    CHECK(client("10.0.0.1", {"6.6.6.6, 1.1.1.1", "10.0.0.2 , 2001:db8:1::9"}) == "1.1.1.1");
    CHECK(client("10.0.0.1", {"1.1.1.1"}, {"2.2.2.2"}) == "1.1.1.1");
    CHECK(client("10.0.0.1", {"::ffff:1.1.1.1"}) == "1.1.1.1");
    CHECK(client("10.0.0.1", {"garbage, 1.1.1.1"}) == "1.1.1.1");
}

TEST_CASE("client address: when all are trusted it is the left-most") {
    CHECK(client("10.0.0.1", {"10.0.0.7, 10.0.0.8"}) == "10.0.0.7");
    CHECK(client("10.0.0.1", {"10.0.0.6", "10.0.0.7, 10.0.0.8"}) == "10.0.0.6");
    CHECK(client("10.0.0.1", {"::ffff:10.0.0.9"}) == "10.0.0.9");
}

TEST_CASE("client address: ports and brackets are stripped") {
    CHECK(client("10.0.0.1", {"1.1.1.1:5678"}) == "1.1.1.1");
    CHECK(client("10.0.0.1", {"[2001:db8::7]:5678"}) == "2001:db8::7");
    CHECK(client("10.0.0.1", {"[2001:db8::7]"}) == "2001:db8::7");
    CHECK(client("10.0.0.1", {"2001:db8::7"}) == "2001:db8::7");
    CHECK(client("10.0.0.1", {"[::ffff:1.1.1.1]:65535"}) == "1.1.1.1");
    CHECK(client("10.0.0.1", {}, {"[2001:db8::7]:1"}) == "2001:db8::7");
    CHECK(client("10.0.0.1", {"1.1.1.1, 10.0.0.2:80"}) == "1.1.1.1");
}

TEST_CASE("client address: a malformed element on the way makes it the peer") {
    for (const char* field : {"",
                              " ",
                              ",",
                              "unknown",
                              "1.1.1.1,",
                              "1.1.1.1, ",
                              "1.1.1.1,,10.0.0.2",
                              "1.1.1.1, x, 10.0.0.2",
                              "1.1.1.1:",
                              "1.1.1.1:x",
                              "1.1.1.1:65536",
                              "1.1.1.1:123456",
                              "[1.1.1.1]",
                              "[1.1.1.1]:80",
                              "[::1",
                              "::1]",
                              "[::1]x",
                              "[::1]:",
                              "[::1]80",
                              "[]",
                              "[]:80",
                              "[",
                              "for=1.1.1.1",
                              "\"1.1.1.1\"",
                              "1.1.1.1 2.2.2.2",
                              "fe80::1%eth0",
                              "\xff",
                              "_secret"}) {
        CAPTURE(field);
        CHECK(client("10.0.0.1", {field}) == "10.0.0.1");
        CHECK(client("10.0.0.1", {"1.1.1.1", field}, {"2.2.2.2"}) == "10.0.0.1");
    }
}

TEST_CASE("client address: X-Real-IP counts only without X-Forwarded-For, and only once") {
    CHECK(client("10.0.0.1", {}, {"1.1.1.1"}) == "1.1.1.1");
    CHECK(client("10.0.0.1", {}, {"10.0.0.9"}) == "10.0.0.9");
    CHECK(client("10.0.0.1", {}, {}) == "10.0.0.1");
    CHECK(client("10.0.0.1", {}, {"1.1.1.1, 2.2.2.2"}) == "10.0.0.1");
    CHECK(client("10.0.0.1", {}, {"nonsense"}) == "10.0.0.1");
    CHECK(client("10.0.0.1", {}, {"1.1.1.1", "1.1.1.1"}) == "10.0.0.1");
}

TEST_CASE("client address: random fields never crash") {
    const unsigned seed = Catch::getSeed();
    CAPTURE(seed);
    std::mt19937 random(seed);
    const std::string likely = "0123456789..::,, []abcf\xff";
    const proxy_list proxies = proxy_list::parse(std::vector<std::string>{"0.0.0.0/0", "::/1"}).value();
    for (int round = 0; round < 20'000; ++round) {
        std::string field(random() % 40, ' ');
        for (char& c : field) c = likely[random() % likely.size()];
        const std::vector<std::string_view> fields = {field, field};
        CHECK_FALSE(proxies.client_of(address("10.0.0.1"), {fields, fields}).to_string().empty());
    }
}

} // namespace wsd
