#pragma once

#include "common/state/log_tables.hpp"

#include <boost/unordered/unordered_node_map.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace wsd {

// Which message a sender called what, in which chat. Bounded by its user.
class client_id_index {
  public:
    struct name {
        user_key sender = user_key::none;
        std::string client_id;
    };

    // The key is not in the index yet. The name lives as long as one of its places.
    const name& add(const client_key& key, std::uint64_t offset);
    void erase(const name& known, chat_key chat);
    [[nodiscard]] std::uint64_t find(const client_key& key) const;                              // 0: none
    [[nodiscard]] std::uint64_t find_newest(user_key sender, std::string_view client_id) const; // 0: none
    void clear() { names_.clear(); }
    [[nodiscard]] std::size_t size() const { return names_.size(); }

  private:
    struct view {
        user_key sender;
        std::string_view client_id;
    };
    struct hash {
        using is_transparent = void;
        std::size_t operator()(const view& v) const noexcept {
            return std::hash<std::string_view>{}(v.client_id) ^
                   static_cast<std::size_t>(static_cast<std::uint64_t>(v.sender) * 0x9e3779b97f4a7c15);
        }
        std::size_t operator()(const name& n) const noexcept { return (*this)(view{n.sender, n.client_id}); }
    };
    struct equal {
        using is_transparent = void;
        bool operator()(const name& a, const name& b) const noexcept { return same(a, b.sender, b.client_id); }
        bool operator()(const name& a, const view& b) const noexcept { return same(a, b.sender, b.client_id); }
        bool operator()(const view& a, const name& b) const noexcept { return same(b, a.sender, a.client_id); }
        static bool same(const name& a, user_key sender, std::string_view client_id) noexcept {
            return a.sender == sender && a.client_id == client_id;
        }
    };
    struct place {
        chat_key chat = chat_key::none;
        std::uint64_t offset = 0;
    };
    struct places_of_name { // hardly ever more than one; ascending offsets
        place first;
        std::vector<place> more;
    };

    boost::unordered_node_map<name, places_of_name, hash, equal> names_;
};

} // namespace wsd
