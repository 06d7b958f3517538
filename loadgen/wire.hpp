#pragma once

#include "common/protocol/client_frames.hpp"
#include "common/protocol/strict_json.hpp"

#include <boost/json/value.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace wsd::loadgen {

// What the engine wants to know of a frame of the server. Which fields are set depends on the kind. Views into the
// frame's text or into the decoder.
struct incoming {
    enum class kind : std::uint8_t {
        other,           // of no interest here
        malformed,       // breaks the protocol: `problem`
        established,     // user
        hello_ack,       // epoch, head, version, rate_messages, rate_window_ms
        message,         // seq, chat_seq, sender, recipient or room, content, replay
        entry,           // another entry of the log, or some that have nothing to show: from..seq
        acked,           // client_message_id, seq, chat_seq, duplicate
        confirmed,       // up_to
        pong,            // correlation
        room_made,       // a room was created
        presence,        // see for_each_presence()
        refused,         // an answer: code, retry_after_ms; client_message_id when it answers a send
        notice,          // unsolicited: code, throttled
        resync_start,    // mode, to; gap_to in mode partial
        resync_complete, // up_to, complete
        shutdown,        // reconnect_after_ms
    };
    kind what = kind::other;
    std::string_view type, problem;
    std::string_view user, sender, recipient, room, content, client_message_id, correlation, epoch, code, mode, version;
    std::uint64_t seq = 0, from = 0, chat_seq = 0, up_to = 0, to = 0, gap_to = 0, head = 0, reconnect_after_ms = 0;
    std::uint64_t retry_after_ms = 0, rate_messages = 0, rate_window_ms = 0;
    bool replay = false, duplicate = false, complete = false, throttled = false;
};

// Reads the frames of wsd and writes those of its clients. One per worker; remembers the last frame only.
class wire {
  public:
    // Frames of the types that come by the thousand are scanned; one in sample_every of them, and all others, are
    // parsed and held against the protocol field by field.
    static constexpr std::uint32_t sample_every = 64;

    [[nodiscard]] incoming decode(std::string_view text);
    // After a resync_start: what became of the sends that the resume asked about; visit(client_message_id, stored).
    template <class Visit> void for_each_pending(Visit&& visit) const {
        const auto* status = dom_.is_object() ? dom_.get_object().if_contains("pendingStatus") : nullptr;
        if (status == nullptr || !status->is_object()) return;
        for (const auto& one : status->get_object()) visit(std::string_view(one.key()), !one.value().is_null());
    }

    // Who reads presence frames says so first; the others need not pay for it.
    void want_presence() { presence_wanted_ = true; }
    // After a presence frame: who came or went; visit(user, online).
    template <class Visit> void for_each_presence(Visit&& visit) const {
        const auto* object = dom_.if_object();
        if (object == nullptr) return;
        const auto of = [&visit](const boost::json::value& one) {
            const auto* fields = one.if_object();
            const auto* user = fields == nullptr ? nullptr : fields->if_contains("userId");
            const auto* status = fields == nullptr ? nullptr : fields->if_contains("status");
            if (user == nullptr || status == nullptr || !user->is_string() || !status->is_string()) return;
            visit(std::string_view(user->get_string()), status->get_string() == "online");
        };
        const auto* updates = object->if_contains("updates");
        if (updates == nullptr) {
            of(dom_);
        } else if (updates->is_array()) {
            for (const auto& one : updates->get_array()) of(one);
        }
    }

    void encode_room_send(std::string& out, std::string_view room, std::string_view client_message_id,
                          std::string_view content);
    void encode_send(std::string& out, std::string_view recipient, std::string_view client_message_id,
                     std::string_view content);

  private:
    incoming decode_strictly(std::string_view text);
    incoming malformed(std::string_view type, std::string problem);

    strict_parser parser_;
    boost::json::value dom_; // of the last frame that was parsed
    std::string problem_;
    from_client::message_send send_;
    from_client::room_message room_send_;
    std::uint32_t until_sample_ = 0;
    bool presence_wanted_ = false;
};

} // namespace wsd::loadgen
