#pragma once

#include <cstdint>

namespace wsd {

// Users and chats have numbers within a store; names are looked up once.
enum class user_key : std::uint64_t { none = 0 };
enum class chat_key : std::uint64_t { none = 0 };

} // namespace wsd
