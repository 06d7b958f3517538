// What encoding, decoding and framing cost per frame: bodies of 64 bytes, ids as long as in practice.
#include "common/base/ids.hpp"
#include "common/protocol/chat_id.hpp"
#include "common/protocol/client_frames.hpp"
#include "common/protocol/decode.hpp"
#include "common/protocol/encode.hpp"
#include "common/protocol/envelope.hpp"
#include "common/protocol/frame_header.hpp"
#include "common/protocol/frame_table.hpp"
#include "common/protocol/json_writer.hpp"
#include "common/protocol/server_frames.hpp"
#include "common/protocol/strict_json.hpp"

#include <benchmark/benchmark.h>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/object.hpp>

#include <string>

namespace {

using namespace wsd;

constexpr std::string_view body = "The quick brown fox jumps over the lazy dog; sixty-four bytes...";
static_assert(body.size() == 64);
const message_id id = message_id::make(1782036003000, 0x0a10, 47);

from_server::message_receive receive_frame() {
    return {.seq = 12347,
            .message_id = id,
            .chat_id = "dm:user-000017:user-000018",
            .chat_seq = 519,
            .sender_id = "user-000017",
            .recipient_id = "user-000018",
            .content = body,
            .timestamp = 1782036003000};
}

from_server::message_ack ack_frame() {
    return {.correlation_id = "k-000017",
            .message_id = id,
            .client_message_id = "c-0000171717",
            .chat_id = "dm:user-000017:user-000018",
            .seq = 12347,
            .chat_seq = 519,
            .recipient_id = "user-000018",
            .durability = "fsync",
            .server_ts = 1782036003000,
            .timestamp = 1782036003000,
            .message = {.id = id,
                        .sender_id = "user-000017",
                        .recipient_id = "user-000018",
                        .content = body,
                        .created_at = 1782036003000}};
}

template <class Frame> void encode_one(benchmark::State& state, const Frame& frame) {
    std::string out;
    for (auto _ : state) {
        out.clear();
        encode(out, frame);
        benchmark::DoNotOptimize(out.data());
    }
    state.counters["bytes"] = static_cast<double>(out.size());
}
BENCHMARK_CAPTURE(encode_one, message_receive, receive_frame());
BENCHMARK_CAPTURE(encode_one, message_ack, ack_frame());
BENCHMARK_CAPTURE(encode_one, message_state_update,
                  from_server::message_state_update{
                      .message_id = id, .state = "delivered", .timestamp = 1782036003000});

// A burst for one connection: frames appended to one output.
void append_framed(benchmark::State& state) {
    const auto frame = receive_frame();
    std::string out;
    for (auto _ : state) {
        if (out.size() > 16384) out.clear();
        append_text_frame(out, [&](std::string& to) { encode(to, frame); });
        benchmark::DoNotOptimize(out.data());
    }
}
BENCHMARK(append_framed);

void append_shared_tail(benchmark::State& state) {
    std::string tail;
    encode_event_tail(tail, receive_frame());
    std::string out;
    std::uint64_t seq = 0;
    for (auto _ : state) {
        if (out.size() > 16384) out.clear();
        append_text_frame(out,
                          [&](std::string& to) { append_event(to, from_server::message_receive::type, ++seq, tail); });
        benchmark::DoNotOptimize(out.data());
    }
}
BENCHMARK(append_shared_tail);

constexpr std::string_view send_text =
    R"({"type":"MESSAGE_SEND","correlationId":"k-000017","recipientId":"user-000018","clientMessageId":"c-0000171717",)"
    R"("content":"The quick brown fox jumps over the lazy dog; sixty-four bytes..."})";

// As a read loop does it: parse into a buffer on the stack, look at the envelope and the type, decode.
void receive_message_send(benchmark::State& state) {
    strict_parser parser;
    const decode_limits limits;
    for (auto _ : state) {
        unsigned char buffer[4096];
        boost::json::monotonic_resource memory(buffer);
        const auto value = parser.parse(send_text, &memory);
        const auto head = read_envelope(*value);
        const auto type = find_client_type(head->type);
        benchmark::DoNotOptimize(type);
        const auto frame = decode<from_client::message_send>(value->get_object(), limits);
        benchmark::DoNotOptimize(frame->content.data());
    }
}
BENCHMARK(receive_message_send);

void decode_only(benchmark::State& state) {
    strict_parser parser;
    const decode_limits limits;
    const auto value = parser.parse(send_text);
    for (auto _ : state) {
        const auto frame = decode<from_client::message_send>(value->get_object(), limits);
        benchmark::DoNotOptimize(frame->content.data());
    }
}
BENCHMARK(decode_only);

void envelope_and_type(benchmark::State& state) {
    strict_parser parser;
    const auto value = parser.parse(send_text);
    for (auto _ : state) {
        const auto head = read_envelope(*value);
        benchmark::DoNotOptimize(find_client_type(head->type));
    }
}
BENCHMARK(envelope_and_type);

void scan_for_escapes(benchmark::State& state) {
    const std::string text(static_cast<std::size_t>(state.range(0)), 'x');
    for (auto _ : state) benchmark::DoNotOptimize(find_escape(text));
}
BENCHMARK(scan_for_escapes)->Arg(11)->Arg(64)->Arg(10000);

void name_direct_chat(benchmark::State& state) {
    const user_id one{"user-000017"};
    const user_id other{"user-000018"};
    for (auto _ : state) benchmark::DoNotOptimize(direct_chat_id(one, other));
}
BENCHMARK(name_direct_chat);

} // namespace
