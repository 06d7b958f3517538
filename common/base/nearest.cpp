#include "common/base/nearest.hpp"

#include <algorithm>
#include <vector>

namespace wsd {
namespace {
constexpr std::size_t longest_compared = 128; // names of options are shorter; bounds the work for hostile input
}

std::size_t edit_distance(std::string_view from, std::string_view to) {
    from = from.substr(0, longest_compared);
    to = to.substr(0, longest_compared);
    std::vector<std::size_t> before_last;
    std::vector<std::size_t> last(to.size() + 1);
    for (std::size_t j = 0; j <= to.size(); ++j) last[j] = j;
    for (std::size_t i = 1; i <= from.size(); ++i) {
        std::vector<std::size_t> row(to.size() + 1);
        row[0] = i;
        for (std::size_t j = 1; j <= to.size(); ++j) {
            const std::size_t replaced = last[j - 1] + (from[i - 1] == to[j - 1] ? 0U : 1U);
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
            const bool swapped = i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1];
            if (swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
        }
        before_last = std::move(last);
        last = std::move(row);
    }
    return last[to.size()];
}

std::string nearest_name(std::string_view name, std::span<const std::string> candidates) {
    const auto distance = [&](const std::string& candidate) { return edit_distance(name, candidate); };
    const auto best = std::ranges::min_element(candidates, {}, distance);
    return best == candidates.end() ? std::string{} : *best;
}

} // namespace wsd
