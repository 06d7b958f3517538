#pragma once

#include "common/state/log_overlay.hpp"

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace wsd {

// The overlay of a log on disk with the lock that lets readers look in. The writer changes it, and reads it without the
// lock, since nobody else changes it; readers see what is committed.
class shared_overlay {
  public:
    explicit shared_overlay(std::uint64_t window) : overlay_(window) {}

    // The writer's.
    [[nodiscard]] const log_overlay& mine() const { return overlay_; }
    template <class Change> auto change(Change&& how) {
        const std::lock_guard lock(mutex_);
        return how(overlay_);
    }

    // Without the lock, which would be held while rows are written: folding changes nothing that readers look at.
    bool fold(log_overlay::folder& to, std::size_t budget, std::uint64_t below) {
        return overlay_.fold(to, budget, below);
    }

    void replace(log_overlay&& with) {
        const std::lock_guard lock(mutex_);
        overlay_ = std::move(with);
    }
    [[nodiscard]] std::uint64_t window() const { return overlay_.window(); }

    // Any thread.
    [[nodiscard]] std::optional<log_overlay::span_of_seqs> find_log(user_key user) const {
        const std::lock_guard lock(mutex_);
        return overlay_.find_log(user, log_overlay::view::committed);
    }
    [[nodiscard]] std::optional<log_overlay::span_of_seqs> find_chat(chat_key chat) const {
        const std::lock_guard lock(mutex_);
        return overlay_.find_chat(chat, log_overlay::view::committed);
    }
    // What is here of from..to, and where that begins in the chat.
    std::optional<log_overlay::span_of_seqs> read_places(chat_key chat, std::uint64_t from, std::uint64_t to,
                                                         std::vector<place_row>& out) const {
        const std::lock_guard lock(mutex_);
        overlay_.read_places(chat, from, to, log_overlay::view::committed, out);
        return overlay_.find_chat(chat, log_overlay::view::committed);
    }
    // What is here of from..to, and where that begins in the log.
    std::optional<log_overlay::span_of_seqs> read_entries(user_key user, std::uint64_t from, std::uint64_t to,
                                                          std::vector<entry_row>& out) const {
        const std::lock_guard lock(mutex_);
        overlay_.read_entries(user, from, to, log_overlay::view::committed, out);
        return overlay_.find_log(user, log_overlay::view::committed);
    }

  private:
    mutable std::mutex mutex_;
    log_overlay overlay_;
};

} // namespace wsd
