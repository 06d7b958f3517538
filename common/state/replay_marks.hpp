#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace wsd {

// Replayed entries that the operating system has not taken whole: each with where it ends among the octets of its
// connection. Owned by the connection; holds what one page has, and without any two words.
class replay_marks {
  public:
    struct range { // of seq
        std::uint64_t from = 0;
        std::uint64_t to = 0;
    };

    [[nodiscard]] bool empty() const noexcept { return marks_ == nullptr; }
    // `end` octets of the stream reach to the end of the entry. Both ascend.
    void add(std::uint64_t seq, std::uint64_t end) {
        if (!marks_) marks_ = std::make_unique<std::vector<mark>>();
        marks_->push_back({seq, end});
    }
    // Takes out the entries that lie within the first `octets` of the stream; nullopt: none more.
    [[nodiscard]] std::optional<range> take(std::uint64_t octets) {
        if (empty()) return std::nullopt;
        const std::size_t first = taken_;
        while (taken_ < marks_->size() && (*marks_)[taken_].end <= octets) ++taken_;
        if (taken_ == first) return std::nullopt;
        const range out{.from = (*marks_)[first].seq, .to = (*marks_)[taken_ - 1].seq};
        if (taken_ == marks_->size()) clear();
        return out;
    }
    void clear() {
        marks_.reset();
        taken_ = 0;
    }

  private:
    struct mark {
        std::uint64_t seq;
        std::uint64_t end;
    };
    std::unique_ptr<std::vector<mark>> marks_; // null: none
    std::size_t taken_ = 0;                    // of them
};

} // namespace wsd
