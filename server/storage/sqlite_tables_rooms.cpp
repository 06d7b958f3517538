#include "server/storage/sqlite_tables.hpp"

#include <algorithm>
#include <optional>
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

void sqlite_tables::forget_client_id(const message_row& row) {
    const bool known = client_id_of_.bind(row.offset).step() && !client_id_of_.is_null(0);
    const auto code = known ? client_code(hash_, row.sender, client_id_of_.text(0)) : 0;
    client_id_of_.reset();
    if (!known) return;
    oldest_.remove_client_id(code, row.chat, row.offset);
    overlay_.change([&](log_overlay& overlay) { overlay.forget_client_id(code, row.offset); });
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
    rooms_.remove_members(room);
    rooms_.set_ended(room, find_chat_head(room));
}

void sqlite_tables::blank_ended(std::size_t max) {
    const auto room = rooms_.find_unfinished();
    if (!room) return;
    write_messages();
    const message_record nothing;
    const auto to = std::min(room->ended, room->blanked + max);
    std::vector<place_row> place;
    for (auto chat_seq = room->blanked + 1; chat_seq <= to; ++chat_seq) {
        place.clear();
        read_places(room->key, chat_seq, chat_seq, place); // none: it was removed by age
        const auto row = place.empty() ? std::nullopt : rows_.find_message(place.front().offset);
        if (!row) continue;
        forget_client_id(*row);
        rooms_.blank_message(row->offset, checksum_of(*row, nothing));
    }
    rooms_.set_blanked(room->key, to);
}

} // namespace wsd
