#pragma once

#include "common/base/ids.hpp"

#include <cstdint>

// What receipts in rooms mean to those concerned. Plain values.
namespace wsd {

// A member's position in a room moved: everything up to it is delivered, or read.
struct room_position {
    user_id user;
    room_id room;
    std::uint64_t delivered = 0; // chat_seq
    std::uint64_t read = 0;
};

// How far a message of a room has come: of those whom it was sent to, all who have been members since, and who of them
// got and read it.
struct receipt_counts {
    std::uint64_t delivered = 0;
    std::uint64_t read = 0;
    std::uint64_t total = 0;
};

// A receipt reached messages of this author, who is told of the newest one of them.
struct room_delivery {
    user_id author;
    room_id room;
    message_id message;
    std::uint64_t chat_seq = 0;
    receipt_counts counts{};
    bool complete = false; // the receipt was the last one of its kind that was missing
};

} // namespace wsd
