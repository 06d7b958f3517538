#include "server/storage/chat_window.hpp"

#include "server/storage/room_queries.hpp"

#include <algorithm>

namespace wsd {
namespace {

// Places looked at in one go when unread messages are counted.
constexpr std::uint64_t count_step = 4096;

} // namespace

std::optional<chat_window> chat_window::of_room(log_source& source, const store_name& store, user_key user,
                                                chat_key room) {
    const auto member = source.find_member(room, user);
    if (!member) return std::nullopt;
    chat_window window(source, store, user, room);
    window.sees_above_ = std::max(window.sees_above_, member->since);
    window.member_ = member;
    return window;
}

chat_window chat_window::of_direct(log_source& source, const store_name& store, user_key user,
                                   const listed_chat& chat) {
    chat_window window(source, store, user, chat.chat);
    window.users_ = chat.users;
    return window;
}

std::optional<place_row> chat_window::find(std::uint64_t chat_seq) {
    std::vector<place_row> found;
    source_.read_places(chat_, chat_seq, chat_seq, found);
    return found.empty() ? std::nullopt : std::optional(found.front());
}

std::uint64_t chat_window::offset_at(std::uint64_t chat_seq) {
    const auto place = find(chat_seq);
    return place ? place->offset : 0;
}

std::uint64_t chat_window::first() {
    if (first_ == 0) first_ = sees_above_ == 0 ? 1 : find_first();
    return first_;
}

// The messages of a chat are in the order of their offsets. Of what was removed there may be no places any more.
std::uint64_t chat_window::find_first() {
    std::uint64_t low = 1;
    auto high = head_ + 1;
    while (low < high && !source_.failed()) {
        const auto middle = low + (high - low) / 2;
        if (offset_at(middle) <= sees_above_) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

std::uint64_t chat_window::read_position() const {
    return member_ ? member_->read : source_.find_read_position(user_, chat_);
}

bool chat_window::is_own(const place_row& place) {
    if (!member_) return place.by_low == (user_ == users_.low);
    if (place.author != author_code(user_)) return false;
    const auto message = source_.find_message(place.offset);
    return message && message->sender == user_;
}

std::uint64_t chat_window::count_unread() {
    const auto read = read_position();
    if (read >= head_) return 0;
    const auto begin = offset_at(read + 1) > sees_above_ ? read + 1 : first();
    std::vector<place_row> places;
    std::uint64_t unread = 0;
    for (auto from = begin; from <= head_ && !source_.failed(); from += count_step) {
        places.clear();
        source_.read_places(chat_, from, std::min(head_, from + count_step - 1), places);
        unread += static_cast<std::uint64_t>(
            std::count_if(places.begin(), places.end(), [this](const place_row& place) { return !is_own(place); }));
    }
    return unread == 0 ? 0 : unread - std::min(unread, source_.count_deleted(chat_, user_, begin, head_));
}

std::optional<place_row> chat_window::find_last() {
    const auto last = head_ > 0 ? find(head_) : std::nullopt;
    return last && last->offset > sees_above_ ? last : std::nullopt;
}

bool chat_window::holds(std::uint64_t chat_seq, const place_row& place, const message_row& message) const {
    if (message.chat != chat_ || message.chat_seq != chat_seq || message.kind != entry_kind::message) return false;
    if (member_) return place.author == author_code(message.sender);
    const direct_pair users{.low = std::min(message.sender, message.recipient),
                            .high = std::max(message.sender, message.recipient)};
    return users == users_ && place.by_low == (message.sender == users.low);
}

message_state chat_window::state_of(const message_row& message) const {
    return member_ ? state_for(*member_, message) : message.state;
}

std::optional<receipt_counts> chat_window::count_receipts(const message_row& message) {
    if (!member_ || message.sender != user_) return std::nullopt;
    if (all_members_.empty()) source_.read_members(chat_, all_members_);
    receipt_counts counts;
    for (const member_row& member : all_members_) {
        const bool got_it = member.role != room_role::none && member.user != user_ && member.since < message.offset;
        if (!got_it) continue;
        ++counts.total;
        if (member.delivered >= message.chat_seq) ++counts.delivered;
        if (member.read >= message.chat_seq) ++counts.read;
    }
    return counts;
}

} // namespace wsd
