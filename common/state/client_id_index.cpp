#include "common/state/client_id_index.hpp"

namespace wsd {

void client_id_index::add(std::uint64_t code, const place& at) {
    const auto [known, fresh] = codes_.try_emplace(code, places{at, {}});
    if (!fresh) known->second.more.push_back(at);
}

void client_id_index::erase(std::uint64_t code, std::uint64_t offset) {
    const auto known = codes_.find(code);
    if (known == codes_.end()) return;
    auto& [first, more] = known->second;
    if (first.offset != offset) {
        std::erase_if(more, [&](const place& at) { return at.offset == offset; });
    } else if (more.empty()) {
        codes_.erase(known);
    } else {
        first = more.front();
        more.erase(more.begin());
    }
}

} // namespace wsd
