#pragma once

#include "common/config/settings.hpp"
#include "server/observe/metrics.hpp"
#include "server/runtime/mailbox.hpp"
#include "server/runtime/presence_link.hpp"
#include "server/runtime/router.hpp"
#include "server/runtime/shard.hpp"
#include "server/services/presence_service.hpp"
#include "server/storage/memory_log.hpp"
#include "server/storage/reader_thread.hpp"
#include "server/storage/store_thread.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/memory_peer.hpp"
#include "tests/support/recording_logger.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/json/object.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace wsd::test {

// A log in memory whose disk can break.
class breakable_log final : public message_log {
  public:
    explicit breakable_log(const log_retention& keep = {}) : log_(make_store_name(), keep) {}

    bool broken = false;     // commits fail, and recovery does
    bool unreadable = false; // pages can't be read

    [[nodiscard]] const log_identity& identity() const override { return log_.identity(); }
    [[nodiscard]] result<void> commit(std::span<const log_operation> operations, std::span<log_outcome> outcomes,
                                      timestamp now) override;
    [[nodiscard]] result<opened_user> open_unwritten(const open_user& operation) override {
        return log_.open_unwritten(operation);
    }
    [[nodiscard]] result<std::vector<exclusion>> read_exclusions() override { return log_.read_exclusions(); }
    [[nodiscard]] std::string last_error() const override { return failed_ ? "the disk is broken" : ""; }
    [[nodiscard]] bool recover() override;
    [[nodiscard]] result<std::unique_ptr<log_reader>> open_reader() override;
    void close() override { log_.close(); }

  private:
    class reader;
    memory_log log_;
    bool failed_ = false;
};

// A WebSocket client of a shard_fixture. A handle: copies are the same client.
class client {
  public:
    explicit client(std::shared_ptr<memory_wire> wire) : wire_(std::move(wire)) {}

    [[nodiscard]] memory_wire& wire() const { return *wire_; }
    void send(std::string_view text) const { wire_->send(std::string(text)); }
    void send_hello(std::string_view caps = "") const; // e.g. `"seq","noecho"`
    void send_message(std::string_view recipient, std::string_view content, std::string_view client_id = "") const;

    // The text frames that arrived since the last call of any take function.
    [[nodiscard]] std::vector<boost::json::object> take() const;
    // One word per frame: the type, then in brackets what tells it from others of its type (code, seq, content);
    // `PING`, `CLOSE(1001 SERVER_SHUTDOWN)`.
    [[nodiscard]] std::vector<std::string> take_words() const;

  private:
    std::shared_ptr<memory_wire> wire_;
};

// The defaults, but pings come once in hours, so that they don't disturb.
settings quiet_settings();

// One shard with everything around it, stepped by the test on one thread; the clock stands still unless told.
class shard_fixture final : store_sink, router, presence_link, admin_link {
  public:
    struct surroundings {
        settings options = quiet_settings();
        store_options store{};
        reader_options reader{};
        verify_options verification{};
        bool presence = false; // else nobody is ever shown to be online
        log_retention keep{};
    };
    shard_fixture() : shard_fixture(surroundings{}) {}
    explicit shard_fixture(const surroundings& around);
    ~shard_fixture() override; // ends every session
    shard_fixture(const shard_fixture&) = delete;
    shard_fixture& operator=(const shard_fixture&) = delete;

    // After the 101; not stepped.
    [[nodiscard]] client connect(std::string user, std::string session = "default", timestamp expires_at_ms = 0);
    [[nodiscard]] client connect(identity who);
    // Connected, HELLO answered, what came so far is taken.
    [[nodiscard]] client live(std::string user, std::string_view caps = R"("seq","cumack")");

    // The shard's own turns until nothing moves: neither log nor reader is asked.
    void step_shard();
    // Everything until nothing moves.
    void settle();
    // Time passes at once, then the shard looks what is due, and presence once, then everything settles.
    void advance(milliseconds by);
    // The same in the steps of the shard's wheel.
    void live_through(milliseconds time);
    // Time passes for the shard while neither log nor reader answers.
    void pass_without_log(milliseconds time);
    // As the administration does; not stepped.
    void exclude(exclusion what, std::uint64_t request = 1);
    // As on SIGTERM, with this time for everybody to leave; not stepped.
    void begin_to_shut_down(milliseconds patience) { on_message(begin_shutdown{.deadline = time.now() + patience}); }

    manual_clock time;
    recording_logger log{log_level::warn};
    settings options;
    breakable_log disk;
    store_thread store;
    reader_thread reader;
    std::vector<std::string> presence_news; // `opened anna`, `ended anna`, `left anna`

    std::vector<exclusion_answer> exclusion_answers;

    [[nodiscard]] shard& home() { return *home_; }
    void on_message(shard_message&& message);

  private:
    void deliver(std::uint16_t, store_batch&& batch) override { inbox_->push_reserved(std::move(batch)); }
    void deliver_read(std::uint16_t shard, read_reply&& reply) override;
    void members_moved(std::vector<membership_change>&& changes) override;
    void contacts_made(const user_id& a, const user_id& b) override;
    [[nodiscard]] std::uint16_t home_of(const user_id&) const override { return 0; }
    void post(std::uint16_t, shard_message&& message) override { inbox_->push_reserved(std::move(message)); }
    [[nodiscard]] bool try_post(std::uint16_t, shard_message&& message) override {
        return inbox_->try_push(std::move(message));
    }
    [[nodiscard]] bool ask(presence_question&& question) override;
    [[nodiscard]] bool pass_on(room_typing&& typing) override;
    void tell(presence_request&& news) override;
    void answer(const exclusion_answer& what) override { exclusion_answers.push_back(what); }
    [[nodiscard]] bool turn();

    boost::asio::io_context io_{1};
    boost::asio::executor_work_guard<executor> work_{io_.get_executor()};
    metrics_registry metrics_{"test", log};
    shard_services services_;
    std::unique_ptr<mailbox<shard_message, shard_fixture>> inbox_;
    std::unique_ptr<shard> home_;
    std::unique_ptr<presence_service> presence_;
    std::unique_ptr<mailbox<presence_request, presence_service>> presence_inbox_;
    std::vector<std::shared_ptr<memory_wire>> wires_;
};

[[nodiscard]] shard_fixture::surroundings without_rate_limit();

// All at once, then everything settles.
void send_many(shard_fixture& server, const client& from, std::string_view to, int count, std::string_view content);

} // namespace wsd::test
