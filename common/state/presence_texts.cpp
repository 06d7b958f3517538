#include "common/state/presence_texts.hpp"

#include "common/protocol/encode.hpp"
#include "common/protocol/server_presence.hpp"

namespace wsd {

presence_texts::presence_texts(std::span<const presence_change> changes, timestamp now)
    : changes_(changes), updates_(changes.size()) {
    encode(empty_batch_, from_server::presence_batch{.updates = {}, .timestamp = now});
    middle_ = empty_batch_.find("[]") + 1;
}

std::string_view presence_texts::update(std::uint32_t change) {
    std::string& text = updates_[change];
    if (!text.empty()) return text;
    const presence_change& what = changes_[change];
    encode(text, from_server::presence_update{.change = {.user_id = what.user.view(),
                                                         .status = what.online ? "online" : "offline",
                                                         .previous_status = what.online ? "offline" : "online",
                                                         .last_seen = what.at,
                                                         .timestamp = what.at}});
    return text;
}

std::string_view presence_texts::batch() {
    constexpr std::string_view opening = R"({"type":"PRESENCE_UPDATE",)"; // an update in a batch has no type
    batch_.assign(empty_batch_, 0, middle_);
    for (const std::uint32_t change : chosen_) {
        if (batch_.size() > middle_) batch_ += ',';
        batch_ += '{';
        batch_ += update(change).substr(opening.size());
    }
    batch_.append(empty_batch_, middle_);
    return batch_;
}

} // namespace wsd
