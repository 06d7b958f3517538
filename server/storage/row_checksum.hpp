#pragma once

#include "server/storage/sqlite_room_rows.hpp"

#include <cstdint>
#include <string_view>

namespace wsd {

// Of the columns of a row. Every step is reversible, so no change of a single one can go unnoticed.
class row_checksum {
  public:
    explicit row_checksum(std::uint64_t first) : sum_(first) {}

    void add(std::uint64_t value) {
        sum_ = (sum_ ^ value) * 0x9e3779b97f4a7c15;
        sum_ ^= sum_ >> 29;
    }
    void add(std::string_view text) {
        add(text.size());
        for (; text.size() >= 8; text.remove_prefix(8)) add(read_code(text, 0));
        std::uint64_t rest = 0;
        for (const char c : text) rest = rest << 8 | static_cast<unsigned char>(c);
        add(rest);
    }
    [[nodiscard]] std::uint64_t value() const { return sum_; }

  private:
    std::uint64_t sum_;
};

} // namespace wsd
