#include "server/handlers/handlers.hpp"

#include "common/protocol/server_messages.hpp"
#include "common/protocol/text.hpp"
#include "server/services/delivery.hpp"
#include "server/services/log_requests.hpp"
#include "server/services/notices.hpp"

#include <exception>
#include <memory>
#include <utility>

namespace wsd {
namespace {

from_server::message_ack acknowledgement(const request_context& ctx, const appended& stored) {
    const message_record& message = *stored.message;
    const std::string_view state = state_text(stored.state);
    return {.message_id = message.id,
            .client_message_id = message.client_message_id,
            .chat_id = message.chat.view(),
            .seq = stored.sender_seq,
            .chat_seq = message.chat_seq,
            .recipient_id = message.recipient.view(),
            .state = state,
            .durability = durability_text(ctx.home.services.identity.level),
            .duplicate = stored.duplicate,
            .server_ts = ctx.home.time.wall_ms(),
            .timestamp = message.sent_at,
            .message = {.id = message.id,
                        .sender_id = message.sender.view(),
                        .recipient_id = message.recipient.view(),
                        .content = message.content,
                        .created_at = message.sent_at,
                        .state = state}};
}

// With `noecho` the reply stands for the event when it is exactly the next entry.
void reply_stands_for_event(request_context& ctx, const appended& stored) {
    log_cursor& cursor = ctx.caller.cursor;
    const bool next = cursor.position + 1 == stored.sender_seq && !ctx.caller.series;
    if (ctx.caller.hello.noecho && !stored.duplicate && next) cursor.position = stored.sender_seq;
}

// Outlives the handler: the connection's next frames are read while the message is stored.
class send_reply final : public due_reply {
  public:
    explicit send_reply(request_context&& request) : ctx_(std::move(request)) {}

    void give(const log_outcome& outcome) override {
        try {
            answer(outcome);
        } catch (const std::exception& e) {
            ctx_.fail(e.what());
        }
    }

  private:
    void answer(const log_outcome& outcome) {
        if (const errc* failure = std::get_if<errc>(&outcome)) return ctx_.refuse(*failure);
        const auto& stored = std::get<appended>(outcome);
        // Entries before this one go first, so that the reply may stand for its own.
        if (ctx_.caller.hello.noecho && !stored.duplicate)
            fill_output_up_to(ctx_.home, ctx_.caller, stored.sender_seq - 1);
        ctx_.reply(acknowledgement(ctx_, stored));
        reply_stands_for_event(ctx_, stored);
        ctx_.home.metrics.observe<metric::ack_latency>(ctx_.home.time.now() - ctx_.received);
    }

    request_context ctx_;
};

task<> refuse_in_turn(request_context& ctx, error_code code, std::string_view message) {
    co_await sends_settled(ctx.caller);
    ctx.refuse(code, message);
}

} // namespace

task<> handle(request_context& ctx, from_client::message_send frame) {
    if (is_blank(frame.content))
        co_return co_await refuse_in_turn(ctx, error_code::validation_error, "The content is only white space.");
    if (frame.recipient_id == ctx.user())
        co_return co_await refuse_in_turn(ctx, error_code::validation_error,
                                          "A message needs another recipient than its sender.");

    log_operation append = append_direct{.sender = ctx.user(),
                                         .recipient = std::move(frame.recipient_id),
                                         .content = std::move(frame.content),
                                         .client_message_id = std::move(frame.client_message_id)};
    shard& home = ctx.home;
    connection& caller = ctx.caller;
    // The second half of the queue is for connections that have nothing in it.
    if (!caller.sends.empty() && home.services.store.half_full()) co_await sends_settled(caller);
    std::unique_ptr<due_reply> reply = std::make_unique<send_reply>(std::move(ctx));
    if (submit_send(home, caller, std::move(append), reply)) co_return;
    co_await sends_settled(caller);
    reply->give(errc::busy);
}

} // namespace wsd
