#include "loadgen/scenarios/loads.hpp"

#include "common/protocol/encode.hpp"
#include "loadgen/probe.hpp"
#include "loadgen/state/sequence_set.hpp"
#include "loadgen/worker.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>

namespace wsd::loadgen {
namespace {

using namespace std::chrono_literals;
using kind = incoming::kind;

constexpr auto look = 5ms;
constexpr auto catch_up_longest = 30s;
// The system's: a small one would let a few KB through at a time when it is read in the end.
constexpr int receive_buffer = 0;
constexpr std::uint32_t window = 64; // messages under way to the reader that stalls
constexpr std::uint32_t bytes_of_a_message = 2000;
// More than any buffer between writer and reader holds, and fewer than servers keep of a user's log by default.
constexpr std::uint32_t messages_max = 5000;

// What the stalled reader was sent, and what it saw in the end.
struct account {
    std::uint32_t sent = 0;
    sequence_set acked;
    sequence_set shown;
    std::uint32_t last_shown = 0;
    std::uint64_t refused = 0;
    std::uint64_t repeated = 0;
    std::uint64_t out_of_order = 0;
    std::uint64_t cursor = 0;

    void show(const incoming& frame) {
        std::uint32_t number = 0;
        const auto text = frame.content.substr(0, frame.content.find(' '));
        std::from_chars(text.data(), text.data() + text.size(), number);
        cursor = std::max(cursor, frame.seq);
        if (shown.insert(number) != sequence_set::outcome::added) {
            ++repeated;
        } else if (number < last_shown) {
            ++out_of_order;
        }
        last_shown = std::max(last_shown, number);
    }
};

void send_next(worker& on, probe& from, const probe& to, account& book) {
    from_client::message_send message;
    message.recipient_id.value = on.plan().users.user(to.user());
    message.client_message_id = std::to_string(++book.sent);
    message.content = message.client_message_id + ' ';
    message.content.resize(bytes_of_a_message, '.');
    std::string text;
    encode(text, message);
    from.send(text);
}

// A server may let a reader stall for as long as it likes, unless --stall says that it does not.
void expect_close(worker& on, std::optional<std::uint16_t> code) {
    if (!code && on.plan().options.stall.count() == 0) return;
    // 1006: what was in front of the close frame was never taken.
    const bool allowed = code == 1013 || code == 1006;
    on.expect("how the server ended the stalled connection", "1013",
              allowed ? "1013"
              : code  ? std::to_string(*code)
                      : "not at all");
}

} // namespace

task<> stall_a_reader(worker& on) {
    on.spawn(exchange_messages(on));
    account book;
    auto& reader = on.add_probe([&book](const incoming& frame) {
        if (frame.what == kind::message) book.show(frame);
        if (frame.what == kind::entry) book.cursor = std::max(book.cursor, frame.seq);
    });
    auto& writer = on.add_probe([&book](const incoming& frame) {
        if (frame.what == kind::acked) {
            std::uint32_t number = 0;
            const auto name = frame.client_message_id;
            std::from_chars(name.data(), name.data() + name.size(), number);
            book.acked.insert(number);
        }
        if (frame.what == kind::refused) ++book.refused;
    });
    auto problem = co_await reader.open({}, receive_buffer);
    if (!problem) problem = co_await writer.open({}, 0);
    on.expect("connections of writer and reader", "open", problem ? *problem : "open");
    if (problem) {
        reader.abort();
        writer.abort();
        co_return;
    }
    writer.start_reading();
    book.cursor = reader.head();
    const probe::cursor start{.epoch = reader.epoch(), .seq = reader.head()};
    const auto answered = [&] { return static_cast<std::uint32_t>(book.acked.size() + book.refused); };
    while (!on.load_over() && !writer.close_code()) {
        while (book.sent < std::min(messages_max, answered() + window)) send_next(on, writer, reader, book);
        co_await on.pause(look);
    }
    const auto end = on.now() + catch_up_longest;
    while (answered() < book.sent && !writer.close_code() && on.now() < end) co_await on.pause(look);
    on.expect("messages to the reader that stalls, acknowledged", book.sent, book.acked.size());
    // Now it reads: what the kernel kept, and behind that the end of the connection, or the rest.
    reader.start_reading();
    const auto complete = [&] { return book.acked.count_missing_in(book.shown, book.sent) == 0; };
    while (!complete() && !reader.close_code() && on.now() < end) co_await on.pause(look);
    const auto code = reader.close_code();
    expect_close(on, code);
    if (code) {
        const probe::cursor back{.epoch = start.epoch, .seq = std::max(start.seq, book.cursor)};
        problem = co_await reader.open(back, 0);
        on.expect("the reader's return", "open", problem ? *problem : "open");
        if (!problem) reader.start_reading();
    }
    while (!complete() && !problem && on.now() < end) co_await on.pause(look);
    on.expect("acknowledged messages that the reader never saw", 0, book.acked.count_missing_in(book.shown, book.sent));
    on.expect("messages that it saw twice", 0, book.repeated);
    on.expect("messages that it saw out of order", 0, book.out_of_order);
    reader.abort();
    writer.abort();
}

} // namespace wsd::loadgen
