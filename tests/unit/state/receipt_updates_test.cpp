#include "common/state/receipt_updates.hpp"

#include <catch_amalgamated.hpp>

#include <string>
#include <vector>

using namespace wsd;
using namespace std::chrono_literals;

namespace {

const steady_time start{1000h};

// Says `<room><chat_seq>:<delivered>` for each update, the moment in milliseconds before it.
struct fixture {
    explicit fixture(std::size_t pairs_max = 100) : store({.pairs_max = pairs_max}) {}

    void offer(std::int64_t at_ms, std::uint64_t chat_seq, std::uint64_t delivered, const std::string& author = "a",
               const std::string& room = "r") {
        run_to(at_ms);
        take(store.offer(make(chat_seq, delivered, author, room), start + milliseconds(at_ms)));
    }
    void complete(std::int64_t at_ms, std::uint64_t chat_seq, std::uint64_t delivered) {
        run_to(at_ms);
        auto update = make(chat_seq, delivered, "a", "r");
        update.complete = true;
        take(store.offer(update, start + milliseconds(at_ms)));
    }
    // As the shard's timer does, every millisecond.
    void run_to(std::int64_t at_ms) {
        for (; now_ms < at_ms; ++now_ms) tick();
        now_ms = at_ms;
    }
    void tick() {
        store.take_due(start + milliseconds(now_ms), [this](const room_delivery& update) { note(update); });
    }
    std::vector<std::string> said() { return std::exchange(lines, {}); }

    receipt_updates store;
    std::int64_t now_ms = 0;

  private:
    static room_delivery make(std::uint64_t chat_seq, std::uint64_t delivered, const std::string& author,
                              const std::string& room) {
        return {.author = {author},
                .room = {room},
                .message = {},
                .chat_seq = chat_seq,
                .counts = {.delivered = delivered, .total = 100}};
    }
    void take(const std::optional<room_delivery>& now) {
        if (now) note(*now);
    }
    void note(const room_delivery& update) {
        lines.push_back(std::to_string(now_ms) + " " + update.room.value + std::to_string(update.chat_seq) + ":" +
                        std::to_string(update.counts.delivered));
    }
    std::vector<std::string> lines;
};

using lines = std::vector<std::string>;

} // namespace

TEST_CASE("the first receipt is told at once, the others of a second in one at its end", "[room]") {
    fixture f;
    f.offer(0, 5, 1);
    f.offer(1, 5, 2);
    f.offer(400, 5, 3);
    f.offer(999, 6, 1);
    f.run_to(1000);
    CHECK(f.said() == lines{"0 r5:1"});
    f.tick();
    CHECK(f.said() == lines{"1000 r6:1"});
    f.offer(1001, 6, 2);
    f.run_to(5000);
    CHECK(f.said() == lines{"2000 r6:2"});
    CHECK(f.store.size() == 0);
    f.offer(5000, 6, 3);
    CHECK(f.said() == lines{"5000 r6:3"});
}

TEST_CASE("a receipt exactly a second after the last update is told at once, one millisecond earlier it waits",
          "[room]") {
    fixture f;
    f.offer(0, 5, 1);
    f.offer(1000, 5, 2);
    f.offer(1999, 5, 3);
    CHECK(f.said() == lines{"0 r5:1", "1000 r5:2"});
    f.run_to(2001);
    CHECK(f.said() == lines{"2000 r5:3"});
}

TEST_CASE("what completes a count is told at once, and a new second begins", "[room]") {
    fixture f;
    f.offer(0, 5, 1);
    f.offer(100, 5, 2);
    f.complete(500, 5, 100);
    CHECK(f.said() == lines{"0 r5:1", "500 r5:100"});
    f.offer(1200, 6, 1);
    f.run_to(3000);
    CHECK(f.said() == lines{"1500 r6:1"});
}

TEST_CASE("an update about an older message neither replaces nor delays one that waits about a newer one", "[room]") {
    fixture f;
    f.offer(0, 7, 1);
    f.offer(100, 7, 2);
    f.offer(200, 3, 99);
    f.complete(500, 3, 100);
    CHECK(f.said() == lines{"0 r7:1", "500 r3:100"});
    f.run_to(1001);
    CHECK(f.said() == lines{"1000 r7:2"});
}

TEST_CASE("an update that comes before a late timer takes along what waits", "[room]") {
    fixture f;
    f.offer(0, 7, 1);
    f.offer(100, 7, 2);
    f.now_ms = 1500; // the timer did not run
    f.offer(1500, 3, 50);
    CHECK(f.said() == lines{"0 r7:1", "1500 r7:2"});
    f.offer(1600, 8, 1);
    f.now_ms = 2600;
    f.offer(2600, 9, 1);
    CHECK(f.said() == lines{"2600 r9:1"});
    f.run_to(4000);
    CHECK(f.said() == lines{});
}

TEST_CASE("authors and rooms are merged each by themselves", "[room]") {
    fixture f;
    f.offer(0, 1, 1, "a", "r");
    f.offer(0, 2, 1, "b", "r");
    f.offer(0, 3, 1, "a", "s");
    CHECK(f.said() == lines{"0 r1:1", "0 r2:1", "0 s3:1"});
    f.offer(10, 1, 2, "a", "r");
    f.offer(20, 3, 2, "a", "s");
    f.run_to(1001);
    CHECK(f.said() == lines{"1000 r1:2", "1000 s3:2"});
}

TEST_CASE("nothing is said of a room to whom has left it", "[room]") {
    fixture f;
    f.offer(0, 1, 1);
    f.offer(1, 1, 2);
    f.store.forget({"a"}, {"other"});
    f.store.forget({"a"}, {"r"});
    f.run_to(2000);
    CHECK(f.said() == lines{"0 r1:1"});
    CHECK(f.store.size() == 0);
}

TEST_CASE("beyond the maximum of pairs nothing is merged and nothing is lost", "[room]") {
    fixture f(2);
    for (const std::string room : {"r", "s", "t", "t"}) f.offer(0, 1, 1, "a", room);
    CHECK(f.said() == lines{"0 r1:1", "0 s1:1", "0 t1:1", "0 t1:1"});
    CHECK(f.store.size() == 2);
    f.run_to(1001);
    CHECK(f.store.size() == 0);
}
