#include "server/handlers/handlers.hpp"

#include "common/protocol/server_room_posts.hpp"
#include "server/services/delivery.hpp"
#include "server/services/log_requests.hpp"
#include "server/services/notices.hpp"

#include <exception>
#include <memory>
#include <utility>

namespace wsd {
namespace {

from_server::room_message_response response_to(const request_context& ctx, const posted& stored) {
    const message_record& message = *stored.message;
    return {.room_id = message.room.view(),
            .message_id = message.id,
            .chat_id = message.chat.view(),
            .seq = stored.sender_seq,
            .chat_seq = message.chat_seq,
            .member_count = stored.member_count,
            .durability = durability_text(ctx.home.services.identity.level),
            .timestamp = message.sent_at,
            .duplicate = stored.duplicate,
            .client_message_id = message.client_message_id};
}

// Outlives the handler: the connection's next frames are read while the message is stored.
class post_reply final : public due_reply {
  public:
    explicit post_reply(request_context&& request) : ctx_(std::move(request)) {}

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
        const auto& stored = std::get<posted>(outcome);
        if (stored.status == post_status::not_found) return ctx_.refuse(error_code::not_found);
        if (stored.status == post_status::blank)
            return ctx_.refuse(error_code::validation_error, "The content is only white space.");
        // Entries before this one go first, so that the reply may stand for its own.
        const bool stands = ctx_.caller.hello.noecho && !stored.duplicate;
        if (stands) fill_output_up_to(ctx_.home, ctx_.caller, stored.sender_seq - 1);
        ctx_.reply(response_to(ctx_, stored));
        log_cursor& cursor = ctx_.caller.cursor;
        if (stands && cursor.position + 1 == stored.sender_seq && !ctx_.caller.series)
            cursor.position = stored.sender_seq;
        ctx_.home.metrics.observe<metric::ack_latency>(ctx_.home.time.now() - ctx_.received);
    }

    request_context ctx_;
};

} // namespace

task<> handle(request_context& ctx, from_client::room_message frame) {
    log_operation append = append_room{.sender = ctx.user(),
                                       .room = std::move(frame.room_id),
                                       .content = std::move(frame.content),
                                       .message_type = std::move(frame.message_type),
                                       .client_message_id = std::move(frame.client_message_id)};
    shard& home = ctx.home;
    connection& caller = ctx.caller;
    // The second half of the queue is for connections that have nothing in it.
    if (!caller.sends.empty() && home.services.store.half_full()) co_await sends_settled(caller);
    std::unique_ptr<due_reply> reply = std::make_unique<post_reply>(std::move(ctx));
    if (submit_send(home, caller, std::move(append), reply)) co_return;
    co_await sends_settled(caller);
    reply->give(errc::busy);
}

} // namespace wsd
