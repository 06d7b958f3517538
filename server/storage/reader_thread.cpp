#include "server/storage/reader_thread.hpp"

#include <utility>
#include <variant>

namespace wsd {
namespace {

template <class Value> void set(read_reply& reply, result<Value>&& outcome) {
    if (outcome) {
        reply.outcome = *std::move(outcome);
    } else {
        reply.outcome = outcome.error();
    }
}

struct answer_with {
    log_reader& reader;
    read_reply& reply;

    void operator()(const resume_request& request) const { set(reply, reader.plan_resume(request)); }
    void operator()(const page_request& request) const { set(reply, reader.read_page(request)); }
    void operator()(const chat_question& question) const { set(reply, reader.ask(question)); }
    void operator()(const contacts_request& request) const { set(reply, reader.contacts(request)); }
    void operator()(const members_request& request) const { set(reply, reader.read_members(request)); }
    void operator()(const room_request& request) const { set(reply, reader.find_room(request)); }
    void operator()(const room_list_request& request) const { set(reply, reader.list_rooms(request)); }
};

} // namespace

reader_thread::reader_thread(message_log& log, store_sink& sink, const reader_options& options)
    : log_(log), sink_(sink), queue_({.items = options.max_jobs, .bytes = options.max_jobs}) {}

reader_thread::~reader_thread() { stop(); }

bool reader_thread::try_submit(read_job&& job) {
    if (!queue_.try_push(std::move(job), 1)) {
        metrics_.refused.fetch_add(1, std::memory_order_relaxed);
        return false;
    }
    queue_.wake();
    return true;
}

void reader_thread::start() {
    thread_ = std::thread([this] {
        while (!queue_.closed()) {
            if (!run_once()) queue_.wait();
        }
    });
}

void reader_thread::stop() {
    queue_.close();
    if (thread_.joinable()) thread_.join();
    reader_.reset();
}

bool reader_thread::run_once() {
    const auto depth = queue_.size();
    if (depth > metrics_.queue_depth_max.load(std::memory_order_relaxed))
        metrics_.queue_depth_max.store(depth, std::memory_order_relaxed);
    auto job = queue_.take_one();
    if (!job) return false;

    read_reply reply{.ticket = job->ticket, .outcome = errc::persistence};
    if (!reader_) {
        auto opened = log_.open_reader();
        if (opened) reader_ = *std::move(opened);
    }
    if (reader_) std::visit(answer_with{*reader_, reply}, job->what);

    metrics_.jobs.fetch_add(1, std::memory_order_relaxed);
    if (std::holds_alternative<errc>(reply.outcome)) metrics_.failures.fetch_add(1, std::memory_order_relaxed);
    if (const auto* page = std::get_if<log_page>(&reply.outcome))
        metrics_.entries.fetch_add(page->entries.size(), std::memory_order_relaxed);
    const auto shard = reply.ticket.connection.shard;
    sink_.deliver_read(shard, std::move(reply));
    return true;
}

} // namespace wsd
