#include "loadgen/state/outbox.hpp"

#include <algorithm>

namespace wsd::loadgen {

std::optional<std::uint32_t> outbox::add(steady_time due) {
    if (size() >= slots_max) return std::nullopt;
    slots_.push_back({.due = due, .sent = {}});
    ++unsettled_;
    return last_number();
}

std::optional<std::uint32_t> outbox::next_to_send() {
    for (; next_ <= last_number(); ++next_) {
        const slot& one = *find(next_);
        if (!one.on_the_way && !one.settled) return next_;
    }
    return std::nullopt;
}

void outbox::mark_sent(std::uint32_t number, steady_time now) {
    slot& one = slots_[head_ + (number - first_)];
    one.repeated = one.sent != steady_time{};
    if (!one.repeated) one.sent = now;
    one.overtaken = one.repeated && number < settled_top_;
    one.on_the_way = true;
}

std::optional<outbox::slot> outbox::settle(std::uint32_t number) {
    if (number < first_ || number > last_number()) return std::nullopt;
    slot& one = slots_[head_ + (number - first_)];
    if (one.settled || one.sent == steady_time{}) return std::nullopt;
    one.settled = true;
    --unsettled_;
    settled_top_ = std::max(settled_top_, number);
    const slot known = one;
    if (number == first_) drop_settled();
    return known;
}

void outbox::drop_settled() {
    while (head_ < slots_.size() && slots_[head_].settled) {
        ++head_;
        ++first_;
    }
    next_ = std::max(next_, first_);
    if (head_ == slots_.size()) {
        slots_.clear();
        if (slots_.capacity() > 256) slots_.shrink_to_fit();
        head_ = 0;
    } else if (head_ >= 1024 && head_ * 2 >= slots_.size()) {
        slots_.erase(slots_.begin(), slots_.begin() + head_);
        head_ = 0;
    }
}

void outbox::break_off() {
    for (std::size_t i = head_; i < slots_.size(); ++i) slots_[i].on_the_way = false;
    next_ = first_;
}

std::vector<std::uint32_t> outbox::pending(std::size_t limit) const {
    std::vector<std::uint32_t> numbers;
    for (std::uint32_t number = first_; number <= last_number() && numbers.size() < limit; ++number) {
        const slot& one = *find(number);
        if (!one.settled && one.sent != steady_time{}) numbers.push_back(number);
    }
    return numbers;
}

const outbox::slot* outbox::find(std::uint32_t number) const {
    if (number < first_ || number > last_number()) return nullptr;
    return &slots_[head_ + (number - first_)];
}

} // namespace wsd::loadgen
