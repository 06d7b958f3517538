#pragma once

#include <cstddef>
#include <deque>
#include <utility>

namespace wsd {

// First in, first out. Bounded by its users. One thread.
template <class T> class waiting_line {
  public:
    void push(T item) { items_.push_back(std::move(item)); }
    [[nodiscard]] bool empty() const noexcept { return items_.empty(); }
    [[nodiscard]] std::size_t size() const noexcept { return items_.size(); }
    // Precondition: not empty.
    [[nodiscard]] T take() {
        T item = std::move(items_.front());
        items_.pop_front();
        return item;
    }

  private:
    std::deque<T> items_;
};

} // namespace wsd
