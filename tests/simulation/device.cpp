#include "tests/simulation/device.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>

namespace wsd::simulation {

namespace json = boost::json;

namespace {

constexpr std::array entries{"MESSAGE_RECEIVE",    "ROOM_MESSAGE",     "MESSAGE_MUTATION", "EVENT_SKIP",
                             "ROOM_MEMBER_JOINED", "ROOM_MEMBER_LEFT", "ROOM_DELETED"};
// What a well-behaved client may be told; anything else is a fault of the server.
const std::set<std::string> acceptable{"NOT_FOUND",          "FORBIDDEN",         "JOIN_FAILED",
                                       "VALIDATION_ERROR",   "PERSISTENCE_ERROR", "SERVER_BUSY",
                                       "MESSAGE_NOT_FOUND",  "NOT_AUTHORIZED",    "INVALID_TRANSITION",
                                       "RESYNC_IN_PROGRESS", "CREATE_FAILED"};

bool is_set(const json::object& frame, std::string_view name) {
    const json::value* value = frame.if_contains(name);
    return value != nullptr && value->is_bool() && value->as_bool();
}

} // namespace

void device::fail(const std::string& what) const { throw broken_promise(is_.user + "/" + is_.name + ": " + what); }

void device::connected_by(std::shared_ptr<test::memory_wire> wire) {
    forget_connection();
    wire_ = std::move(wire);
    read_up_to_ = known_.said.positions_of(is_.user);
}

void device::forget_connection() {
    wire_ = nullptr;
    live_ = closing_ = in_series_ = false;
    again_.clear();
    asked_.clear();
    by_correlation_.clear();
    changing_.clear();
    last_place_.clear();
}

void device::repeat() {
    for (; live() && !again_.empty(); again_.pop_front()) send_pending(again_.front());
}

void device::cut() {
    receive();
    if (wire_ != nullptr) cut_now();
}

void device::cut_now() {
    wire_->reset();
    forget_connection();
}

void device::leave() {
    if (wire_ == nullptr || closing_) return;
    wire_->send_close(1000);
    closing_ = true;
}

void device::send(std::string_view type, json::object fields, bool has_reply) {
    fields["type"] = type;
    if (has_reply) {
        const std::string correlation = std::to_string(++numbers_);
        fields["correlationId"] = correlation;
        asked_.emplace_back(correlation, type);
    }
    wire_->send(json::serialize(fields));
}

void device::send_pending(const pending& message) {
    json::object fields{{"content", message.content}, {"clientMessageId", message.id}};
    const bool room = message.to.starts_with('#');
    fields[room ? "roomId" : "recipientId"] = room ? message.to.substr(1) : message.to;
    send(room ? "ROOM_MESSAGE" : "MESSAGE_SEND", std::move(fields));
    pending& sent = by_correlation_[asked_.back().first] = message;
    if (room && !blind_ && joined_.contains(message.to.substr(1))) sent.inside_up_to = cursor_;
}

void device::write(const std::string& to) {
    pending message{.to = to, .content = known_.make_content(), .id = {}};
    message.id = "c" + message.content;
    unsettled_.push_back(message);
    send_pending(message);
}

void device::change_own(bool remove) {
    if (own_.empty()) return;
    const auto which = std::next(own_.begin(), static_cast<std::ptrdiff_t>(below(own_.size())));
    const contents::content wanted = remove ? contents::content{} : known_.make_content();
    known_.changes.asked(which->first, wanted);
    if (remove) {
        send("MESSAGE_DELETE", {{"messageId", which->first}});
    } else {
        send("MESSAGE_EDIT", {{"messageId", which->first}, {"content", *wanted}});
    }
    changing_[asked_.back().first] = {which->first, wanted};
}

void device::act(const std::vector<std::string>& users, const std::vector<std::string>& rooms) {
    if (!live() || asked_.size() > 40) return;
    const std::string& room = rooms[below(rooms.size())];
    const std::string& other = users[below(users.size())];
    switch (below(16)) {
    case 0:
        return send("ROOM_JOIN", {{"roomId", room}});
    case 1:
        return below(4) == 0 ? send("ROOM_LEAVE", {{"roomId", room}}) : send("PING", {});
    case 2:
        return below(3) == 0 ? send("ROOM_REMOVE_MEMBER", {{"roomId", room}, {"userId", other}})
                             : send("ROOM_ADD_MEMBERS", {{"roomId", room}, {"userIds", json::array{other}}});
    case 3:
    case 4:
        known_.said.confirmed_up_to(is_.user, cursor_);
        return send("MESSAGE_ACK", {{"upTo", cursor_}});
    case 5:
        return confirm_one();
    case 6:
        return change_own(below(2) == 0);
    case 7:
        return send("HISTORY",
                    {{"chatId", below(2) == 0 ? "room:" + room
                                              : "dm:" + std::min(other, is_.user) + ":" + std::max(other, is_.user)}});
    case 8:
        return send(below(2) == 0 ? "STATE_SYNC" : "ROOM_LIST", {});
    case 9:
        return send("TYPING_START", {{"targetUserId", other}}, false);
    default:
        if (below(2) == 0) return write("#" + room);
        if (other != is_.user) write(other);
    }
}

void device::confirm_one() {
    if (received_.empty()) return;
    const bool read = below(2) == 0;
    const std::string& id = received_[below(received_.size())];
    if (read) {
        known_.said.read(is_.user, id);
    } else {
        known_.said.confirmed(is_.user, id);
    }
    send(read ? "MESSAGE_READ" : "MESSAGE_DELIVERED_CONFIRM", {{"messageId", id}});
}

void device::receive() {
    if (wire_ == nullptr) return;
    const auto keep = wire_; // a frame may make it cut the connection
    for (const test::wire_frame& frame : keep->take_frames()) {
        if (wire_ == nullptr) return;
        if (frame.opcode == test::wire_frame::kind::text) {
            take_frame(json::parse(frame.payload).as_object());
        } else if (frame.opcode == test::wire_frame::kind::close) {
            const auto code = static_cast<unsigned char>(frame.payload.at(0)) * 256u +
                              static_cast<unsigned char>(frame.payload.at(1));
            const std::string reason = frame.payload.substr(2);
            const bool was_slow = code == 1013 || reason == "HELLO_TIMEOUT";
            if (!was_slow && !(closing_ && code == 1000)) fail("closed with " + std::to_string(code) + " " + reason);
            if (!closing_) wire_->send_close(static_cast<std::uint16_t>(code));
            closing_ = true;
        }
    }
    if (wire_ == nullptr) return;
    if (wire_->ended() || wire_->aborted()) forget_connection();
}

void device::take_frame(const json::object& frame) {
    const std::string type = text_of(frame, "type");
    const bool entry = std::ranges::find(entries, type) != entries.end() && frame.contains("seq");
    if (type == "CONNECTION_ESTABLISHED") {
        json::object hello{{"version", 1}, {"deviceId", is_.name}};
        json::array caps{"seq"};
        if (is_.cumack) caps.emplace_back("cumack");
        if (is_.noecho) caps.emplace_back("noecho");
        hello["caps"] = caps;
        in_series_ = !epoch_.empty();
        if (in_series_) hello["resume"] = json::object{{"epoch", epoch_}, {"seq", cursor_}};
        return send("HELLO", std::move(hello), false);
    }
    if (type == "HELLO_ACK") return take_hello(frame);
    // The log can't be read: nothing of the series is lost, it begins anew.
    if (type == "MESSAGE_ERROR" && !frame.contains("correlationId")) {
        if (!in_series_ || text_of(frame, "code") != "PERSISTENCE_ERROR") fail("unasked: " + json::serialize(frame));
        return cut_now();
    }
    if (entry) return take_entry(frame, type);
    if (type == "RESYNC_START" || type == "SNAPSHOT" || type == "RESYNC_COMPLETE" || type == "ROOMS_SNAPSHOT")
        return take_series(frame, type);
    if (type == "MESSAGE_STATE_UPDATE") return take_state(frame);
    if (type == "READ_STATE") return take_read_state(frame);
    if (type == "STATE_STALE" || type == "RATE_LIMIT_WARNING") return;
    if (frame.contains("correlationId")) take_reply(frame, type);
}

void device::take_state(const json::object& frame) {
    const std::string id = text_of(frame, "messageId");
    const int state = text_of(frame, "state") == "read" ? 2 : 1;
    int& known = states_[id];
    if (state < known) fail("the state of a message went back");
    known = state;
    known_.told_state(id, is_.user, text_of(frame, "state"));
}

void device::take_read_state(const json::object& frame) {
    const std::string chat = text_of(frame, "chatId");
    const std::uint64_t place = number_of(frame, "readChatSeq");
    if (place < std::exchange(read_up_to_[chat], place)) fail("a read position went back: " + json::serialize(frame));
    known_.said.told_position(is_.user, chat, place);
}

// What the device holds of a direct message from now on. Of rooms it may miss changes while its user is outside.
void device::show(const json::object& frame) {
    const std::string id = text_of(frame, "messageId");
    if (text_of(frame, "chatId").starts_with("room:")) return;
    const bool gone = is_set(frame, "deleted");
    known_.changes.shown(full_name(), id, gone ? contents::content{} : text_of(frame, "content"));
    if (frame.contains("state")) known_.told_state(id, text_of(frame, "senderId"), text_of(frame, "state"));
}

void device::take_mutation(const json::object& frame, std::uint64_t seq) {
    const std::string id = text_of(frame, "messageId");
    const std::string chat = text_of(frame, "chatId");
    const std::uint64_t place = number_of(frame, "chatSeq");
    const bool deleted = is_set(frame, "deleted");
    if (deleted && frame.contains("content")) fail("a deletion shows a text");
    known_.place_in_chat(chat, place, id);
    show(frame);
    if (!deleted) return known_.rooms.other(is_.user, seq);
    known_.deleted(is_.user, id);
    known_.rooms.deletion(is_.user, seq, chat, place, id);
}

void device::take_hello(const json::object& frame) {
    const std::uint64_t head = number_of(frame, "head");
    if (epoch_.empty()) {
        epoch_ = text_of(frame, "epoch");
        cursor_ = head;
        blind_ = head > 0;
    }
    if (text_of(frame, "epoch") != epoch_) fail("another epoch");
    if (head < cursor_) fail("the head is below the cursor");
    live_ = true;
    for (const pending& message : unsettled_) send_pending(message);
}

void device::advance(std::uint64_t from, std::uint64_t to) {
    if (from != cursor_ + 1 || to < from)
        fail("entries " + std::to_string(from) + " to " + std::to_string(to) + " after " + std::to_string(cursor_));
    cursor_ = to;
}

void device::take_entry(const json::object& frame, const std::string& type) {
    const std::uint64_t seq = number_of(frame, "seq");
    if (is_set(frame, "isReplay") != in_series_) fail("replay and live are mixed: " + json::serialize(frame));
    if (type == "EVENT_SKIP") {
        known_.rooms.nothing(is_.user, number_of(frame, "fromSeq"), seq);
        return advance(number_of(frame, "fromSeq"), seq);
    }
    advance(seq, seq);
    if (type == "MESSAGE_RECEIVE" || type == "ROOM_MESSAGE") {
        known_.in_log(is_.user, seq, "message " + text_of(frame, "messageId"));
        known_.shown(frame);
        show(frame);
        known_.rooms.message(is_.user, seq, text_of(frame, "chatId"), number_of(frame, "chatSeq"),
                             text_of(frame, "messageId"));
        if (text_of(frame, "senderId") != is_.user) received_.push_back(text_of(frame, "messageId"));
        if (type == "ROOM_MESSAGE" && !blind_ && !joined_.contains(text_of(frame, "roomId")))
            fail("a message of a room that it is not in: " + json::serialize(frame));
        if (type == "MESSAGE_RECEIVE" && text_of(frame, "senderId") != is_.user &&
            text_of(frame, "recipientId") != is_.user)
            fail("a message for somebody else");
    } else if (type == "MESSAGE_MUTATION") {
        take_mutation(frame, seq);
    } else if (type == "ROOM_DELETED") {
        fail("nobody deletes rooms");
    } else {
        take_coming(frame, type, seq);
    }
}

void device::take_coming(const json::object& frame, const std::string& type, std::uint64_t seq) {
    const std::string about = text_of(frame, "userId");
    const std::string room = text_of(frame, "roomId");
    const bool came = type == "ROOM_MEMBER_JOINED";
    known_.in_log(is_.user, seq, type + " " + room + " " + about);
    known_.rooms.moved(is_.user, seq, "room:" + room, about, came);
    if (about != is_.user) return;
    if (came) {
        joined_.insert(room);
    } else {
        joined_.erase(room);
    }
}

void device::take_series(const json::object& frame, const std::string& type) {
    if (type == "RESYNC_START") {
        const std::string mode = text_of(frame, "mode");
        if (mode == "snapshot") fail("a snapshot although nothing was lost: " + json::serialize(frame));
        if (number_of(frame, "from") != cursor_ + 1) fail("the series does not begin behind the cursor");
        in_series_ = true;
        if (mode != "partial") return;
        const json::object& gap = frame.at("gaps").as_array().at(0).as_object();
        if (number_of(gap, "from") != cursor_ + 1) fail("the gap does not begin behind the cursor");
        known_.trimmed(is_.user);
        known_.changes.forget(full_name());
        cursor_ = number_of(gap, "to");
        blind_ = true;
    } else if (type == "RESYNC_COMPLETE") {
        const std::uint64_t up_to = number_of(frame, "upTo");
        // The log could not be read: up to the last entry that was written, which a gap at the beginning is not.
        if (frame.at("complete") == false && up_to <= cursor_) return cut_now();
        if (up_to != cursor_) fail("behind " + std::to_string(cursor_) + ": " + json::serialize(frame));
        in_series_ = false;
    }
}

void device::take_reply(const json::object& frame, const std::string& type) {
    if (asked_.empty()) fail("a reply to nothing: " + json::serialize(frame));
    const auto [correlation, asked] = asked_.front();
    if (text_of(frame, "correlationId") != correlation) fail("replies are out of order: " + json::serialize(frame));
    asked_.pop_front();
    if (frame.contains("code")) {
        const std::string code = text_of(frame, "code");
        if (!acceptable.contains(code)) fail("asked " + asked + ", got " + json::serialize(frame));
        // Only an outcome that is unknown is worth a repetition.
        const auto sent = by_correlation_.find(correlation);
        if (sent != by_correlation_.end()) take_refusal(frame, code, sent->second);
    } else if (type == "MESSAGE_ACK" && frame.contains("status")) {
        take_stored(frame);
    } else if (type == "ROOM_MESSAGE_RESPONSE") {
        take_stored(frame);
    } else if (type == "MESSAGE_MUTATION_ACK") {
        const auto& [id, wanted] = changing_.at(correlation);
        known_.changes.succeeded(id, wanted);
    } else if (type == "HISTORY_RESPONSE") {
        std::uint64_t last = 0;
        for (const json::value& message : frame.at("messages").as_array()) {
            known_.shown(message.as_object());
            if (number_of(message.as_object(), "chatSeq") <= last) fail("a history that does not ascend");
            last = number_of(message.as_object(), "chatSeq");
        }
    }
    by_correlation_.erase(correlation);
}

// The reply to a send that failed: nobody is refused for good but in a room that it has left.
void device::take_refusal(const json::object& frame, const std::string& code, const pending& sent) {
    if (is_set(frame, "retryable")) return again_.push_back(sent);
    if (code != "NOT_FOUND" || !sent.to.starts_with('#')) fail("a send is refused: " + json::serialize(frame));
    if (sent.inside_up_to > 0) known_.rooms.refused(is_.user, "room:" + sent.to.substr(1), sent.inside_up_to);
    std::erase_if(unsettled_, [&sent](const pending& each) { return each.id == sent.id; });
}

// The reply to a send that succeeded.
void device::take_stored(const json::object& frame) {
    const pending& sent = by_correlation_.at(text_of(frame, "correlationId"));
    const std::string id = text_of(frame, "messageId");
    const std::string chat = text_of(frame, "chatId");
    const std::uint64_t place = number_of(frame, "chatSeq");
    known_.acknowledged(is_.user, sent.content, id, chat, place);
    own_.try_emplace(id, sent.content);
    std::erase_if(unsettled_, [&sent](const pending& each) { return each.id == sent.id; });
    if (is_set(frame, "duplicate")) return;
    if (place <= std::exchange(last_place_[chat], place)) fail("messages of one sender changed their order");
    if (!is_.noecho || number_of(frame, "seq") != cursor_ + 1 || in_series_) return;
    advance(cursor_ + 1, cursor_ + 1);
    known_.in_log(is_.user, cursor_, "message " + id);
    known_.rooms.message(is_.user, cursor_, chat, place, id);
}

} // namespace wsd::simulation
