#pragma once

#include "common/protocol/decode.hpp"
#include "common/protocol/encode.hpp"
#include "common/protocol/field_decoder.hpp"
#include "common/protocol/field_encoder.hpp"

#include <utility>

// The definitions of decode and encode. Only the units that instantiate them for a family of frames include this.
namespace wsd {
namespace field {

// `{"type":"PONG"`
template <class T> struct opening {
    static constexpr std::string_view before = "{\"type\":\"";
    static constexpr auto chars = [] {
        std::array<char, before.size() + T::type.size() + 1> out{};
        auto* const next = std::copy(before.begin(), before.end(), out.data());
        *std::copy(T::type.begin(), T::type.end(), next) = '"';
        return out;
    }();
    static constexpr std::string_view view{chars.data(), chars.size()};
};

template <class T, class First, class... Rest>
void write_fields_after_first(json_writer& writer, const T& frame, table<First, Rest...> /*fields*/) {
    write_fields(writer, frame, table<Rest...>{});
}

} // namespace field

template <class T> void encode(std::string& out, const T& frame) {
    json_writer writer(out);
    writer.raw(field::opening<T>::view);
    field::write_fields(writer, frame, typename T::fields{});
    writer.raw('}');
}

template <class T> void encode_request(std::string& out, const T& frame, std::string_view correlation_id) {
    json_writer writer(out);
    writer.raw(field::opening<T>::view);
    writer.raw(field::key<"correlationId">);
    writer.text(correlation_id);
    field::write_fields(writer, frame, typename T::fields{});
    writer.raw('}');
}

template <class T> void encode_event_tail(std::string& out, const T& frame) {
    json_writer writer(out);
    field::write_fields_after_first(writer, frame, typename T::fields{});
    writer.raw('}');
}

template <class T> decoded<T> decode(const boost::json::object& object, const decode_limits& limits) {
    T frame{};
    field::reader in(limits);
    if (!field::read_fields(in, object, frame, typename T::fields{})) return in.take_failure();
    if constexpr (requires { frame.broken_rule(); })
        if (const auto broken = frame.broken_rule(); !broken.empty()) return decode_failure{std::string(broken)};
    return frame;
}

} // namespace wsd

// In namespace wsd.
#define WSD_CLIENT_FRAME(T)                                                                                            \
    template decoded<T> decode<T>(const boost::json::object&, const decode_limits&);                                   \
    template void encode<T>(std::string&, const T&);                                                                   \
    template void encode_request<T>(std::string&, const T&, std::string_view)
#define WSD_SERVER_FRAME(T)                                                                                            \
    template decoded<T> decode<T>(const boost::json::object&, const decode_limits&);                                   \
    template void encode<T>(std::string&, const T&)
#define WSD_EVENT_FRAME(T)                                                                                             \
    WSD_SERVER_FRAME(T);                                                                                               \
    template void encode_event_tail<T>(std::string&, const T&)
