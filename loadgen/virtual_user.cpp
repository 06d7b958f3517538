#include "loadgen/virtual_user.hpp"

#include "common/protocol/encode.hpp"
#include "loadgen/dial.hpp"
#include "loadgen/message_name.hpp"
#include "loadgen/worker.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace wsd::loadgen {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr auto as_result = asio::as_tuple(asio::use_awaitable_t<executor>{});
constexpr auto close_time_max = 2s; // for the peer's close frame
constexpr auto retry_first = 100ms;
constexpr auto retry_longest = 5s;
// After a break on purpose, so that not all come back in one millisecond.
constexpr std::uint32_t retry_after_cut_ms_max = 100;

} // namespace

virtual_user::virtual_user(worker& host, std::uint32_t connection)
    : host_(host), out_(host.io().get_executor(), host.flushes()), client_(out_), connection_(connection),
      user_(host.plan().who.user_of(connection)), partner_(host.plan().who.partner_of(user_)) {}

// ---- the connection ----

task<> virtual_user::run() {
    for (;;) {
        if (const auto failure = co_await open()) {
            failed(*failure);
        } else {
            ended(co_await client_.serve(*this, ws_client::pace::bursts));
        }
        client_.reset();
        out_.close(true);
        if (phase_ == phase::dead) co_return;
        co_await wait_to_retry();
        if (leaving_) break;
    }
    enter(phase::dead);
}

task<std::optional<std::string>> virtual_user::open() {
    enter(phase::connecting);
    ++host_.count().attempts;
    timed_out_ = false;
    started_ = host_.now();
    deadline_ = started_ + host_.plan().options.connect_timeout;
    auto problem = co_await dial(out_.socket(), host_.plan(), connection_);
    if (problem) co_return problem;
    auto request = upgrade_request(host_.plan(), user_);
    auto* watch = host_.presence();
    const bool comes = watch != nullptr && !watch->online(user_);
    if (comes) watch->changed(user_, true, host_.now());
    problem = co_await client_.upgrade(std::move(request));
    if (problem && comes) watch->withdraw(user_);
    if (problem) co_return problem;
    ++host_.count().upgrades;
    host_.times().connect.record(host_.now() - started_);
    if (host_.plan().sends == traffic::raw) {
        host_.times().ready.record(host_.now() - started_);
        if (!opened_) host_.book().open(connection_, 0);
        opened_ = true;
        become_live();
    } else {
        say_hello();
    }
    co_return std::nullopt;
}

void virtual_user::say_hello() {
    enter(phase::greeting);
    const auto& options = host_.plan().options;
    from_client::hello hello;
    hello.device_id.value = "wsload-" + std::to_string(connection_ / host_.plan().who.users());
    if (options.caps.seq) hello.caps.emplace_back("seq");
    if (options.caps.cumack) hello.caps.emplace_back("cumack");
    if (options.caps.noecho) hello.caps.emplace_back("noecho");
    if (opened_) {
        ++host_.count().resumes;
        hello.resume = {.epoch = epoch_, .seq = host_.book().resume(connection_, last_resume_)};
        hello.pending.emplace();
        for (const auto number : box_.pending(100))
            append_message_name(hello.pending->emplace_back(), {host_.plan().run, connection_, number});
    }
    auto& text = host_.scratch();
    text.clear();
    encode(text, hello);
    out_.text(text, static_cast<std::uint32_t>(host_.random().next()));
}

void virtual_user::failed(const std::string& reason) {
    if (!leaving_) host_.names().connect_failures.add(timed_out_ ? "timeout" : reason);
    ++failures_;
    // A connection that never came about makes the run fail; one that was lost is tried again.
    enter(opened_ && !leaving_ ? phase::waiting : phase::dead);
}

void virtual_user::ended(std::uint16_t close_code) {
    box_.break_off();
    if (broken_ == steady_time{}) broken_ = host_.now();
    confirm_sent_ = false;
    if (!opened_) {
        failed("closed " + std::to_string(close_code) + " before HELLO_ACK");
        return;
    }
    const bool own_doing = cut_ || leaving_;
    if (!own_doing) {
        host_.names().closes.add(timed_out_ ? "timeout" : std::to_string(close_code));
        ++failures_;
    }
    enter(leaving_ || (!own_doing && gives_up(close_code)) ? phase::dead : phase::waiting);
}

// What the protocol tells clients not to answer with a reconnect.
bool virtual_user::gives_up(std::uint16_t close_code) const {
    return close_code == 1008 || close_code == 4001 || close_code == 4003 || close_code == 4009;
}

task<> virtual_user::wait_to_retry() {
    deadline_ = steady_time::max();
    auto delay = std::chrono::duration_cast<std::chrono::milliseconds>(retry_after_);
    if (away_ != 0ms) {
        delay = away_;
    } else if (cut_) {
        if (!host_.storm()) delay = std::chrono::milliseconds(host_.random().below(retry_after_cut_ms_max));
    } else if (delay == 0ms) {
        const auto doubled = retry_first * (1 << std::min<int>(failures_, 10));
        const auto longest = std::min<std::chrono::milliseconds>(doubled, retry_longest);
        delay = longest / 2 +
                std::chrono::milliseconds(host_.random().below(static_cast<std::uint32_t>(longest.count() / 2)));
    }
    cut_ = false;
    retry_after_ = away_ = 0ms;
    if (leaving_) co_return;
    steady_timer timer(host_.io());
    timer.expires_after(delay);
    waiting_ = &timer;
    co_await timer.async_wait(as_result);
    waiting_ = nullptr;
}

void virtual_user::cut(cut_kind how) {
    if (phase_ != phase::live) return;
    ++host_.count().cuts;
    broken_ = host_.now();
    cut_ = true;
    enter(phase::closing);
    deadline_ = host_.now() + close_time_max;
    switch (how) {
    case cut_kind::reset:
        out_.close(true);
        break;
    case cut_kind::end:
        out_.close(false);
        break;
    case cut_kind::half_frame:
        if (const auto pending = box_.pending(1); !pending.empty()) {
            encode_message(pending.front());
        } else {
            host_.scratch().clear();
            encode(host_.scratch(), from_client::ping{});
        }
        out_.half_text(host_.scratch(), static_cast<std::uint32_t>(host_.random().next()));
        out_.close(false);
        break;
    case cut_kind::close:
        client_.start_close();
        break;
    }
}

void virtual_user::go_away(std::chrono::milliseconds how_long) {
    cut(cut_kind::close);
    away_ = how_long;
}

void virtual_user::resume_last() {
    last_resume_ = true;
    if (phase_ != phase::live) return;
    cut_ = true;
    enter(phase::closing);
    out_.close(true);
}

void virtual_user::leave() {
    leaving_ = true;
    if (phase_ == phase::live) {
        enter(phase::closing);
        deadline_ = host_.now() + close_time_max;
        client_.start_close();
    } else if (waiting_ != nullptr) {
        waiting_->cancel();
    } else if (phase_ != phase::closing) {
        out_.close(true);
    }
}

void virtual_user::check_deadline(steady_time now) {
    if (now < deadline_) return;
    deadline_ = steady_time::max();
    timed_out_ = true;
    out_.close(true);
}

void virtual_user::enter(phase next) {
    const auto bucket = [this](phase of) -> std::uint64_t* {
        switch (of) {
        case phase::idle:
            return nullptr;
        case phase::live:
            return &host_.count().live;
        case phase::dead:
            return &host_.count().dead;
        default:
            return &host_.count().connecting;
        }
    };
    if (auto* of = bucket(phase_)) --*of;
    phase_ = next;
    if (auto* of = bucket(phase_)) ++*of;
}

} // namespace wsd::loadgen
