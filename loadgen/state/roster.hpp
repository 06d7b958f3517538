#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace wsd::loadgen {

// A worker's things of one kind, which never move. Bounded by the plan of the run.
template <class T> class roster {
  public:
    template <class... Args> T& add(Args&&... args) {
        return *all_.emplace_back(std::make_unique<T>(std::forward<Args>(args)...));
    }
    [[nodiscard]] std::size_t size() const { return all_.size(); }
    [[nodiscard]] T& operator[](std::size_t at) const { return *all_[at]; }
    template <class Visit> void for_each(Visit&& visit) const {
        for (const auto& one : all_) visit(*one);
    }

  private:
    std::vector<std::unique_ptr<T>> all_;
};

} // namespace wsd::loadgen
