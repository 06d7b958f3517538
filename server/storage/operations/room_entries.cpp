#include "server/storage/operations/room_entries.hpp"

namespace wsd {

std::vector<entry_place> take_places(log_state& state, message_row& row, std::vector<logged_entry>& users) {
    std::vector<entry_place> places;
    places.reserve(users.size());
    row.sender_seq = 0;
    for (logged_entry& entry : users) {
        auto head =
            entry.key == user_key::none ? state.find_or_add_user(entry.user) : state.find_user(entry.key, entry.user);
        entry.seq = ++head.row.head;
        const bool own = head.row.key == row.sender;
        if (own) row.sender_seq = entry.seq;
        // Nothing in such an entry waits for a receipt.
        const bool settled = own || row.kind != entry_kind::message;
        if (settled && head.row.settled + 1 == entry.seq) head.row.settled = entry.seq;
        state.put(head);
        places.push_back({.user = head.row.key, .seq = entry.seq});
    }
    return places;
}

std::uint64_t add_entries(log_state& state, message_row& row, const std::shared_ptr<const message_record>& record,
                          std::vector<logged_entry>& users) {
    const auto places = take_places(state, row, users);
    state.add_posted(row, record, places);
    return row.sender_seq;
}

} // namespace wsd
