#pragma once

#include "common/state/chat_records.hpp"
#include "server/storage/log_queries.hpp"

// What readers ask about chats, the same for every implementation; as with log_queries, the caller looks whether the
// source has failed.
namespace wsd {

// errc::persistence: a message that is asked for is damaged or gone.
[[nodiscard]] result<chat_answer> answer(log_source& source, const store_name& store, const chat_question& question);

} // namespace wsd
