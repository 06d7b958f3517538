#include "common/base/ensure.hpp"
#include "tests/fuzz/targets.hpp"
#include "tests/fuzz/watched_client.hpp"

#include <array>
#include <optional>
#include <string>

namespace wsd::fuzz {
namespace {

constexpr std::array users{"anna", "bob", "carl"};
constexpr int lines_max = 200;

// Reads `who what rest`: two octets and the rest of a line.
class play {
  public:
    void act(std::string_view line) {
        if (line.size() < 2) return;
        const auto who = static_cast<std::size_t>(static_cast<unsigned char>(line[0])) % users.size();
        const std::string_view rest = line.substr(2);
        const unsigned value = rest.empty() ? 0 : static_cast<unsigned char>(rest[0]);
        auto& present = clients_[who];
        if (line[1] == 'n' || !present || present->closed()) join(who, value);
        do_one(line[1], who, rest, value);
        settle();
    }

  private:
    void join(std::size_t who, unsigned value) {
        clients_[who].emplace(server_.connect(users[who]));
        if (value % 8 == 7) return; // says no HELLO
        clients_[who]->wire().send_hello(value % 2 == 0 ? R"("seq","cumack")" : "");
        settle();
    }

    void do_one(char what, std::size_t who, std::string_view rest, unsigned value) {
        watched_client& me = *clients_[who];
        test::memory_wire& wire = me.wire().wire();
        const std::string other = users[(who + 1 + value % 2) % users.size()];
        const std::string seq = std::to_string(value % 2 == 0 ? me.position() : value);
        switch (what) {
        case 't':
            return me.wire().send(rest);
        case 's':
            return me.wire().send_message(other, "text " + seq, value % 3 == 0 ? "" : "c-" + std::to_string(value % 5));
        case 'g':
            return me.wire().send(R"({"type":"ROOM_JOIN","roomId":"room"})");
        case 'l':
            return me.wire().send(R"({"type":"ROOM_LEAVE","roomId":"room"})");
        case 'm':
            return me.wire().send(R"({"type":"ROOM_MESSAGE","roomId":"room","content":"to all"})");
        case 'a':
            return me.wire().send(R"({"type":"MESSAGE_ACK","upTo":)" + seq + "}");
        case 'r':
            return me.wire().send(R"({"type":"RESUME","seq":)" + seq + R"(,"epoch":")" + me.epoch() + "\"}");
        case 'b':
            return wire.send_binary(std::string(rest));
        case 'p':
            return wire.send_pong();
        case 'h':
            return wire.send_part();
        case 'c':
            return wire.send_close(static_cast<std::uint16_t>(1000 + value));
        case 'v':
            return wire.send_violation(static_cast<inbound_kind>(3 + value % 5));
        case 'x':
            return wire.reset();
        case 'k':
            return wire.take_only(value * 16);
        case 'K':
            return wire.take_all();
        case 'd':
            server_.disk.broken = value % 2 == 0;
            return;
        case 'u':
            server_.disk.unreadable = value % 2 == 0;
            return;
        case 'w':
            return server_.advance(milliseconds(value * 250));
        default:
            return;
        }
    }

    void settle() {
        server_.settle();
        for (auto& one : clients_) {
            if (one) one->look();
        }
    }

    test::shard_fixture server_;
    std::array<std::optional<watched_client>, users.size()> clients_;
};

} // namespace

int fuzz_session(octets input) {
    play all;
    std::string_view rest = text_of(input);
    for (int lines = 0; !rest.empty() && lines < lines_max; ++lines) all.act(take_line(rest));
    return 0;
}

} // namespace wsd::fuzz
