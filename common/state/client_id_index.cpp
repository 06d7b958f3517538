#include "common/state/client_id_index.hpp"

namespace wsd {

const client_id_index::name& client_id_index::add(const client_key& key, std::uint64_t offset) {
    const place added{key.chat, offset};
    const auto known = names_.find(view{key.sender, key.client_id});
    if (known != names_.end()) {
        known->second.more.push_back(added);
        return known->first;
    }
    return names_.emplace(name{key.sender, std::string(key.client_id)}, places_of_name{added, {}}).first->first;
}

void client_id_index::erase(const name& known, chat_key chat) {
    const auto found = names_.find(known);
    if (found == names_.end()) return;
    auto& [first, more] = found->second;
    if (first.chat != chat) {
        std::erase_if(more, [&](const place& at) { return at.chat == chat; });
    } else if (more.empty()) {
        names_.erase(found);
    } else {
        first = more.front();
        more.erase(more.begin());
    }
}

std::uint64_t client_id_index::find(const client_key& key) const {
    const auto known = names_.find(view{key.sender, key.client_id});
    if (known == names_.end()) return 0;
    if (known->second.first.chat == key.chat) return known->second.first.offset;
    for (const place& at : known->second.more) {
        if (at.chat == key.chat) return at.offset;
    }
    return 0;
}

std::uint64_t client_id_index::find_newest(user_key sender, std::string_view client_id) const {
    const auto known = names_.find(view{sender, client_id});
    if (known == names_.end()) return 0;
    return known->second.more.empty() ? known->second.first.offset : known->second.more.back().offset;
}

} // namespace wsd
