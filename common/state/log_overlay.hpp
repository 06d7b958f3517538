#pragma once

#include "common/state/client_id_index.hpp"
#include "common/state/log_tables.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <queue>
#include <span>
#include <utility>
#include <vector>

namespace wsd {

// The youngest part of the indexes of a log: entries of users' logs, places in chats, client ids. A message is durable
// as soon as its row is; its place in three indexes would cost four more pages a message when it was written at once.
// It is kept here until `window` further messages have come, and then folded into the tables with all that has gathered
// for the same user or chat meanwhile. After a crash what is missing in the tables is put back from the messages' rows.
// Written by one thread; who lets another one read locks around both. Bounded by the window.
class log_overlay {
  public:
    // Up to `offset` everything is in the tables.
    explicit log_overlay(std::uint64_t window, std::uint64_t offset = 0)
        : window_(window), last_(offset), committed_(offset) {}

    // Adds the parts of a message that the tables do not have; offsets ascend.
    void add_entry(user_key user, std::uint64_t seq, const entry_row& entry);
    void add_place(chat_key chat, std::uint64_t chat_seq, const place_row& place);
    void add_client_id(std::uint64_t code, chat_key chat, std::uint64_t offset); // see client_code
    // Is not to come into the tables. That stays when the commit fails: then another overlay is made.
    void forget_client_id(std::uint64_t code, std::uint64_t offset);

    // What was added is committed, what was folded is in the tables.
    void publish();
    // What was added since publish() is gone again, and nothing was folded.
    void discard();

    struct span_of_seqs { // what is here of one log; everything below `first` is in the tables
        std::uint64_t first = 0;
        std::uint64_t last = 0;
    };
    enum class view : std::uint8_t { all, committed };
    [[nodiscard]] std::optional<span_of_seqs> find_log(user_key user, view what) const; // nullopt: nothing is here
    [[nodiscard]] std::optional<span_of_seqs> find_chat(chat_key chat, view what) const;
    // Appends the entries from..to that are here.
    void read_entries(user_key user, std::uint64_t from, std::uint64_t to, view what,
                      std::vector<entry_row>& out) const;
    // The same for the messages of a chat.
    void read_places(chat_key chat, std::uint64_t from, std::uint64_t to, view what, std::vector<place_row>& out) const;
    [[nodiscard]] const client_id_index& client_ids() const { return client_ids_; }

    struct client_item {
        std::uint64_t code = 0;
        client_id_index::place at;
    };
    // Takes what is written to the tables. False: writing failed.
    class folder {
      public:
        virtual ~folder() = default;
        virtual bool fold_entries(user_key user, std::uint64_t first, std::span<const std::uint64_t> codes) = 0;
        virtual bool fold_places(chat_key chat, std::uint64_t first, std::span<const std::uint64_t> codes) = 0;
        virtual bool fold_client_ids(std::span<const client_item> ids) = 0;
    };
    // Hands over what is older than the window, or has offsets below `below`, oldest first and not much more than
    // `budget` rows of it. It stays here until publish(). False: `to` failed.
    bool fold(folder& to, std::size_t budget, std::uint64_t below = 0);

    // Every message up to this offset is in the tables with all its parts. Not between fold() and publish().
    [[nodiscard]] std::uint64_t folded_up_to() const;
    [[nodiscard]] std::uint64_t window() const { return window_; }
    [[nodiscard]] bool empty() const { return due_.empty() && folding_.empty(); }

  private:
    // Codes of entries or places: offsets, ascending, in the lower 48 bits.
    struct run {
        std::uint64_t first = 0; // seq of items[0]
        std::size_t folding = 0; // so many were handed over since publish()
        std::vector<std::uint64_t> items = {};
    };
    struct ids_of_sender {
        std::size_t folding = 0;
        std::vector<client_item> items = {};
    };
    enum class group_kind : std::uint8_t { log, chat, client_ids };
    struct group {
        std::uint64_t first_offset = 0;
        group_kind kind = group_kind::log;
        std::uint64_t key = 0;
        friend bool operator<(const group& a, const group& b) { return a.first_offset > b.first_offset; }
    };
    using runs = boost::unordered_flat_map<std::uint64_t, run>;

    void add(runs& to, group_kind kind, std::uint64_t key, std::uint64_t number, std::uint64_t item);
    [[nodiscard]] std::optional<span_of_seqs> find_run(const runs& in, std::uint64_t key, view what) const;
    bool fold_run(folder& to, const group& which, std::size_t& rows);
    void forget_folded(const group& which);
    void forget_folded(runs& from, const group& which);
    void discard_run(runs& from, std::uint64_t key);
    void discard_ids(std::uint64_t sender);

    std::uint64_t window_;
    std::uint64_t last_;      // offset
    std::uint64_t committed_; // offset
    runs logs_;
    runs chats_;
    client_id_index client_ids_;
    boost::unordered_flat_map<std::uint64_t, ids_of_sender> senders_;
    std::priority_queue<group> due_; // every group that holds something, oldest on top, but those in folding_
    std::vector<group> folding_;     // handed over since publish()
    std::vector<group> touched_;     // since publish()
};

} // namespace wsd
