#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace wsd {

// What is to be done at the end of a turn of a shard's loop. Bounded by its users: each of the shard's connections is
// in it at most once. One thread.
template <class T> class turn_list {
  public:
    void push(T item) { next_.push_back(std::move(item)); }
    [[nodiscard]] bool empty() const noexcept { return next_.empty(); }

    // fn(T&) for each item that is there now; what fn pushes is for the next turn.
    template <class Fn> void for_each_taken(Fn&& fn) {
        taken_.swap(next_);
        for (T& item : taken_) fn(item);
        taken_.clear();
        if (taken_.capacity() > capacity_max) std::vector<T>().swap(taken_);
    }

  private:
    static constexpr std::size_t capacity_max = 4096; // memory of a burst is given back

    std::vector<T> next_;
    std::vector<T> taken_;
};

} // namespace wsd
