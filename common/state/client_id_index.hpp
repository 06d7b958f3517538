#pragma once

#include "common/base/seeded_hash.hpp"
#include "common/state/log_tables.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace wsd {

// A sender's name for a message in eight bytes: the sender and a hash. Different names may have the same code; who
// finds a message by it compares. With a seed that is kept in the store the code is the same after a restart.
[[nodiscard]] inline std::uint64_t client_code(const seeded_hash& hash, user_key sender, std::string_view client_id) {
    return static_cast<std::uint64_t>(sender) << 32 | (hash(client_id) & 0xffff'ffff);
}

// Which messages were sent under which code. Bounded by its user.
class client_id_index {
  public:
    struct place {
        chat_key chat = chat_key::none;
        std::uint64_t offset = 0;
    };

    // Offsets of one code ascend.
    void add(std::uint64_t code, const place& at);
    void erase(std::uint64_t code, std::uint64_t offset);
    // The newest message under the code for which `is_it` is true; 0: none.
    template <class Predicate> [[nodiscard]] std::uint64_t find(std::uint64_t code, Predicate&& is_it) const {
        const auto known = codes_.find(code);
        if (known == codes_.end()) return 0;
        const auto& [first, more] = known->second;
        for (auto at = more.rbegin(); at != more.rend(); ++at) {
            if (is_it(*at)) return at->offset;
        }
        return is_it(first) ? first.offset : 0;
    }
    [[nodiscard]] std::size_t size() const { return codes_.size(); } // codes

  private:
    struct places { // hardly ever more than one
        place first;
        std::vector<place> more;
    };
    boost::unordered_flat_map<std::uint64_t, places> codes_;
};

} // namespace wsd
