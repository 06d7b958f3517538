#pragma once

#include <string>
#include <utility>
#include <vector>

namespace wsd::loadgen {

// What a scenario expects of the server beyond deliveries, and whether it was so.
struct expectation {
    std::string what;
    std::string expected;
    std::string found;
    bool met = true;
};

// The expectations of a run, in the order in which they were looked at. At most checks_max are kept; further ones
// count only when they are not met.
class check_list {
  public:
    static constexpr std::size_t checks_max = 256;

    void add(expectation one) {
        if (!one.met) ++broken_;
        if (all_.size() < checks_max) all_.push_back(std::move(one));
    }
    void merge(const check_list& other) {
        for (const auto& one : other.all_) add(one);
    }
    [[nodiscard]] std::size_t broken() const { return broken_; }
    [[nodiscard]] std::size_t size() const { return all_.size(); }
    template <class Visit> void for_each(Visit&& visit) const {
        for (const auto& one : all_) visit(one);
    }

  private:
    std::vector<expectation> all_;
    std::size_t broken_ = 0;
};

} // namespace wsd::loadgen
