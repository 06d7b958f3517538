#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace wsd::loadgen {

// Counts by name: error codes, close codes, reasons of failure. At most names_max different names, which is more than
// the protocol has; further ones are counted as "other".
class tally {
  public:
    static constexpr std::size_t names_max = 128;

    void add(std::string_view name, std::uint64_t count = 1);
    void merge(const tally& other);
    [[nodiscard]] std::uint64_t total() const;
    [[nodiscard]] std::uint64_t count(std::string_view name) const;

    // visit(std::string_view name, std::uint64_t count), by name.
    template <class Visit> void for_each(Visit&& visit) const {
        for (const auto& [name, count] : counts_) visit(std::string_view(name), count);
    }

  private:
    std::map<std::string, std::uint64_t, std::less<>> counts_;
};

} // namespace wsd::loadgen
