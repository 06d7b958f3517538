#include "tests/support/naive_log.hpp"

#include <algorithm>

namespace wsd::test {

bool naive_log::wrote(const std::string& from, const std::string& to) const {
    return std::any_of(messages_.begin(), messages_.end(),
                       [&](const message& m) { return m.sender == from && m.recipient == to; });
}

naive_log::append_answer naive_log::append(const std::string& from, const std::string& to, const std::string& content,
                                           const std::string& client_id) {
    std::uint64_t chat_seq = 1;
    for (std::size_t i = 0; i < messages_.size(); ++i) {
        const message& m = messages_[i];
        if (!client_id.empty() && m.client_id == client_id && m.sender == from && m.recipient == to) {
            append_answer answer{.index = i};
            answer.conflict = m.content != content;
            answer.duplicate = !answer.conflict;
            answer.contacts = wrote(from, to) && wrote(to, from);
            return answer;
        }
        if ((m.sender == from && m.recipient == to) || (m.sender == to && m.recipient == from)) ++chat_seq;
    }
    append_answer answer{.index = messages_.size()};
    answer.contacts = wrote(to, from);
    answer.new_contacts = answer.contacts && !wrote(from, to);
    logs_[from].push_back(answer.index);
    logs_[to].push_back(answer.index);
    messages_.push_back({.sender = from,
                         .recipient = to,
                         .content = content,
                         .client_id = client_id,
                         .chat_seq = chat_seq,
                         .sender_seq = logs_[from].size(),
                         .recipient_seq = logs_[to].size()});
    return answer;
}

naive_log::receipt_answer naive_log::confirm(const std::string& user, std::size_t index, receipt_kind kind) {
    if (index >= messages_.size()) return {.status = confirm_status::not_found, .changed = {}, .read_position = {}};
    message& m = messages_[index];
    receipt_answer answer{.state = m.state, .changed = {}, .read_position = {}};
    const auto wanted = kind == receipt_kind::read ? message_state::read : message_state::delivered;
    if (m.sender == user) {
        answer.status = confirm_status::not_authorized;
    } else if (m.recipient != user) {
        answer.status = confirm_status::not_found;
    } else if (m.state < wanted) {
        if (wanted == message_state::read && m.state == message_state::sent) {
            answer.status = confirm_status::invalid_transition;
            return answer;
        }
        answer.status = confirm_status::changed;
        answer.state = m.state = wanted;
        answer.changed.push_back(index);
        auto& position = read_[{user, m.sender}];
        if (wanted == message_state::read && position < m.chat_seq) answer.read_position = position = m.chat_seq;
    }
    return answer;
}

std::vector<std::size_t> naive_log::deliver(const std::string& user, std::uint64_t from, std::uint64_t to) {
    std::vector<std::size_t> changed;
    const auto& log = logs_[user];
    for (auto seq = std::max<std::uint64_t>(from, 1); seq <= to && seq <= log.size(); ++seq) {
        message& m = messages_[log[seq - 1]];
        if (m.recipient != user || m.state != message_state::sent) continue;
        m.state = message_state::delivered;
        changed.push_back(log[seq - 1]);
    }
    return changed;
}

naive_log::receipt_answer naive_log::up_to(const std::string& user, std::uint64_t seq, const std::string& name) {
    if (seq > logs_[user].size()) return {.status = confirm_status::cursor_ahead, .changed = {}, .read_position = {}};
    receipt_answer answer{.changed = deliver(user, 1, seq), .read_position = {}};
    bool moved = false;
    for (device& d : devices_[user]) {
        if (d.name != name || (d.position && *d.position >= seq)) continue;
        d.position = seq;
        moved = true;
    }
    if (moved || !answer.changed.empty()) answer.status = confirm_status::changed;
    return answer;
}

naive_log::receipt_answer naive_log::replayed(const std::string& user, std::uint64_t from, std::uint64_t to) {
    receipt_answer answer{.changed = deliver(user, from, to), .read_position = {}};
    if (!answer.changed.empty()) answer.status = confirm_status::changed;
    return answer;
}

std::optional<std::uint64_t> naive_log::hello(const std::string& user, const std::string& name, std::size_t max) {
    if (name.empty()) return std::nullopt;
    auto& devices = devices_[user];
    device greeted{.name = name, .position = {}};
    for (std::size_t i = 0; i < devices.size(); ++i) {
        if (devices[i].name != name) continue;
        greeted = devices[i];
        devices.erase(devices.begin() + static_cast<std::ptrdiff_t>(i));
        break;
    }
    devices.push_back(greeted);
    while (devices.size() > max) devices.erase(devices.begin());
    return greeted.position;
}

std::optional<std::size_t> naive_log::newest(const std::string& user, const std::string& client_id) const {
    for (std::size_t i = messages_.size(); i-- > 0;) {
        if (messages_[i].sender == user && messages_[i].client_id == client_id) return i;
    }
    return std::nullopt;
}

std::uint64_t naive_log::oldest_undelivered(const std::string& user, std::uint64_t start) const {
    const auto log = logs_.find(user);
    for (std::uint64_t seq = 1; seq <= start; ++seq) {
        const message& m = messages_[log->second[seq - 1]];
        if (m.recipient == user && m.state == message_state::sent) return seq - 1;
    }
    return start;
}

std::vector<std::string> naive_log::contacts(const std::string& user) const {
    std::vector<std::string> found;
    for (const message& m : messages_) {
        if (m.sender == user && wrote(m.recipient, user)) found.push_back(m.recipient);
    }
    std::sort(found.begin(), found.end());
    found.erase(std::unique(found.begin(), found.end()), found.end());
    return found;
}

} // namespace wsd::test
