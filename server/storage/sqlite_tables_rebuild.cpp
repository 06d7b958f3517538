#include "common/base/planted_fault.hpp"
#include "common/state/entry_code.hpp"
#include "common/state/index_ends.hpp"
#include "server/storage/sqlite_tables.hpp"

#include <algorithm>
#include <string>
#include <utility>

// What the tables lack of the messages' indexes after a start.
namespace wsd {

// Adds one message after the other, and finds out when they contradict each other.
class sqlite_tables::rebuilder {
  public:
    explicit rebuilder(sqlite_tables& tables)
        : tables_(tables), next_(std::max(tables.folded_mark_, tables.removed_.offset) + 1),
          overlay_(tables.overlay_.window(), next_ - 1) {}

    void add(const message_row& row, const message_record& texts) {
        if (row.offset != next_) tables_.connection_.note_damage("message " + std::to_string(next_) + " is missing");
        next_ = row.offset + 1;
        if (is_room(row.chat)) {
            for (const entry_place& place : tables_.rows_.rooms().read_places(row.offset))
                add_entry(row, place.user, place.seq, place.user == row.sender);
        } else {
            add_entry(row, row.sender, row.sender_seq, true);
            add_entry(row, row.recipient, row.recipient_seq, false);
        }
        if (row.kind == entry_kind::message) add_place(row);
        const auto& client_id = texts.client_message_id;
        if (!client_id.empty()) {
            const auto code = client_code(tables_.hash_, row.sender, client_id);
            overlay_.add_client_id(code, row.chat, row.offset);
        }
    }

    [[nodiscard]] log_overlay take() {
        overlay_.publish();
        return std::move(overlay_);
    }

  private:
    void add_entry(const message_row& row, user_key user, std::uint64_t seq, bool own) {
        const auto end = [&] { return tables_.rows_.log_end(user); };
        if (goes_on(logs_, static_cast<std::uint64_t>(user), seq, end, row.offset))
            overlay_.add_entry(user, seq, {.offset = row.offset, .kind = row.kind, .own = own});
    }

    void add_place(const message_row& row) {
        const bool room = is_room(row.chat);
        const place_row place{.offset = row.offset,
                              .by_low = !room && row.sender < row.recipient, // as direct_pair has it
                              .author = room ? author_code(row.sender) : std::uint8_t{0}};
        const auto end = [&] { return tables_.rows_.chat_end(row.chat); };
        if (goes_on(chats_, static_cast<std::uint64_t>(row.chat), row.chat_seq, end, row.offset))
            overlay_.add_place(row.chat, row.chat_seq, place);
    }

    template <class Find>
    bool goes_on(index_ends& of, std::uint64_t owner, std::uint64_t number, Find&& end, std::uint64_t offset) {
        const auto place = of.take(owner, number, end);
        if (place == index_ends::place::wrong)
            tables_.connection_.note_damage("the numbers of message " + std::to_string(offset) +
                                            " do not go on where those before it end");
        return place == index_ends::place::next;
    }

    sqlite_tables& tables_;
    std::uint64_t next_; // messages are numbered without a gap
    log_overlay overlay_;
    index_ends logs_;
    index_ends chats_;
};

void sqlite_tables::rebuild_overlay() {
    rebuilder rebuilt(*this);
    rows_.read_messages_above(folded_mark_, [&](const message_row& row, const message_record& texts) {
#ifdef WSD_PLANTED
        if (is_planted("dedupe_not_durable")) {
            message_record nameless = texts;
            nameless.client_message_id.clear();
            return rebuilt.add(row, nameless);
        }
#endif
        rebuilt.add(row, texts);
    });
    check_last_message();
    if (connection_.failed()) return;
    overlay_.replace(rebuilt.take());
}

// Numbers and times go on from it, also when it is in the indexes' tables and was not looked at. Nor is one looked at
// whose number was changed so that it comes before all.
void sqlite_tables::check_last_message() {
    if (connection_.query_integer("SELECT min(id) FROM messages") < 0)
        connection_.note_damage("a message has a number below 0");
    const auto last = find_last_message();
    if (last.offset > removed_.offset && !rows_.read_message(last.offset, 0).record)
        connection_.note_damage("the last message, " + std::to_string(last.offset) + ", is not as it was written");
}

} // namespace wsd
