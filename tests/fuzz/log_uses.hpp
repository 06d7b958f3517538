#pragma once

#include "server/storage/message_log.hpp"

#include <array>
#include <span>

namespace wsd::fuzz {

inline constexpr std::array users{"anna", "bob", "carl", "dora"};
inline constexpr timestamp now = 1'782'036'000'000; // when the messages of a sample are sent

// Does all that clients can make a log do, also days later, and after each failure what the store thread does then.
// Nothing is expected of the answers.
void use_log(message_log& log, std::span<const message_id> messages);

// Asks a reader all that clients can.
void read_all(log_reader& reader, const log_identity& identity, std::span<const message_id> messages);

} // namespace wsd::fuzz
