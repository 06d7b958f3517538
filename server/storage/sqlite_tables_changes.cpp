#include "server/storage/sqlite_tables.hpp"

#include <algorithm>

// What becomes of messages after they were sent.
namespace wsd {

void sqlite_tables::add_mutation(const message_row& row, std::span<const entry_place> entries) {
    add_mutation_
        .bind(row.offset, row.chat, row.chat_seq, row.sender, row.recipient, row.sender_seq, row.recipient_seq,
              row.sent_at, stored_kind(row.kind), checksum_of(row, {}), row.target)
        .run();
    const auto add = [&row](log_overlay& overlay, user_key user, std::uint64_t seq) {
        overlay.add_entry(user, seq, {.offset = row.offset, .kind = row.kind, .own = user == row.sender});
    };
    if (is_room(row.chat)) {
        rooms_.add_places(row.offset, entries);
        return overlay_.change([&](log_overlay& overlay) {
            for (const entry_place& place : entries) add(overlay, place.user, place.seq);
        });
    }
    overlay_.change([&](log_overlay& overlay) {
        add(overlay, row.sender, row.sender_seq);
        add(overlay, row.recipient, row.recipient_seq);
    });
}

void sqlite_tables::change_message(const message_row& row, const std::shared_ptr<const message_record>& record,
                                   std::uint64_t first_content) {
    if (buffer_.reaches(row.offset)) write_messages();
    const auto checksum = checksum_of(row, *record);
    change_message_
        .bind(record->content, row.edited_at, row.deleted_at, row.deleted_by, row.link, checksum, first_content,
              row.offset)
        .run();
}

void sqlite_tables::set_link(std::uint64_t offset, std::uint64_t link) { set_link_.bind(link, offset).run(); }

std::uint64_t sqlite_tables::find_first_content(std::uint64_t offset) {
    std::uint64_t code = 0;
    if (first_content_.bind(offset).step()) code = first_content_.number(0);
    first_content_.reset();
    return code;
}

// What a new start would put back into the overlay must not miss any of its rows: whatever goes is folded first, and
// that it was is written down with it.
void sqlite_tables::remove_oldest(std::uint64_t below, std::size_t max) {
    if (below <= removed_.offset + 1) return;
    fold_below_ = std::max(fold_below_, below);
    const auto last = std::min(below - 1, overlay_.mine().folded_up_to());
    if (last <= removed_.offset) return;
    write_messages();
    save_folded_mark(1);
    removed_ = oldest_.remove(removed_, last, max);
}

} // namespace wsd
