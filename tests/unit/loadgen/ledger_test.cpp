#include "loadgen/random.hpp"
#include "loadgen/state/ledger.hpp"

#include <catch_amalgamated.hpp>

#include <algorithm>
#include <string>
#include <vector>

using namespace wsd::loadgen;

namespace {

constexpr std::uint32_t run_id = 99;

// Two users with `each` connections, and a server's two logs. A test decides what becomes of a frame on its way.
struct model {
    struct entry {
        std::uint32_t stream = 0;
        std::uint32_t number = 0;
        std::uint64_t chat_seq = 0;
    };
    std::uint32_t each;
    population who;
    ledger book;
    std::uint64_t chat_seq = 0;
    std::vector<entry> log; // both users see the same entries, since they only talk to each other
    std::vector<std::uint32_t> last;

    explicit model(std::uint32_t connections_each, bool noecho = false)
        : each(connections_each), who({.connections = 2 * each, .users = 2, .seed = 1}),
          book({.run = run_id, .noecho = noecho}, who), last(2 * each) {
        for (std::uint32_t connection = 0; connection < 2 * each; ++connection) book.open(connection, 0);
    }

    // Sent, committed and acknowledged.
    std::uint64_t send(std::uint32_t stream) {
        const std::uint32_t number = ++last[stream];
        book.sent(stream, number);
        log.push_back({stream, number, ++chat_seq});
        const std::uint64_t seq = log.size();
        book.acknowledged(stream, {.number = number, .seq = seq, .chat_seq = chat_seq});
        return seq;
    }
    ledger::judged show(std::uint32_t connection, std::uint64_t seq, bool damage = false) {
        const auto& what = log[seq - 1];
        std::string content;
        append_payload(content, {.run = run_id, .stream = what.stream, .number = what.number}, 64);
        if (damage) content[50] ^= 1;
        return book.shown(connection, {.seq = seq, .chat_seq = what.chat_seq, .content = content});
    }
    fault_counts verdict() { return book.judge(book.misdelivered()); }
};

} // namespace

TEST_CASE("a run in which everything arrives has no fault") {
    model chat(2);
    for (int i = 0; i < 500; ++i) {
        const auto seq = chat.send(static_cast<std::uint32_t>(i % 4));
        for (std::uint32_t connection = 0; connection < 4; ++connection)
            REQUIRE(chat.show(connection, seq).kind == arrival::fresh);
    }
    CHECK(chat.verdict() == fault_counts{});
    CHECK(chat.book.expected() == 2000);
    CHECK(chat.book.accounted() == 2000);
    CHECK(chat.book.complete(0));
}

TEST_CASE("with noecho the acknowledgement accounts for the sender's own view") {
    model chat(1, true);
    for (int i = 0; i < 100; ++i) {
        const auto seq = chat.send(0);
        REQUIRE(chat.show(1, seq).kind == arrival::fresh);
    }
    CHECK(chat.book.expected() == 200);
    CHECK(chat.book.accounted() == 200);
    CHECK(chat.verdict() == fault_counts{});
}

TEST_CASE("exactly the planted faults are found") {
    const std::uint64_t seed = Catch::getSeed();
    CAPTURE(seed);
    random_source random(seed);
    fault_counts planted;
    model chat(1);
    std::uint64_t held = 0; // an entry that its successor overtakes
    for (int i = 0; i < 20'000; ++i) {
        const auto seq = chat.send(random.below(2));
        chat.show(0, seq); // the first user's connection is served without faults
        if (held != 0) {
            chat.show(1, seq);
            chat.show(1, held);
            held = 0;
            continue;
        }
        switch (random.below(100)) {
        case 0:
            ++planted.lost;
            break;
        case 1:
            ++planted.duplicated;
            chat.show(1, seq);
            chat.show(1, seq);
            break;
        case 2:
            if (i == 19'999) {
                chat.show(1, seq);
                break;
            }
            ++planted.reordered;
            held = seq;
            break;
        case 3:
            ++planted.corrupt;
            chat.show(1, seq, true);
            break;
        default:
            chat.show(1, seq);
        }
    }
    CHECK(planted.total() > 500);
    const auto found = chat.verdict();
    CHECK(found.lost == planted.lost);
    CHECK(found.duplicated == planted.duplicated);
    CHECK(found.reordered == planted.reordered);
    CHECK(found.corrupt == planted.corrupt);
    CHECK(found == planted);
    CHECK_FALSE(chat.book.complete(1));
    CHECK(chat.book.complete(0));
}

TEST_CASE("a message shown to a stranger is misdelivered, and not lost too when its recipient never saw it") {
    const population who({.connections = 4, .users = 4, .seed = 3});
    ledger book({.run = run_id, .noecho = false}, who);
    for (std::uint32_t connection = 0; connection < 4; ++connection) book.open(connection, 0);
    const std::uint32_t friend_of_0 = who.partner_of(0).value();
    std::uint32_t stranger = 1;
    while (stranger == friend_of_0) ++stranger;
    std::string content;
    append_payload(content, {.run = run_id, .stream = 0, .number = 1}, 64);
    book.sent(0, 1);
    book.acknowledged(0, {.number = 1, .seq = 1, .chat_seq = 1});
    const ledger::delivery frame{.seq = 1, .chat_seq = 1, .content = content};
    CHECK(book.shown(0, frame).kind == arrival::fresh);
    CHECK(book.shown(stranger, frame).kind == arrival::misdelivered);
    auto found = book.judge(book.misdelivered());
    CHECK(found.misdelivered == 1);
    CHECK(found.total() == 1);
    // The stranger's own first entry has the same number; that is not its fault.
    book.sent(who.partner_of(stranger).value(), 1);
    std::string proper;
    append_payload(proper, {.run = run_id, .stream = who.partner_of(stranger).value(), .number = 1}, 64);
    CHECK(book.shown(stranger, {.seq = 1, .chat_seq = 1, .content = proper}).kind == arrival::fresh);
    // When it reaches its recipient as well it stays one misdelivery.
    CHECK(book.shown(friend_of_0, frame).kind == arrival::fresh);
    found = book.judge(book.misdelivered());
    CHECK(found.misdelivered == 1);
    CHECK(found.total() == 1);
}

TEST_CASE("a frame left out of the live stream is a gap when a resume brings it and lost when it does not") {
    model chat(1);
    for (int i = 0; i < 6; ++i) chat.send(0);
    for (std::uint64_t seq = 1; seq <= 6; ++seq) chat.show(0, seq);
    for (const std::uint64_t seq : {1ULL, 3ULL, 5ULL}) chat.show(1, seq); // 6 is held back at the end
    CHECK(chat.book.resume(1, true) == 1);
    chat.show(1, 2);
    chat.show(1, 3);
    chat.show(1, 5);
    chat.show(1, 6);
    chat.book.resumed(1, 6);
    const auto found = chat.verdict();
    CHECK(found.gaps == 2);
    CHECK(found.lost == 1);
    CHECK(found.total() == 3);
}

TEST_CASE("what was not answered before the last resume is no gap when it comes with it") {
    model chat(1);
    chat.send(0);
    for (const std::uint32_t user : {0U, 1U}) chat.show(user, 1);
    CHECK(chat.book.resume(0, true) == 1);
    CHECK(chat.book.resume(1, true) == 1);
    for (int i = 0; i < 3; ++i) chat.send(0); // sent again, and acknowledged now
    for (std::uint64_t seq = 2; seq <= 4; ++seq) {
        chat.show(0, seq);
        CHECK(chat.show(1, seq).kind == arrival::fresh);
    }
    CHECK(chat.verdict() == fault_counts{});
}

TEST_CASE("a resume in the middle of a run brings what was written while away, without a fault") {
    model chat(1);
    for (int i = 0; i < 10; ++i) chat.send(0);
    for (std::uint64_t seq = 1; seq <= 10; ++seq) chat.show(0, seq);
    for (std::uint64_t seq = 1; seq <= 4; ++seq) chat.show(1, seq);
    CHECK(chat.book.resume(1, false) == 4);
    for (std::uint64_t seq = 5; seq <= 10; ++seq) CHECK(chat.show(1, seq).kind == arrival::fresh);
    chat.book.resumed(1, 10);
    CHECK(chat.verdict() == fault_counts{});
    // Replaying once more what was not asked for is a duplicate.
    CHECK(chat.show(1, 7).kind == arrival::duplicate);
}

TEST_CASE("sends that were refused are not lost, and one stored although its reply was lost is expected") {
    model chat(1);
    chat.book.sent(0, 1); // refused: no acknowledgement
    chat.last[0] = 1;
    const auto seq = chat.send(0);
    chat.show(0, seq);
    chat.show(1, seq);
    chat.book.sent(0, 3);
    CHECK(chat.verdict() == fault_counts{});
    chat.book.stored(0, 3);
    CHECK(chat.verdict().lost == 2);
}

TEST_CASE("a message that was never sent is a phantom, one of another run is none of ours") {
    model chat(1);
    std::string content;
    append_payload(content, {.run = run_id, .stream = 0, .number = 5}, 64);
    CHECK(chat.book.shown(1, {.seq = 1, .chat_seq = 1, .content = content}).kind == arrival::phantom);
    content.clear();
    append_payload(content, {.run = run_id + 1, .stream = 0, .number = 1}, 64);
    CHECK(chat.book.shown(1, {.seq = 2, .chat_seq = 2, .content = content}).kind == arrival::foreign);
    const auto found = chat.verdict();
    CHECK(found.phantom == 1);
    CHECK(found.total() == 1);
}

TEST_CASE("a message sent again after later ones were answered may be shown after them") {
    model chat(1);
    chat.book.sent(0, 1); // never answered
    chat.last[0] = 1;
    auto seq = chat.send(0);
    for (const std::uint32_t connection : {0u, 1u}) chat.show(connection, seq);
    chat.book.sent_overtaken(0, 1);
    chat.log.push_back({0, 1, ++chat.chat_seq});
    seq = chat.log.size();
    chat.book.acknowledged(0, {.number = 1, .seq = seq, .chat_seq = chat.chat_seq});
    for (const std::uint32_t connection : {0u, 1u}) CHECK(chat.show(connection, seq).kind == arrival::fresh);
    CHECK(chat.verdict() == fault_counts{});
}

TEST_CASE("entries in log order but against the order of the chat are reordered") {
    model chat(1);
    chat.send(0);
    chat.send(0);
    std::swap(chat.log[0].chat_seq, chat.log[1].chat_seq);
    for (const std::uint32_t connection : {0u, 1u})
        for (const std::uint64_t seq : {1ULL, 2ULL}) chat.show(connection, seq);
    CHECK(chat.verdict().reordered == 2);
}

TEST_CASE("in a room every member is to be shown what one of them says") {
    const population who({.connections = 8, .users = 8, .seed = 5, .chat_size = 4});
    ledger book({.run = run_id, .noecho = true}, who);
    for (std::uint32_t connection = 0; connection < 8; ++connection) book.open(connection, 0);
    const std::uint32_t sender = 0;
    book.sent(sender, 1);
    book.acknowledged(sender, {.number = 1, .seq = 1, .chat_seq = 1});
    CHECK(book.expected() == 4);
    CHECK(book.accounted() == 1); // the acknowledgement stands for the sender's own entry
    std::string content;
    append_payload(content, {.run = run_id, .stream = sender, .number = 1}, 64);
    std::vector<std::uint32_t> others, strangers;
    for (std::uint32_t user = 1; user < 8; ++user)
        (who.chat_of(user) == who.chat_of(sender) ? others : strangers).push_back(user);
    REQUIRE(others.size() == 3);
    CHECK(book.shown(others[0], {.seq = 1, .chat_seq = 1, .content = content}).kind == arrival::fresh);
    CHECK(book.shown(others[1], {.seq = 1, .chat_seq = 1, .content = content}).kind == arrival::fresh);
    CHECK(book.judge({}).lost == 1);
    CHECK_FALSE(book.complete(others[2]));
    CHECK(book.shown(strangers[0], {.seq = 1, .chat_seq = 1, .content = content}).kind == arrival::misdelivered);
    CHECK(book.shown(others[2], {.seq = 1, .chat_seq = 1, .content = content}).kind == arrival::fresh);
    CHECK(book.judge({}).lost == 0);
    CHECK(book.judge({}).misdelivered == 1);
}
