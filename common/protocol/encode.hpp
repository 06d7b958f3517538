#pragma once

#include "common/base/ids.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace wsd {

// Appends the JSON text of a frame of from_server or from_client. Strings must be valid UTF-8; nothing else is checked.
template <class T> void encode(std::string& out, const T& frame);

// The same for a frame of from_client with a correlationId.
template <class T> void encode_request(std::string& out, const T& frame, std::string_view correlation_id);

// An event without `{"type":…,"seq":…`: what is the same for all users whose log has it. append_event makes a frame of
// it for one of them.
template <class T> void encode_event_tail(std::string& out, const T& frame);
// `type` needs no escapes; `tail` was made by encode_event_tail.
void append_event(std::string& out, std::string_view type, std::uint64_t seq, std::string_view tail);

} // namespace wsd
