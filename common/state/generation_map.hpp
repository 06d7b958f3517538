#pragma once

#include <boost/unordered/unordered_flat_map.hpp>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <optional>
#include <utility>

namespace wsd {

// A cache of bounded size: entries that were not used while `cap` / 2 others were put are forgotten. Two maps instead
// of a list per entry: what is used moves to the young one; when that is full the old one is dropped.
template <class Key, class Value, class Hash = std::hash<Key>, class Equal = std::equal_to<Key>> class generation_map {
  public:
    explicit generation_map(std::size_t cap, const Hash& hash = Hash())
        : young_(0, hash), old_(0, hash), half_(std::max<std::size_t>(cap / 2, 1)) {}

    [[nodiscard]] std::optional<Value> find(const Key& key) {
        if (const auto found = young_.find(key); found != young_.end()) return found->second;
        const auto found = old_.find(key);
        if (found == old_.end()) return std::nullopt;
        Value value = found->second;
        put(key, value);
        return value;
    }
    void put(const Key& key, Value value) {
        if (const auto found = young_.find(key); found != young_.end()) {
            found->second = std::move(value);
            return;
        }
        if (young_.size() >= half_) {
            old_.swap(young_);
            young_.clear();
        }
        young_.emplace(key, std::move(value));
    }
    // Forgets what was not used since the last call, and gives its memory back.
    void age() { old_ = std::exchange(young_, map(0, young_.hash_function())); }
    void clear() {
        young_.clear();
        old_.clear();
    }
    [[nodiscard]] std::size_t size() const { return young_.size() + old_.size(); }

  private:
    using map = boost::unordered_flat_map<Key, Value, Hash, Equal>;
    map young_; // wins over old_ when both have the key
    map old_;
    std::size_t half_;
};

} // namespace wsd
