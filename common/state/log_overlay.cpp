#include "common/state/log_overlay.hpp"

#include "common/state/entry_code.hpp"

#include <algorithm>
#include <iterator>

namespace wsd {
namespace {

// Of one user or chat at once: bounds what a single step adds to a commit.
constexpr std::size_t items_per_step = 4096;
constexpr std::size_t ids_per_step = 512;
// Items that share a row in the tables, roughly.
constexpr std::size_t items_per_row = 64;

std::uint64_t offset_of(std::uint64_t item) { return item & message_id::offset_mask; }

} // namespace

void log_overlay::add_entry(user_key user, std::uint64_t seq, const entry_row& entry) {
    add(logs_, group_kind::log, static_cast<std::uint64_t>(user), seq, encode_entry(entry));
}

void log_overlay::add_place(chat_key chat, std::uint64_t chat_seq, const place_row& place) {
    add(chats_, group_kind::chat, static_cast<std::uint64_t>(chat), chat_seq, encode_place(place));
}

void log_overlay::add_client_id(std::uint64_t code, chat_key chat, std::uint64_t offset) {
    const group which{offset, group_kind::client_ids, code >> 32};
    last_ = std::max(last_, offset);
    auto& ids = senders_[which.key];
    if (ids.items.empty()) due_.push(which);
    ids.items.push_back({code, {chat, offset}});
    client_ids_.add(code, {chat, offset});
    touched_.push_back(which);
}

void log_overlay::forget_client_id(std::uint64_t code, std::uint64_t offset) {
    const auto sender = senders_.find(code >> 32);
    if (sender == senders_.end()) return;
    auto& items = sender->second.items;
    const auto item = std::lower_bound(items.begin(), items.end(), offset,
                                       [](const client_item& a, std::uint64_t wanted) { return a.at.offset < wanted; });
    if (item == items.end() || item->at.offset != offset || item->code != code) return;
    item->at.chat = chat_key::none; // others keep their places: due_ knows the first
    client_ids_.erase(code, offset);
}

void log_overlay::add(runs& to, group_kind kind, std::uint64_t key, std::uint64_t number, std::uint64_t item) {
    const group which{offset_of(item), kind, key};
    last_ = std::max(last_, which.first_offset);
    run& at = to[key];
    if (at.items.empty()) {
        at.first = number;
        due_.push(which);
    }
    at.items.push_back(item);
    touched_.push_back(which);
}

std::optional<log_overlay::span_of_seqs> log_overlay::find_log(user_key user, view what) const {
    return find_run(logs_, static_cast<std::uint64_t>(user), what);
}

std::optional<log_overlay::span_of_seqs> log_overlay::find_chat(chat_key chat, view what) const {
    return find_run(chats_, static_cast<std::uint64_t>(chat), what);
}

std::optional<log_overlay::span_of_seqs> log_overlay::find_run(const runs& in, std::uint64_t key, view what) const {
    const auto found = in.find(key);
    if (found == in.end()) return std::nullopt;
    const run& at = found->second;
    std::size_t count = at.items.size();
    while (what == view::committed && count > 0 && offset_of(at.items[count - 1]) > committed_) --count;
    if (count == 0) return std::nullopt;
    return span_of_seqs{.first = at.first, .last = at.first + count - 1};
}

void log_overlay::read_entries(user_key user, std::uint64_t from, std::uint64_t to, view what,
                               std::vector<entry_row>& out) const {
    const auto here = find_log(user, what);
    if (!here) return;
    const run& at = logs_.find(static_cast<std::uint64_t>(user))->second;
    const auto last = std::min(to, here->last);
    for (auto seq = std::max(from, here->first); seq <= last; ++seq)
        out.push_back(decode_entry(at.items[seq - at.first]));
}

void log_overlay::read_places(chat_key chat, std::uint64_t from, std::uint64_t to, view what,
                              std::vector<place_row>& out) const {
    const auto here = find_chat(chat, what);
    if (!here) return;
    const run& at = chats_.find(static_cast<std::uint64_t>(chat))->second;
    const auto last = std::min(to, here->last);
    for (auto number = std::max(from, here->first); number <= last; ++number)
        out.push_back(decode_place(at.items[number - at.first]));
}

bool log_overlay::fold(folder& to, std::size_t budget, std::uint64_t below) {
    const auto oldest = std::max(last_ > window_ ? last_ - window_ : 0, below);
    std::size_t rows = 0;
    std::vector<client_item> ids;
    while (rows < budget && !due_.empty() && due_.top().first_offset < oldest) {
        const group which = due_.top();
        due_.pop();
        folding_.push_back(which);
        if (which.kind == group_kind::client_ids) {
            auto& of_sender = senders_[which.key];
            of_sender.folding = std::min(of_sender.items.size(), ids_per_step);
            rows += of_sender.folding;
            const auto begin = of_sender.items.begin();
            std::copy_if(begin, begin + static_cast<std::ptrdiff_t>(of_sender.folding), std::back_inserter(ids),
                         [](const client_item& item) { return item.at.chat != chat_key::none; });
        } else if (!fold_run(to, which, rows)) {
            return false;
        }
    }
    if (ids.empty()) return true;
    // By code, so that neighbours in the table are written one after the other.
    std::sort(ids.begin(), ids.end(), [](const client_item& a, const client_item& b) { return a.code < b.code; });
    return to.fold_client_ids(ids);
}

bool log_overlay::fold_run(folder& to, const group& which, std::size_t& rows) {
    run& at = which.kind == group_kind::log ? logs_[which.key] : chats_[which.key];
    at.folding = std::min(at.items.size(), items_per_step);
    rows += 1 + at.folding / items_per_row;
    const std::span<const std::uint64_t> items(at.items.data(), at.folding);
    if (which.kind == group_kind::log) return to.fold_entries(static_cast<user_key>(which.key), at.first, items);
    return to.fold_places(static_cast<chat_key>(which.key), at.first, items);
}

void log_overlay::publish() {
    for (const group& which : folding_) forget_folded(which);
    folding_.clear();
    touched_.clear();
    committed_ = last_;
}

void log_overlay::forget_folded(const group& which) {
    if (which.kind == group_kind::log) return forget_folded(logs_, which);
    if (which.kind == group_kind::chat) return forget_folded(chats_, which);
    const auto found = senders_.find(which.key);
    auto& [folding, items] = found->second;
    const auto end = items.begin() + static_cast<std::ptrdiff_t>(folding);
    for (auto item = items.begin(); item != end; ++item) client_ids_.erase(item->code, item->at.offset);
    items.erase(items.begin(), end);
    folding = 0;
    if (items.empty()) {
        senders_.erase(found);
    } else {
        due_.push({items.front().at.offset, which.kind, which.key});
    }
}

void log_overlay::forget_folded(runs& from, const group& which) {
    const auto found = from.find(which.key);
    auto& [first, folding, items] = found->second;
    items.erase(items.begin(), items.begin() + static_cast<std::ptrdiff_t>(folding));
    first += folding;
    folding = 0;
    if (items.empty()) {
        from.erase(found);
    } else {
        due_.push({offset_of(items.front()), which.kind, which.key});
    }
}

void log_overlay::discard() {
    for (const group& which : touched_) {
        if (which.kind == group_kind::client_ids) {
            discard_ids(which.key);
        } else {
            discard_run(which.kind == group_kind::log ? logs_ : chats_, which.key);
        }
    }
    touched_.clear();
    folding_.clear();
    last_ = committed_;
    due_ = {};
    for (auto& [key, at] : logs_) due_.push({offset_of(at.items.front()), group_kind::log, key});
    for (auto& [key, at] : chats_) due_.push({offset_of(at.items.front()), group_kind::chat, key});
    for (auto& [key, ids] : senders_) due_.push({ids.items.front().at.offset, group_kind::client_ids, key});
}

void log_overlay::discard_run(runs& from, std::uint64_t key) {
    const auto found = from.find(key);
    if (found == from.end()) return;
    auto& items = found->second.items;
    while (!items.empty() && offset_of(items.back()) > committed_) items.pop_back();
    if (items.empty()) from.erase(found);
}

void log_overlay::discard_ids(std::uint64_t sender) {
    const auto found = senders_.find(sender);
    if (found == senders_.end()) return;
    auto& items = found->second.items;
    while (!items.empty() && items.back().at.offset > committed_) {
        client_ids_.erase(items.back().code, items.back().at.offset);
        items.pop_back();
    }
    if (items.empty()) senders_.erase(found);
}

std::uint64_t log_overlay::folded_up_to() const { return due_.empty() ? last_ : due_.top().first_offset - 1; }

} // namespace wsd
