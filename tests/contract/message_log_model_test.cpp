#include "tests/support/log_fixture.hpp"
#include "tests/support/naive_log.hpp"

#include <catch_amalgamated.hpp>

#include <algorithm>
#include <functional>
#include <random>
#include <string>
#include <vector>

using namespace wsd;
using wsd::test::log_fixture;
using wsd::test::naive_log;

namespace {

// Drives a log and the model with the same random operations, several to a commit, and compares every answer.
class model_run {
  public:
    model_run(const std::string& implementation, unsigned seed) : log_(implementation), random_(seed) {}

    void round() {
        const auto count = below(12) + 1;
        operations_.clear();
        checks_.clear();
        for (std::size_t i = 0; i < count; ++i) add_operation();
        log_.now += static_cast<timestamp>(below(5)) - 2;
        const auto outcomes = log_.commit(operations_);
        for (std::size_t i = 0; i < outcomes.size(); ++i) checks_[i](outcomes[i]);
        if (below(10) == 0) check_user(name());
        if (below(40) == 0 && log_.survives_reopen()) log_.reopen();
    }

    void check_user(const std::string& user) {
        const auto& expected = model_.log_of(user);
        resume_request request;
        request.user = {user};
        request.start = below(expected.size() + 1);
        CHECK(log_.plan(request).from == model_.oldest_undelivered(user, request.start) + 1);

        const auto from = below(expected.size() + 1) + 1;
        const auto page = log_.page(user, from, expected.size(), below(30) + 1);
        if (from <= expected.size()) REQUIRE_FALSE(page.entries.empty());
        for (std::size_t i = 0; i < page.entries.size(); ++i) {
            REQUIRE(page.entries[i].seq == from + i);
            check_message(page.entries[i].message, expected[from + i - 1]);
            CHECK(page.entries[i].state == model_.messages()[expected[from + i - 1]].state);
        }

        auto contacts = log_.reader().contacts({.user = {user}, .max = 100}).value().users;
        std::sort(contacts.begin(), contacts.end());
        const auto wanted = model_.contacts(user);
        REQUIRE(contacts.size() == wanted.size());
        for (std::size_t i = 0; i < wanted.size(); ++i) CHECK(contacts[i].value == wanted[i]);
    }

  private:
    std::size_t below(std::size_t limit) { return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random_); }
    std::string name() { return std::string(1, static_cast<char>('a' + below(6))); }

    void add_operation() {
        switch (below(10)) {
        case 0:
            return add_open();
        case 1:
        case 2:
            return add_confirm();
        case 3:
            return add_up_to();
        case 4:
            return add_replayed();
        default:
            return add_append();
        }
    }

    void add_append() {
        const auto from = name();
        auto to = name();
        while (to == from) to = name();
        const auto content = "m" + std::to_string(below(3));
        const auto client_id = below(3) == 0 ? "c" + std::to_string(below(40)) : std::string();
        operations_.emplace_back(append_direct{{from}, {to}, content, client_id});
        const auto expected = model_.append(from, to, content, client_id);
        const auto state = model_.messages()[expected.index].state;
        checks_.emplace_back([this, expected, state](const log_outcome& outcome) {
            if (expected.conflict) {
                REQUIRE(std::get<errc>(outcome) == errc::conflict);
                return;
            }
            const auto& done = std::get<appended>(outcome);
            CHECK(done.duplicate == expected.duplicate);
            CHECK(done.contacts == expected.contacts);
            CHECK(done.new_contacts == expected.new_contacts);
            CHECK(done.sender_seq == model_.messages()[expected.index].sender_seq);
            CHECK(done.recipient_seq == model_.messages()[expected.index].recipient_seq);
            CHECK(done.state == state);
            if (!done.duplicate) ids_.push_back(done.message->id);
            check_message(done.message, expected.index);
        });
    }

    void add_confirm() {
        if (ids_.empty()) return add_append();
        const auto index = below(ids_.size());
        const auto& message = model_.messages()[index];
        const auto user = below(4) == 0 ? name() : message.recipient;
        const auto kind = below(2) == 0 ? receipt_kind::delivered : receipt_kind::read;
        operations_.emplace_back(confirm_message{{user}, ids_[index], kind});
        expect(user, model_.confirm(user, index, kind), true);
    }

    void add_up_to() {
        const auto user = name();
        const auto seq = below(model_.log_of(user).size() + 2);
        const auto device = below(2) == 0 ? std::string() : "d" + std::to_string(below(4));
        operations_.emplace_back(confirm_up_to{{user}, {device}, seq});
        expect(user, model_.up_to(user, seq, device), false);
    }

    void add_replayed() {
        const auto user = name();
        const auto from = below(model_.log_of(user).size() + 1) + 1;
        const auto to = from + below(20);
        operations_.emplace_back(confirm_replayed{{user}, from, to});
        expect(user, model_.replayed(user, from, to), false);
    }

    void add_open() {
        open_user operation;
        operation.user = {name()};
        if (below(3) > 0) operation.device = {"d" + std::to_string(below(4))};
        operation.max_devices = 3;
        const auto asked = "c" + std::to_string(below(40));
        operation.pending = {asked};
        operations_.emplace_back(operation);
        const auto head = model_.log_of(operation.user.value).size();
        const auto position = model_.hello(operation.user.value, operation.device.value, 3);
        const auto newest = model_.newest(operation.user.value, asked);
        const auto state = newest ? model_.messages()[*newest].state : message_state::sent;
        checks_.emplace_back([this, head, position, newest, state](const log_outcome& outcome) {
            const auto& opened = std::get<opened_user>(outcome);
            CHECK(opened.head == head);
            CHECK(opened.floor == 1);
            CHECK(opened.device_position == position);
            const auto& found = opened.pending.at(0).message;
            REQUIRE(found.has_value() == newest.has_value());
            if (!found) return;
            CHECK(found->id.to_string() == ids_.at(*newest).to_string());
            CHECK(found->seq == model_.messages()[*newest].sender_seq);
            CHECK(found->chat_seq == model_.messages()[*newest].chat_seq);
            CHECK(found->state == state);
        });
    }

    void expect(const std::string& user, const naive_log::receipt_answer& expected, bool one) {
        checks_.emplace_back([this, user, expected, one](const log_outcome& outcome) {
            const auto& done = std::get<confirmed>(outcome);
            CHECK(done.status == expected.status);
            if (one && expected.status != confirm_status::not_found) CHECK(done.state == expected.state);
            REQUIRE(done.changes.size() == expected.changed.size());
            for (std::size_t i = 0; i < expected.changed.size(); ++i) {
                const auto& message = model_.messages()[expected.changed[i]];
                CHECK(done.changes[i].id.to_string() == ids_.at(expected.changed[i]).to_string());
                CHECK(done.changes[i].author.value == message.sender);
                CHECK(done.changes[i].recipient.value == user);
                CHECK(done.changes[i].author_seq == message.sender_seq);
                CHECK(done.changes[i].recipient_seq == message.recipient_seq);
            }
            REQUIRE(done.read_position_moved.has_value() == expected.read_position.has_value());
            if (expected.read_position) CHECK(done.read_position_moved->chat_seq == *expected.read_position);
        });
    }

    void check_message(const std::shared_ptr<const message_record>& record, std::size_t index) {
        REQUIRE(record);
        const auto& expected = model_.messages()[index];
        CHECK(record->id.to_string() == ids_.at(index).to_string());
        CHECK(record->sender.value == expected.sender);
        CHECK(record->recipient.value == expected.recipient);
        CHECK(record->content == expected.content);
        CHECK(record->client_message_id == expected.client_id);
        CHECK(record->chat_seq == expected.chat_seq);
    }

    log_fixture log_;
    naive_log model_;
    std::mt19937 random_;
    std::vector<log_operation> operations_;
    std::vector<std::function<void(const log_outcome&)>> checks_;
    std::vector<message_id> ids_; // of the model's messages
};

} // namespace

TEST_CASE("a log answers any sequence of operations as the model does") {
    const auto implementation = GENERATE(as<std::string>{}, "memory", "sqlite");
    const auto seed = std::random_device{}();
    INFO("log " << implementation << ", seed " << seed);
    model_run run(implementation, seed);
    for (int i = 0; i < 250; ++i) run.round();
    for (const std::string user : {"a", "b", "c", "d", "e", "f"}) run.check_user(user);
}
