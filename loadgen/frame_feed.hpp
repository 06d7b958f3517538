#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace wsd::loadgen {

// Takes the messages of a connection.
class message_sink {
  public:
    // False: nothing more is wanted of this connection. The view is valid during the call.
    virtual bool on_message(std::string_view text) = 0;

  protected:
    ~message_sink() = default;
};

// What a connection has read and nobody has dealt with yet. Nearly all of it is plain: whole text frames in ASCII,
// which go to the sink from here, as many as a read brought. The rest is for a WebSocket library that knows all rules:
// the response to the upgrade, control frames, fragments, other text, long frames, and whatever breaks the protocol. It
// is given one frame at a time, so that what follows is plain again. Empty, and without memory, between bursts.
class frame_feed {
  public:
    void add(std::string_view bytes);
    // The response to the upgrade is over. Plain frames go to `sink` from now on; null: none does.
    void expect_frames(message_sink* sink);

    enum class step : std::uint8_t {
        read,    // more has to be read first
        library, // give() has something for it
        stop,    // the sink wants nothing more
    };
    // Hands out what is plain.
    step next();
    // Copies at most `room` ≥ 1 octets of what is for the library; after step::library at least one.
    std::size_t give(char* to, std::size_t room);
    [[nodiscard]] std::size_t octets_held() const { return bytes_.size(); }

  private:
    struct head {
        std::size_t bytes = 0; // of the head
        std::uint64_t payload = 0;
        bool is_text = false; // in one piece, and not long
        bool is_data = false;
        bool final = false;
    };
    // nullopt: not all of it is there.
    [[nodiscard]] static std::optional<head> read_head(std::string_view bytes);
    [[nodiscard]] std::string_view rest() const { return std::string_view(bytes_).substr(used_); }
    void use(std::size_t bytes);
    std::size_t of_response(std::string_view bytes);

    std::string bytes_;
    std::size_t used_ = 0;
    message_sink* sink_ = nullptr;
    std::uint64_t left_ = 0;       // of the frame that the library is being given
    std::uint8_t end_of_head_ = 0; // how much of the empty line that ends the response's head was seen
    bool frames_ = false;          // the response is over
    bool in_fragments_ = false;    // the library has a part of a message
};

} // namespace wsd::loadgen
