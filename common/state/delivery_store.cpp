#include "common/state/delivery_store.hpp"

#include <algorithm>

namespace wsd {

delivery_store::delivery_store(const options& o)
    : options_(o), hash_(o.seed), users_(o.seed), index_(0, by_key{&unconfirmed_}, same_key{&unconfirmed_}) {}

bool delivery_store::attach(const user_id& user) {
    if (users_.find(user) != no_slot) return true;
    if (users_.size() >= options_.users_max) return false;
    users_[users_.insert(user)].name_hash = hash_(user);
    return true;
}

// What is watched stays: it is overdue or confirmed whether the user is here or not.
void delivery_store::drop(const user_id& user) {
    if (const std::uint32_t slot = users_.find(user); slot != no_slot) users_.erase(slot);
}

void delivery_store::attach_device(const user_id& user, const device_id& name, std::optional<std::uint64_t> position) {
    const std::uint32_t slot = users_.find(user);
    if (slot == no_slot) return;
    device* known = find_device(user, name);
    if (known == nullptr) known = &users_[slot].devices.emplace_back(device{.id = name, .position = {}});
    ++known->connections;
    known->position = std::max(known->position, position); // nullopt is below every number
}

void delivery_store::detach_device(const user_id& user, const device_id& name) {
    device* known = find_device(user, name);
    if (known == nullptr || --known->connections > 0) return;
    std::vector<device>& devices = users_[users_.find(user)].devices;
    devices.erase(devices.begin() + (known - devices.data()));
}

std::optional<std::uint64_t> delivery_store::acknowledged(const user_id& user, const device_id& name) const {
    const device* known = find_device(user, name);
    return known == nullptr ? std::nullopt : known->position;
}

bool delivery_store::acknowledge(const user_id& user, const device_id& name, std::uint64_t up_to) {
    device* known = find_device(user, name);
    if (known == nullptr || known->position >= up_to) return false;
    known->position = up_to;
    return true;
}

void delivery_store::written(const user_id& user, const log_entry& entry, steady_time now) {
    const std::uint32_t owner = users_.find(user);
    if (owner == no_slot || entry.seq <= users_[owner].highest_written) return;
    users_[owner].highest_written = entry.seq;
    const bool awaits =
        entry.kind == entry_kind::message && entry.state == message_state::sent && entry.message->sender != user;
    if (!awaits) return;
    const message_key key{.id = entry.message->id, .recipient = users_[owner].name_hash};
    if (index_.contains(key)) return; // written before the user came back
    if (unconfirmed_.size() >= options_.unconfirmed_max) {
        ++not_watched_;
        return;
    }
    const std::uint32_t slot =
        unconfirmed_.insert(unconfirmed{.key = key, .due = now + options_.ack_timeout, .links = {}});
    index_.insert(slot);
    by_due_.push_back(slot, links());
}

void delivery_store::confirmed(const user_id& user, const message_id& id) {
    const auto at = index_.find(message_key{.id = id, .recipient = hash_(user)});
    if (at != index_.end()) forget(*at);
}

std::size_t delivery_store::take_overdue(steady_time now) {
    std::size_t overdue = 0;
    for (; !by_due_.empty() && unconfirmed_[by_due_.first].due <= now; ++overdue) forget(by_due_.first);
    return overdue;
}

const delivery_store::device* delivery_store::find_device(const user_id& user, const device_id& name) const {
    const std::uint32_t slot = users_.find(user);
    if (slot == no_slot) return nullptr;
    const std::vector<device>& devices = users_[slot].devices;
    const auto at = std::find_if(devices.begin(), devices.end(), [&name](const device& d) { return d.id == name; });
    return at == devices.end() ? nullptr : &*at;
}

void delivery_store::forget(std::uint32_t slot) {
    index_.erase(slot);
    by_due_.remove(slot, links());
    unconfirmed_.erase(slot);
    shrink_when_sparse(index_);
}

} // namespace wsd
