#pragma once

#include "common/base/clock.hpp"
#include "common/state/index_list.hpp"
#include "common/state/log_records.hpp"
#include "common/state/user_table.hpp"

#include <boost/unordered/unordered_flat_set.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace wsd {

// What the devices of the users whom a shard serves have confirmed: their acknowledged positions while they are
// connected (the log has them for good), and messages written but not confirmed, for a metric. Lives on its shard's
// thread. Bounded by the connections with a device, users_max and unconfirmed_max.
class delivery_store {
  public:
    struct options {
        milliseconds ack_timeout{30'000};
        std::size_t users_max = 1 << 20;
        std::size_t unconfirmed_max = 100'000; // beyond it messages are not watched
        hash_seed seed{};
    };
    explicit delivery_store(const options& o);

    // The first connection of the user came / its last one has gone. False: users_max; nothing is kept for the user
    // then, and the other calls do nothing.
    [[nodiscard]] bool attach(const user_id& user);
    void drop(const user_id& user);

    // A connection of the device said HELLO, or ended. `position` as in the log; the highest one known counts. Devices
    // are shared by connections that name the same one.
    void attach_device(const user_id& user, const device_id& device, std::optional<std::uint64_t> position);
    void detach_device(const user_id& user, const device_id& device);

    // The acknowledged position; nullopt: it has none, or the device is not connected.
    [[nodiscard]] std::optional<std::uint64_t> acknowledged(const user_id& user, const device_id& device) const;
    // Never goes back. True if it moved.
    bool acknowledge(const user_id& user, const device_id& device, std::uint64_t up_to);

    // The entry was written to a connection of the user. The first time that a message addressed to the user and in
    // state sent is written, it is watched until it is confirmed.
    void written(const user_id& user, const log_entry& entry, steady_time now);
    void confirmed(const user_id& user, const message_id& id);

    // How many messages stayed unconfirmed for ack_timeout since the last call. They are not watched any longer.
    [[nodiscard]] std::size_t take_overdue(steady_time now);

    [[nodiscard]] std::size_t count_users() const noexcept { return users_.size(); }
    [[nodiscard]] std::size_t count_unconfirmed() const noexcept { return unconfirmed_.size(); }
    [[nodiscard]] std::uint64_t not_watched() const noexcept {
        return not_watched_;
    } // since the start, for want of room

  private:
    struct device {
        device_id id;
        std::optional<std::uint64_t> position;
        std::uint32_t connections = 0;
    };
    struct record {
        std::uint64_t name_hash = 0;
        std::uint64_t highest_written = 0;
        std::vector<device> devices; // few
    };
    struct message_key {
        message_id id;
        std::uint64_t recipient = 0; // keyed hash
        friend bool operator==(const message_key&, const message_key&) = default;
    };
    struct unconfirmed {
        message_key key;
        steady_time due;
        list_links links;
    };
    struct by_key {
        using is_transparent = void;
        const slot_table<unconfirmed>* slots;
        std::size_t operator()(const message_key& key) const noexcept {
            return key.id.low * 0x9e3779b97f4a7c15 ^ key.recipient;
        }
        std::size_t operator()(std::uint32_t slot) const noexcept { return (*this)((*slots)[slot].key); }
    };
    struct same_key {
        using is_transparent = void;
        const slot_table<unconfirmed>* slots;
        bool operator()(std::uint32_t a, std::uint32_t b) const noexcept { return a == b; }
        bool operator()(const message_key& key, std::uint32_t slot) const noexcept { return (*slots)[slot].key == key; }
        bool operator()(std::uint32_t slot, const message_key& key) const noexcept { return (*slots)[slot].key == key; }
    };

    [[nodiscard]] auto links() noexcept {
        return [this](std::uint32_t slot) -> list_links& { return unconfirmed_[slot].links; };
    }
    [[nodiscard]] const device* find_device(const user_id& user, const device_id& name) const;
    [[nodiscard]] device* find_device(const user_id& user, const device_id& name) {
        return const_cast<device*>(static_cast<const delivery_store*>(this)->find_device(user, name));
    }
    void forget(std::uint32_t slot);

    options options_;
    seeded_hash hash_;
    user_table<record> users_;
    slot_table<unconfirmed> unconfirmed_;
    boost::unordered_flat_set<std::uint32_t, by_key, same_key> index_;
    index_list by_due_;
    std::uint64_t not_watched_ = 0;
};

} // namespace wsd
