#pragma once

#include "common/protocol/strict_json.hpp"
#include "tests/support/shard_fixture.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace wsd::fuzz {

// A client that holds what it is sent against the rules that every stream keeps: strict JSON, no internal error, and
// entries of the log one after the other, live ones as replayed ones.
class watched_client {
  public:
    explicit watched_client(test::client wire) : client_(std::move(wire)) {}

    [[nodiscard]] const test::client& wire() const noexcept { return client_; }
    // Looks at what has arrived. Returns how many text frames that were.
    std::size_t look();
    [[nodiscard]] bool closed() const noexcept { return closed_; }
    [[nodiscard]] const std::string& epoch() const noexcept { return epoch_; }
    [[nodiscard]] std::uint64_t position() const noexcept { return live_; }

  private:
    void look_at(const boost::json::object& frame);
    void place(const boost::json::object& frame, std::uint64_t first);
    // Only who is told of entries that show nothing can do without holes.
    [[nodiscard]] bool follows(std::uint64_t seq, std::uint64_t next) const noexcept;

    test::client client_;
    strict_parser parser_;
    std::string epoch_;
    std::uint64_t live_ = 0; // up to where live delivery has come
    std::uint64_t next_ = 0; // of the series; 0: none
    bool unasked_ = false;
    bool told_of_skips_ = false; // cap seq
    bool noecho_ = false;
    bool closed_ = false;
};

} // namespace wsd::fuzz
