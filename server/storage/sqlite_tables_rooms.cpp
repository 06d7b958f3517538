#include "server/storage/sqlite_tables.hpp"

#include <algorithm>
#include <vector>

// What of rooms lies in the messages and their indexes.
namespace wsd {

void sqlite_tables::add_posted(const message_row& row, const std::shared_ptr<const message_record>& record,
                               std::span<const entry_place> entries) {
    buffer_.add(row, record);
    rooms_.add_places(row.offset, entries);
    const auto& client_id = record->client_message_id;
    const auto code = client_code(hash_, row.sender, client_id);
    const bool message = row.kind == entry_kind::message;
    overlay_.change([&](log_overlay& overlay) {
        for (const entry_place& place : entries)
            overlay.add_entry(place.user, place.seq,
                              {.offset = row.offset, .kind = row.kind, .own = place.user == row.sender});
        if (message)
            overlay.add_place(row.chat, row.chat_seq, {.offset = row.offset, .author = author_code(row.sender)});
        if (message && !client_id.empty()) overlay.add_client_id(code, row.chat, row.offset);
    });
    if (buffer_.size() >= buffer_max) write_messages();
}

// Of entries that are in their tables it need not be known who else has one.
void sqlite_tables::drop_places() {
    constexpr std::uint64_t offsets_per_commit = 1024;
    if (places_from_ > folded_mark_) return;
    const auto to = std::min(folded_mark_, places_from_ + offsets_per_commit - 1);
    rooms_.remove_places(places_from_, to);
    places_from_ = to + 1;
}

void sqlite_tables::clear_room(chat_key room) {
    write_messages();
    rooms_.remove_members(room);
    std::vector<place_row> places;
    read_places(room, 1, find_chat_head(room), places);
    const message_record nothing;
    for (const place_row& place : places) {
        const auto row = rows_.find_message(place.offset);
        if (row) rooms_.blank_message(place.offset, checksum_of(*row, nothing));
    }
}

} // namespace wsd
