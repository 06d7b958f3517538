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
        hello_ack,       // epoch, head, version
        message,         // seq, chat_seq, sender, recipient, content, replay
        entry,           // another entry of the log, or some that have nothing to show: from..seq
        acked,           // client_message_id, seq, chat_seq, duplicate
        confirmed,       // up_to
        refused,         // an answer: code; client_message_id when it answers a send
        notice,          // unsolicited: code
        resync_start,    // mode, to; gap_to in mode partial
        resync_complete, // up_to, complete
        shutdown,        // reconnect_after_ms
    };
    kind what = kind::other;
    std::string_view type, problem;
    std::string_view user, sender, recipient, content, client_message_id, epoch, code, mode, version;
    std::uint64_t seq = 0, from = 0, chat_seq = 0, up_to = 0, to = 0, gap_to = 0, head = 0, reconnect_after_ms = 0;
    bool replay = false, duplicate = false, complete = false;
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

    void encode_send(std::string& out, std::string_view recipient, std::string_view client_message_id,
                     std::string_view content);

  private:
    incoming decode_strictly(std::string_view text);
    incoming malformed(std::string_view type, std::string problem);

    strict_parser parser_;
    boost::json::value dom_; // of the last frame that was parsed
    std::string problem_;
    from_client::message_send send_;
    std::uint32_t until_sample_ = 0;
};

} // namespace wsd::loadgen
