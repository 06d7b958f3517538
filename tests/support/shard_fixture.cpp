#include "tests/support/shard_fixture.hpp"

#include "common/config/option_table.hpp"
#include "server/services/delivery.hpp"
#include "server/services/outbound.hpp"
#include "server/services/presence_delivery.hpp"
#include "server/services/typing.hpp"
#include "server/session/deadlines.hpp"
#include "server/session/run_session.hpp"
#include "server/session/shard_events.hpp"
#include "tests/unit/auth/token_maker.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <stdexcept>
#include <utility>
#include <variant>

namespace wsd::test {
namespace {

namespace json = boost::json;

std::string quoted(std::string_view text) { return json::serialize(json::string(text)); }

std::string word_of(const json::object& frame) {
    std::string word(frame.at("type").as_string());
    for (const char* name : {"code", "seq", "content", "duplicate", "mode", "upTo", "state"}) {
        const json::value* value = frame.if_contains(name);
        if (value == nullptr) continue;
        if (value->is_string()) return word + "(" + std::string(value->as_string()) + ")";
        return word + "(" + json::serialize(*value) + ")";
    }
    return word;
}

std::string word_of_close(const std::string& payload) {
    if (payload.size() < 2) return "CLOSE";
    const unsigned code = static_cast<unsigned char>(payload[0]) * 256u + static_cast<unsigned char>(payload[1]);
    const std::string reason = payload.substr(2);
    return "CLOSE(" + std::to_string(code) + (reason.empty() ? "" : " " + reason) + ")";
}

} // namespace

class breakable_log::reader final : public log_reader {
  public:
    reader(const breakable_log& owner, std::unique_ptr<log_reader> inner) : owner_(owner), inner_(std::move(inner)) {}
    result<resume_plan> plan_resume(const resume_request& request) override {
        if (owner_.unreadable) return errc::persistence;
        return inner_->plan_resume(request);
    }
    result<log_page> read_page(const page_request& request) override {
        if (owner_.unreadable) return errc::persistence;
        return inner_->read_page(request);
    }
    result<chat_answer> ask(const chat_question& question) override {
        if (owner_.unreadable) return errc::persistence;
        return inner_->ask(question);
    }
    result<contact_list> contacts(const contacts_request& request) override { return inner_->contacts(request); }
    result<member_page> read_members(const members_request& request) override { return inner_->read_members(request); }
    result<room_lookup> find_room(const room_request& request) override {
        if (owner_.unreadable) return errc::persistence;
        return inner_->find_room(request);
    }
    result<room_list> list_rooms(const room_list_request& request) override {
        if (owner_.unreadable) return errc::persistence;
        return inner_->list_rooms(request);
    }

  private:
    const breakable_log& owner_;
    std::unique_ptr<log_reader> inner_;
};

result<void> breakable_log::commit(std::span<const log_operation> operations, std::span<log_outcome> outcomes,
                                   timestamp now) {
    failed_ = failed_ || broken;
    if (failed_) return errc::persistence;
    return log_.commit(operations, outcomes, now);
}

bool breakable_log::recover() {
    failed_ = broken;
    return !failed_;
}

result<std::unique_ptr<log_reader>> breakable_log::open_reader() {
    auto inner = log_.open_reader();
    if (!inner) return inner.error();
    return std::make_unique<reader>(*this, *std::move(inner));
}

void client::send_hello(std::string_view caps) const {
    send(R"({"type":"HELLO","version":1,"caps":[)" + std::string(caps) + "]}");
}

void client::send_message(std::string_view recipient, std::string_view content, std::string_view client_id) const {
    std::string text =
        R"({"type":"MESSAGE_SEND","recipientId":)" + quoted(recipient) + ",\"content\":" + quoted(content);
    if (!client_id.empty()) text += ",\"clientMessageId\":" + quoted(client_id);
    send(text + "}");
}

std::vector<json::object> client::take() const {
    std::vector<json::object> frames;
    for (const wire_frame& frame : wire_->take_frames()) {
        if (frame.opcode == wire_frame::kind::text) frames.push_back(json::parse(frame.payload).as_object());
    }
    return frames;
}

std::vector<std::string> client::take_words() const {
    std::vector<std::string> words;
    for (const wire_frame& frame : wire_->take_frames()) {
        switch (frame.opcode) {
        case wire_frame::kind::text:
            words.push_back(word_of(json::parse(frame.payload).as_object()));
            break;
        case wire_frame::kind::ping:
            words.emplace_back("PING");
            break;
        case wire_frame::kind::pong:
            words.emplace_back("PONG");
            break;
        case wire_frame::kind::close:
            words.push_back(word_of_close(frame.payload));
            break;
        }
    }
    return words;
}

settings quiet_settings() {
    settings options = default_settings();
    // The first ping comes at a random time within the interval: years make that no test sees it.
    options.heartbeat_interval = std::chrono::hours(100'000);
    options.heartbeat_timeout = std::chrono::hours(200'000);
    return options;
}

shard_fixture::shard_fixture(const surroundings& around)
    : options(around.options), disk(around.keep), store(disk, time, *this, around.store),
      reader(disk, *this, around.reader), services_{.options = options,
                                                    .time = time,
                                                    .log = log,
                                                    .store = store,
                                                    .reader = reader,
                                                    .presence = *this,
                                                    .administration = *this,
                                                    .shards = *this,
                                                    .identity = disk.identity(),
                                                    .keys_at_start = key_set::from_secret(secret).value(),
                                                    .verification = around.verification} {
    constexpr std::size_t plenty = 1 << 20;
    inbox_ = std::make_unique<mailbox<shard_message, shard_fixture>>(
        io_, *this, mailbox<shard_message, shard_fixture>::queue::limits{.items = plenty, .bytes = plenty * 1024});
    home_ = std::make_unique<shard>(0, io_, services_, metrics_.make_block(), hash_seed{});
    if (!around.presence) return;
    const presence_service::surroundings all{.options = options,
                                             .time = time,
                                             .shards = *this,
                                             .reader = reader,
                                             .store = store,
                                             .metrics = metrics_.make_block(),
                                             .shard_count = 1};
    presence_ = std::make_unique<presence_service>(all, hash_seed{});
    presence_inbox_ = std::make_unique<mailbox<presence_request, presence_service>>(
        io_, *presence_,
        mailbox<presence_request, presence_service>::queue::limits{.items = plenty, .bytes = plenty * 1024});
}

shard_fixture::~shard_fixture() {
    begin_shutdown_of(*home_, {.deadline = time.now()}); // wakes what waits for a token
    for (const auto& wire : wires_) wire->reset();
    settle();
    store.drain_and_stop();
    step_shard();
    reader.stop();
}

client shard_fixture::connect(std::string user, std::string session, timestamp expires_at_ms) {
    identity who{.user = {std::move(user)}, .session = {std::move(session)}};
    if (expires_at_ms != 0) who.expires_at_ms = expires_at_ms;
    return connect(std::move(who));
}

client shard_fixture::connect(identity who) {
    auto wire = std::make_shared<memory_wire>(io_, time);
    wires_.push_back(wire);
    home_->tasks.spawn(run_session(*home_, std::make_unique<memory_peer>(wire), std::move(who), nullptr));
    return client(std::move(wire));
}

void shard_fixture::exclude(exclusion what, std::uint64_t request) {
    log_operation operation = std::visit([](auto& each) { return log_operation(std::move(each)); }, what);
    const store_ticket ticket{.request = ticket_number(ticket_use::administration, request)};
    (void)store.try_submit({.ticket = ticket, .command = std::move(operation)});
}

client shard_fixture::live(std::string user, std::string_view caps) {
    client made = connect(std::move(user));
    made.send_hello(caps);
    settle();
    (void)made.take_words();
    return made;
}

bool shard_fixture::turn() {
    home_->time.expire();
    std::size_t handled = 0;
    while (handled < 10'000 && io_.poll_one() != 0) ++handled;
    const bool dirty = !home_->dirty.empty();
    const bool idle = flush_dirty(*home_);
    home_->store_touched = false;
    return handled > 0 || dirty || !idle;
}

void shard_fixture::step_shard() {
    for (int turns = 0; turn(); ++turns) {
        if (turns > 10'000) throw std::logic_error("the shard does not come to rest");
    }
}

void shard_fixture::settle() {
    for (int rounds = 0;; ++rounds) {
        if (rounds > 10'000) throw std::logic_error("the server does not come to rest");
        step_shard();
        const bool committed = store.run_once() > 0;
        const bool read = reader.run_once();
        if (!committed && !read) return;
    }
}

void shard_fixture::advance(milliseconds by) {
    time.advance(by);
    home_->time.expire();
    tick(*home_);
    if (presence_) presence_->tick();
    settle();
}

void shard_fixture::pass_without_log(milliseconds duration) {
    constexpr milliseconds step{20};
    for (; duration > milliseconds(0); duration -= step) {
        time.advance(step);
        home_->time.expire();
        tick(*home_);
        step_shard();
    }
}

void shard_fixture::live_through(milliseconds duration) {
    constexpr milliseconds step{20};
    for (; duration > step; duration -= step) advance(step);
    advance(duration);
}

void shard_fixture::on_message(shard_message&& message) {
    if (auto* batch = std::get_if<store_batch>(&message)) deliver_batch(*home_, std::move(*batch));
    if (auto* reply = std::get_if<read_reply>(&message)) read_answered(*home_, std::move(*reply));
    if (auto* snapshot = std::get_if<presence_snapshot>(&message)) presence_answered(*home_, std::move(*snapshot));
    if (auto* changes = std::get_if<presence_batch>(&message)) deliver_presence(*home_, *changes);
    if (auto* notice = std::get_if<typing_notice>(&message)) announce_typing(*home_, *notice);
    if (auto* notice = std::get_if<room_typing>(&message)) announce_typing(*home_, *notice);
    if (auto* order = std::get_if<begin_shutdown>(&message)) begin_shutdown_of(*home_, *order);
}

void shard_fixture::deliver_read(std::uint16_t to, read_reply&& reply) {
    if (to != presence_service::mailbox_index()) return inbox_->push_reserved(std::move(reply));
    presence_inbox_->push_reserved(std::move(reply));
}

void shard_fixture::members_moved(std::vector<membership_change>&& changes) {
    if (presence_) presence_inbox_->push_reserved(wsd::members_moved{.changes = std::move(changes)});
}

void shard_fixture::contacts_made(const user_id& a, const user_id& b) {
    if (presence_) presence_inbox_->push_reserved(contacts_met{.a = a, .b = b});
}

bool shard_fixture::ask(presence_question&& question) {
    if (presence_) return presence_inbox_->try_push(std::move(question));
    inbox_->push_reserved(presence_snapshot{.ticket = question.ticket});
    return true;
}

bool shard_fixture::pass_on(room_typing&& typing) { return presence_ && presence_inbox_->try_push(std::move(typing)); }

void shard_fixture::tell(presence_request&& news) {
    if (const auto* opened = std::get_if<connection_opened>(&news))
        presence_news.push_back("opened " + opened->user.value);
    if (const auto* ended = std::get_if<connection_ended>(&news))
        presence_news.push_back((ended->at_once ? "left " : "ended ") + ended->user.value);
    if (presence_) presence_inbox_->push_reserved(std::move(news));
}

shard_fixture::surroundings without_rate_limit() {
    shard_fixture::surroundings around;
    around.options.rate_limit_messages = 1'000'000;
    return around;
}

void send_many(shard_fixture& server, const client& from, std::string_view to, int count, std::string_view content) {
    for (int i = 0; i < count; ++i) from.send_message(to, content);
    server.settle();
}

} // namespace wsd::test
