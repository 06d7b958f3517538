#include "server/handlers/store_and_answer.hpp"

#include "server/services/log_requests.hpp"

#include <exception>
#include <memory>

namespace wsd {
namespace {

// Outlives the handler.
class stored_reply final : public due_reply {
  public:
    stored_reply(request_context&& request, answer_function how) : ctx_(std::move(request)), answer_(how) {}

    void give(const log_outcome& outcome) override {
        try {
            answer_(ctx_, outcome);
        } catch (const std::exception& e) {
            ctx_.fail(e.what());
        }
    }

  private:
    request_context ctx_;
    answer_function answer_;
};

} // namespace

task<> store_and_answer(request_context& ctx, log_operation append, answer_function how) {
    shard& home = ctx.home;
    connection& caller = ctx.caller;
    // The second half of the queue is for connections that have nothing in it.
    if (!caller.sends.empty() && home.services.store.half_full()) co_await sends_settled(caller);
    std::unique_ptr<due_reply> reply = std::make_unique<stored_reply>(std::move(ctx), how);
    if (submit_send(home, caller, std::move(append), reply)) co_return;
    co_await sends_settled(caller);
    reply->give(errc::busy);
}

} // namespace wsd
