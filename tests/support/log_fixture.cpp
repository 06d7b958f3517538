#include "tests/support/log_fixture.hpp"

#include "server/storage/memory_log.hpp"

#include <stdexcept>

namespace wsd::test {
log_fixture::log_fixture(std::string_view implementation, const log_retention& keep) {
    options_.keep = keep;
    if (implementation == "sqlite") {
        options_.level = durability::os;
        options_.fold_window = 8;
        options_.wal_pages = 64;
        directory_.emplace();
    }
    open_log();
}

log_fixture::log_fixture(const sqlite_options& options) : options_(options) {
    directory_.emplace();
    open_log();
}

log_fixture::~log_fixture() {
    reader_.reset();
    log_.reset();
}

void log_fixture::open_log() {
    if (!directory_) {
        log_ = std::make_unique<memory_log>(make_store_name(), options_.keep);
        return;
    }
    options_.directory = directory_->path();
    auto opened = open_sqlite_log(options_);
    if (!opened.log) throw std::runtime_error(opened.problem);
    log_ = std::move(opened.log);
}

log_reader& log_fixture::reader() {
    if (!reader_) reader_ = log_->open_reader().value();
    return *reader_;
}

void log_fixture::reopen() {
    reader_.reset();
    log_->close();
    log_.reset();
    open_log();
}

std::vector<log_outcome> log_fixture::commit(const std::vector<log_operation>& operations) {
    std::vector<log_outcome> outcomes(operations.size(), log_outcome{errc::invalid});
    if (!log_->commit(operations, outcomes, now)) throw std::runtime_error("commit failed: " + log_->last_error());
    return outcomes;
}

log_outcome log_fixture::apply(log_operation operation) { return commit({std::move(operation)}).front(); }

appended log_fixture::send(std::string from, std::string to, std::string content, std::string client_id) {
    return apply_as<appended>(append_direct{.sender = {std::move(from)},
                                            .recipient = {std::move(to)},
                                            .content = std::move(content),
                                            .client_message_id = std::move(client_id)});
}

opened_user log_fixture::open(std::string user, std::string device, std::vector<std::string> pending) {
    open_user operation;
    operation.user = {std::move(user)};
    operation.device = {std::move(device)};
    operation.pending = std::move(pending);
    return apply_as<opened_user>(std::move(operation));
}

confirmed log_fixture::deliver(std::string user, const message_id& id) {
    return apply_as<confirmed>(confirm_message{{std::move(user)}, id, receipt_kind::delivered});
}

confirmed log_fixture::read(std::string user, const message_id& id) {
    return apply_as<confirmed>(confirm_message{{std::move(user)}, id, receipt_kind::read});
}

confirmed log_fixture::up_to(std::string user, std::uint64_t seq, std::string device) {
    return apply_as<confirmed>(confirm_up_to{{std::move(user)}, {std::move(device)}, seq});
}

mutated log_fixture::edit(std::string user, const message_id& id, std::string content) {
    return apply_as<mutated>(edit_message{{std::move(user)}, id, std::move(content)});
}

mutated log_fixture::erase(std::string user, const message_id& id) {
    return apply_as<mutated>(delete_message{{std::move(user)}, id});
}

std::uint32_t log_fixture::trim() {
    constexpr std::uint32_t all = 1000;
    return apply_as<trimmed>(trim_logs{.users_max = all}).users;
}

chat_list log_fixture::chats(const std::string& user) {
    return std::get<chat_list>(reader().ask(chat_list_request{.user = {user}}).value());
}

std::vector<conversation_state> log_fixture::conversations(const std::string& user) {
    conversations_request request{.user = {user}, .chats = chats(user).chats};
    return std::get<conversation_page>(reader().ask(request).value()).conversations;
}

resume_plan log_fixture::plan(const resume_request& request) { return reader().plan_resume(request).value(); }

resume_plan log_fixture::plan_default(const std::string& user) {
    resume_request request;
    request.user = {user};
    request.start = open(user).head;
    return plan(request);
}

log_page log_fixture::page(const std::string& user, std::uint64_t from, std::uint64_t to, std::size_t max_entries) {
    page_request request;
    request.user = {user};
    request.from = from;
    request.to = to;
    request.max_entries = max_entries;
    return reader().read_page(request).value();
}

std::vector<log_entry> log_fixture::replay(const std::string& user, std::uint64_t from, std::uint64_t to) {
    std::vector<log_entry> shown;
    for (auto next = from; next <= to;) {
        const page_request request{.user = {user}, .from = next, .to = to, .max_entries = 3, .replayed_from = from};
        auto page = reader().read_page(request).value();
        if (page.entries.empty()) throw std::runtime_error("an empty page");
        next += page.entries.size();
        for (auto& entry : page.entries) {
            if (entry.shown) shown.push_back(std::move(entry));
        }
    }
    return shown;
}

} // namespace wsd::test
