#include "loadgen/virtual_user.hpp"

#include "common/protocol/encode.hpp"
#include "loadgen/message_name.hpp"
#include "loadgen/payload.hpp"
#include "loadgen/worker.hpp"

#include <algorithm>

namespace wsd::loadgen {

bool virtual_user::on_message(std::string_view text) {
    auto& count = host_.count();
    ++count.frames_in;
    count.bytes_in += text.size();
    if (host_.plan().sends == traffic::raw) {
        on_raw_echo(text);
        return true;
    }
    const auto frame = host_.frames().decode(text);
    using kind = incoming::kind;
    const bool of_the_log = frame.what == kind::message || frame.what == kind::entry || frame.what == kind::acked ||
                            frame.what == kind::resync_start || frame.what == kind::resync_complete;
    if (frame.what == kind::malformed || (of_the_log && !opened_)) {
        ++count.malformed;
        host_.names().malformed.add(opened_ || !of_the_log ? frame.problem : "before HELLO_ACK");
        return true;
    }
    switch (frame.what) {
    case kind::established:
        if (host_.plan().users.user(user_).empty()) host_.plan().users.learn_user(user_, frame.user);
        return true;
    case kind::hello_ack:
        return on_hello_ack(frame);
    case kind::message:
        on_event(frame);
        return true;
    case kind::entry:
        host_.book().skipped(connection_, frame.from, frame.seq);
        return true;
    case kind::acked:
        on_acked(frame);
        return true;
    case kind::pong:
        on_pong(frame);
        return true;
    case kind::room_made:
        if (making_room_) --count.preparing;
        making_room_ = false;
        return true;
    case kind::presence:
        on_presence();
        return true;
    case kind::confirmed:
        confirm_sent_ = false;
        ++count.confirms_answered;
        confirm();
        return true;
    case kind::refused:
        return on_refused(frame);
    case kind::notice:
        host_.names().notices.add(frame.code);
        return true;
    case kind::resync_start:
        on_resync_start(frame);
        return true;
    case kind::resync_complete:
        return on_resync_complete(frame);
    case kind::shutdown:
        host_.names().notices.add(frame.type);
        retry_after_ = std::chrono::milliseconds(std::min<std::uint64_t>(frame.reconnect_after_ms, 60'000));
        return true;
    default:
        return true;
    }
}

bool virtual_user::on_hello_ack(const incoming& frame) {
    if (phase_ != phase::greeting) return true;
    host_.times().ready.record(host_.now() - started_);
    if (opened_) {
        // The deadline goes on to cover the series.
        deadline_ = host_.now() + host_.plan().options.connect_timeout;
        enter(phase::resyncing);
        return true;
    }
    opened_ = true;
    epoch_ = frame.epoch;
    host_.learn_version(frame.version);
    host_.book().open(connection_, frame.head);
    become_live();
    return true;
}

void virtual_user::become_live() {
    deadline_ = steady_time::max();
    failures_ = 0;
    if (broken_ != steady_time{} && !last_resume_) host_.times().reconnect.record(host_.now() - broken_);
    broken_ = {};
    enter(phase::live);
    if (auto* watch = host_.presence()) watch->greeted(user_);
    send_waiting();
    continue_closed_loop();
    confirm();
}

void virtual_user::on_resync_start(const incoming& frame) {
    snapshot_ = frame.mode == "snapshot";
    if (snapshot_) {
        epoch_ = frame.epoch;
        host_.book().restarted(connection_, frame.to);
    } else if (frame.mode == "partial") {
        host_.book().reported_gap(connection_, frame.gap_to);
    }
    host_.frames().for_each_pending([this](std::string_view name, bool stored) {
        const auto ours = parse_message_name(name);
        if (!stored || !ours || !box_.settle(ours->number)) return;
        host_.book().stored(connection_, ours->number);
        --host_.count().unanswered;
        ++host_.count().acked;
        ++host_.count().settled_after_break;
    });
}

bool virtual_user::on_resync_complete(const incoming& frame) {
    if (!snapshot_) host_.book().resumed(connection_, frame.up_to);
    if (phase_ != phase::resyncing) return true;
    // The server could not read its log to the end: come again.
    if (!frame.complete && !snapshot_) return false;
    become_live();
    return true;
}

bool virtual_user::addressed_here(const incoming& frame) const {
    const auto& plan = host_.plan();
    if (plan.sends == traffic::room) return is_room_name(frame.room, plan.run, plan.who.chat_of(user_));
    const auto me = plan.users.user(user_);
    const auto partner = partner_ ? plan.users.user(*partner_) : std::string_view();
    return (frame.recipient == me && frame.sender == partner) || (frame.recipient == partner && frame.sender == me);
}

void virtual_user::on_event(const incoming& frame) {
    if (!frame.room.empty() && host_.plan().sends != traffic::room) {
        // A room that is none of ours: an entry of the log like any other.
        host_.book().skipped(connection_, frame.seq, frame.seq);
        return;
    }
    const auto judged = host_.book().shown(
        connection_,
        {.seq = frame.seq, .chat_seq = frame.chat_seq, .addressed = addressed_here(frame), .content = frame.content});
    auto& count = host_.count();
    if (judged.kind == arrival::foreign) ++count.foreign;
    const bool first = judged.kind == arrival::fresh || judged.kind == arrival::reordered;
    if (first && !judged.own) {
        ++count.delivered;
        const auto latency = host_.now().time_since_epoch() - std::chrono::nanoseconds(judged.value.due_ns);
        if (frame.replay) {
            ++count.replayed;
            host_.times().delivery_replayed.record(latency);
        } else {
            host_.record_delivery(latency, left_alone_);
        }
    }
    if (judged.own || !host_.plan().options.confirm) return;
    confirm_due_ = true;
    confirm();
}

void virtual_user::on_acked(const incoming& frame) {
    const auto name = parse_message_name(frame.client_message_id);
    const bool ours = name && name->run == host_.plan().run && name->stream == connection_;
    const auto slot = ours ? box_.settle(name->number) : std::nullopt;
    if (!slot) {
        host_.book().stray_reply();
        return;
    }
    host_.book().acknowledged(
        connection_,
        {.number = name->number, .seq = frame.seq, .chat_seq = frame.chat_seq, .duplicate = frame.duplicate});
    answered(*slot);
}

void virtual_user::on_pong(const incoming& frame) {
    const auto name = parse_message_name(frame.correlation);
    const bool ours = name && name->run == host_.plan().run && name->stream == connection_;
    const auto slot = ours ? box_.settle(name->number) : std::nullopt;
    if (slot) {
        answered(*slot);
    } else {
        host_.book().stray_reply();
    }
}

// The other end has no frames to be wrong in: what comes back is one of our messages, whole and once.
void virtual_user::on_raw_echo(std::string_view text) {
    const auto parsed = parse_payload(text);
    if (parsed.fault != payload_fault::none) {
        host_.book().damaged();
        return;
    }
    const bool ours = parsed.value.run == host_.plan().run && parsed.value.stream == connection_;
    const auto slot = ours ? box_.settle(parsed.value.number) : std::nullopt;
    if (slot) {
        answered(*slot);
    } else {
        host_.book().stray_reply();
    }
}

void virtual_user::on_presence() {
    auto* watch = host_.presence();
    if (watch == nullptr || !partner_) return;
    const auto partner = host_.plan().users.user(*partner_);
    host_.frames().for_each_presence([&](std::string_view user, bool online) {
        if (user != partner) return;
        if (const auto took = watch->told(*partner_, online, host_.now())) host_.times().presence.record(*took);
    });
}

void virtual_user::answered(const outbox::slot& slot) {
    const auto now = host_.now();
    // Whoever waits for each answer would have sent this message only after the one before had been answered.
    host_.record_ack({.from_due = now - slot.due,
                      .from_send = now - slot.sent,
                      .uncorrected = now - std::max(slot.sent, answered_)});
    answered_ = now;
    --host_.count().unanswered;
    ++host_.count().acked;
    continue_closed_loop();
}

bool virtual_user::on_refused(const incoming& frame) {
    const auto name = parse_message_name(frame.client_message_id);
    if (name && name->stream == connection_ && box_.settle(name->number)) {
        --host_.count().unanswered;
        ++host_.count().refused;
        host_.names().refusals.add(frame.code);
        continue_closed_loop();
        return true;
    }
    host_.names().notices.add(frame.code);
    confirm_sent_ = false;
    return true;
}

// ---- sending ----

void virtual_user::send(steady_time due) {
    ++host_.count().scheduled;
    if (box_.unsettled() >= host_.plan().options.unanswered_max || !box_.add(due)) {
        ++host_.count().skipped;
        return;
    }
    ++host_.count().unanswered;
    send_waiting();
}

void virtual_user::send_waiting() {
    if (phase_ != phase::live) return;
    while (const auto number = box_.next_to_send()) transmit(*number);
}

void virtual_user::continue_closed_loop() {
    const auto& options = host_.plan().options;
    while (host_.refilling() && may_send() && phase_ == phase::live && box_.unsettled() < options.window)
        send(host_.now());
}

bool virtual_user::may_send() const {
    const auto sends = host_.plan().sends;
    return partner_.has_value() || sends == traffic::ping || sends == traffic::raw;
}

void virtual_user::create_room() {
    const auto& plan = host_.plan();
    from_client::room_create room;
    append_room_name(room.room_id.value, plan.run, plan.who.chat_of(user_));
    plan.who.for_each_member(user_, [&](std::uint32_t member) {
        if (member != user_) room.member_ids.emplace_back(std::string(plan.users.user(member)));
    });
    making_room_ = true;
    ++host_.count().preparing;
    auto& text = host_.scratch();
    text.clear();
    encode(text, room);
    out_.text(text, static_cast<std::uint32_t>(host_.random().next()));
}

void virtual_user::encode_message(std::uint32_t number) {
    const auto& plan = host_.plan();
    std::string name;
    append_message_name(name, {plan.run, connection_, number});
    auto& text = host_.scratch();
    text.clear();
    if (plan.sends == traffic::ping) {
        encode_request(text, from_client::ping{}, name);
        return;
    }
    auto& content = host_.content();
    content.clear();
    append_payload(content,
                   {.run = plan.run,
                    .stream = connection_,
                    .number = number,
                    .due_ns = std::chrono::nanoseconds(box_.find(number)->due.time_since_epoch()).count()},
                   plan.options.message_bytes);
    if (plan.sends == traffic::raw) {
        text = content;
    } else if (plan.sends == traffic::room) {
        std::string room;
        append_room_name(room, plan.run, plan.who.chat_of(user_));
        host_.frames().encode_room_send(text, room, name, content);
    } else {
        host_.frames().encode_send(text, plan.users.user(*partner_), name, content);
    }
}

void virtual_user::transmit(std::uint32_t number) {
    encode_message(number);
    out_.text(host_.scratch(), static_cast<std::uint32_t>(host_.random().next()));
    box_.mark_sent(number, host_.now());
    const bool judged = host_.plan().sends == traffic::direct || host_.plan().sends == traffic::room;
    if (judged) host_.book().sent(connection_, number);
    if (judged && box_.find(number)->overtaken) host_.book().sent_overtaken(connection_, number);
    ++(box_.find(number)->repeated ? host_.count().repeated : host_.count().sent);
}

// One confirmation is under way at a time, so that they grow with the load instead of doubling it.
void virtual_user::confirm() {
    if (!confirm_due_ || confirm_sent_ || phase_ != phase::live) return;
    confirm_due_ = false;
    confirm_sent_ = true;
    ++host_.count().confirms;
    auto& text = host_.scratch();
    text.clear();
    encode(text, from_client::message_ack{.up_to = host_.book().cursor(connection_)});
    out_.text(text, static_cast<std::uint32_t>(host_.random().next()));
}

} // namespace wsd::loadgen
