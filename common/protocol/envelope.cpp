#include "common/protocol/envelope.hpp"

#include "common/protocol/text.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

namespace wsd {
namespace {

std::optional<std::string_view> echoed(const boost::json::object& message, std::string_view name) {
    constexpr std::size_t code_points_max = 128;
    const auto* const value = message.if_contains(name);
    const auto* const text = value == nullptr ? nullptr : value->if_string();
    if (text == nullptr) return std::nullopt;
    const std::string_view view(*text);
    if (view.size() > code_points_max && count_code_points(view) > code_points_max) return std::nullopt;
    return view;
}

} // namespace

decoded<envelope> read_envelope(const boost::json::value& message) {
    const auto* const object = message.if_object();
    if (object == nullptr) return decode_failure{"the message is not an object"};
    const auto* const type = object->if_contains("type");
    if (type == nullptr) return decode_failure{"type: missing"};
    if (!type->is_string()) return decode_failure{"type: not a string"};
    return envelope{.type = type->get_string(),
                    .echo = {.correlation_id = echoed(*object, "correlationId"),
                             .client_message_id = echoed(*object, "clientMessageId"),
                             .message_id = echoed(*object, "messageId"),
                             .room_id = echoed(*object, "roomId")}};
}

} // namespace wsd
