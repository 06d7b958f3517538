#pragma once

#include "common/base/ids.hpp"
#include "common/state/index_list.hpp"
#include "common/state/user_table.hpp"

#include <cstddef>
#include <cstdint>

namespace wsd {

// The open connections of one shard: by id, and by user in the order in which they came. Handle is a pointer to what
// serves a connection; it is not owned, and Handle{} means none. A connection is here from its acceptance until its TCP
// connection has ended. Lives on its shard's thread; bounded by connections_max; 170 bytes for a connection and
// its user together.
template <class Handle> class connection_store {
  public:
    struct options {
        std::uint16_t shard = 0;
        std::size_t connections_max = 1 << 20;
        hash_seed seed{};
    };

    explicit connection_store(const options& o) : options_(o), hash_(o.seed), users_(o.seed) {}

    // An id without generation when connections_max is reached; nothing was added then.
    [[nodiscard]] connection_id add(const user_id& user, const session_id& session, Handle handle);

    // False: the id is stale.
    bool remove(connection_id id);

    [[nodiscard]] bool contains(connection_id id) const noexcept { return element(id) != nullptr; }
    [[nodiscard]] Handle find(connection_id id) const noexcept {
        const connection* c = element(id);
        return c == nullptr ? Handle{} : c->handle;
    }
    // nullptr: stale. Good until the store is next changed.
    [[nodiscard]] const user_id* user_of(connection_id id) const noexcept {
        const connection* c = element(id);
        return c == nullptr ? nullptr : &users_.user_of(c->user);
    }

    // The connection is being closed: it still counts and is still visited, but is no longer the oldest open one.
    void mark_closing(connection_id id);
    // A refreshed token may name another session.
    void set_session(connection_id id, const session_id& session);

    [[nodiscard]] std::size_t count() const noexcept { return connections_.size(); }
    [[nodiscard]] std::size_t count_users() const noexcept { return users_.size(); }
    [[nodiscard]] std::size_t count_of(const user_id& user) const noexcept;
    [[nodiscard]] std::size_t open_count_of(const user_id& user) const noexcept; // those not being closed
    // Those of one session that are not being closed. Linear in the user's connections.
    [[nodiscard]] std::size_t open_count_of(const user_id& user, const session_id& session) const;
    // The oldest that is not being closed, no generation if there is none. The second form is of one session.
    [[nodiscard]] connection_id oldest_of(const user_id& user) const;
    [[nodiscard]] connection_id oldest_of(const user_id& user, const session_id& session) const;

    // fn(connection_id, Handle) for each connection of the user that is there now, oldest first. fn may remove any
    // connection, that one included; what it adds is not visited.
    template <class Fn> void for_each_of(const user_id& user, Fn&& fn) const;
    // fn(connection_id, const user_id&, Handle) for every connection, in no order. fn may remove any; what it adds may
    // or may not be visited.
    template <class Fn> void for_each(Fn&& fn) const;

  private:
    struct connection {
        std::uint64_t generation = 0;
        std::size_t session = 0; // keyed hash of the session's id: compared among one user's connections only
        Handle handle{};
        std::uint32_t user = no_slot;
        list_links links{};
        bool closing = false;
    };
    struct user_record {
        index_list connections;
        std::uint32_t count = 0;
        std::uint32_t closing = 0;
    };

    [[nodiscard]] auto links() noexcept {
        return [this](std::uint32_t slot) -> list_links& { return connections_[slot].links; };
    }
    [[nodiscard]] connection_id id_of(std::uint32_t slot) const noexcept {
        return {.shard = options_.shard, .slot = slot, .generation = connections_[slot].generation};
    }
    [[nodiscard]] const connection* element(connection_id id) const noexcept {
        const connection* c = id.shard == options_.shard ? connections_.find(id.slot) : nullptr;
        return c != nullptr && c->generation == id.generation ? c : nullptr;
    }
    [[nodiscard]] connection* element(connection_id id) noexcept {
        return const_cast<connection*>(static_cast<const connection_store*>(this)->element(id));
    }
    template <class Accepts> [[nodiscard]] connection_id oldest_where(const user_id& user, Accepts&& accepts) const;

    options options_;
    seeded_hash hash_;
    std::uint64_t next_generation_ = 1; // never reused, and ascending along every user's list
    slot_table<connection> connections_;
    user_table<user_record> users_;
};

template <class Handle>
connection_id connection_store<Handle>::add(const user_id& user, const session_id& session, Handle handle) {
    if (connections_.size() >= options_.connections_max) return {};
    std::uint32_t owner = users_.find(user);
    if (owner == no_slot) owner = users_.insert(user);
    const std::uint32_t slot = connections_.insert(
        connection{.generation = next_generation_++, .session = hash_(session), .handle = handle, .user = owner});
    users_[owner].connections.push_back(slot, links());
    ++users_[owner].count;
    return id_of(slot);
}

template <class Handle> bool connection_store<Handle>::remove(connection_id id) {
    const connection* c = element(id);
    if (c == nullptr) return false;
    const std::uint32_t owner = c->user;
    user_record& record = users_[owner];
    if (c->closing) --record.closing;
    record.connections.remove(id.slot, links());
    connections_.erase(id.slot);
    if (--record.count == 0) users_.erase(owner);
    return true;
}

template <class Handle> void connection_store<Handle>::mark_closing(connection_id id) {
    connection* c = element(id);
    if (c == nullptr || c->closing) return;
    c->closing = true;
    ++users_[c->user].closing;
}

template <class Handle> void connection_store<Handle>::set_session(connection_id id, const session_id& session) {
    if (connection* c = element(id); c != nullptr) c->session = hash_(session);
}

template <class Handle> std::size_t connection_store<Handle>::count_of(const user_id& user) const noexcept {
    const std::uint32_t slot = users_.find(user);
    return slot == no_slot ? 0 : users_[slot].count;
}

template <class Handle> std::size_t connection_store<Handle>::open_count_of(const user_id& user) const noexcept {
    const std::uint32_t slot = users_.find(user);
    return slot == no_slot ? 0 : users_[slot].count - users_[slot].closing;
}

template <class Handle>
std::size_t connection_store<Handle>::open_count_of(const user_id& user, const session_id& session) const {
    std::size_t count = 0;
    (void)oldest_where(user, [&count, wanted = hash_(session)](const connection& c) {
        count += c.session == wanted && !c.closing ? 1 : 0;
        return false;
    });
    return count;
}

template <class Handle> connection_id connection_store<Handle>::oldest_of(const user_id& user) const {
    return oldest_where(user, [](const connection& c) { return !c.closing; });
}

template <class Handle>
connection_id connection_store<Handle>::oldest_of(const user_id& user, const session_id& session) const {
    return oldest_where(user,
                        [wanted = hash_(session)](const connection& c) { return c.session == wanted && !c.closing; });
}

template <class Handle>
template <class Accepts>
connection_id connection_store<Handle>::oldest_where(const user_id& user, Accepts&& accepts) const {
    const std::uint32_t owner = users_.find(user);
    if (owner == no_slot) return {};
    for (std::uint32_t slot = users_[owner].connections.first; slot != no_slot; slot = connections_[slot].links.next)
        if (accepts(connections_[slot])) return id_of(slot);
    return {};
}

template <class Handle>
template <class Fn>
void connection_store<Handle>::for_each_of(const user_id& user, Fn&& fn) const {
    const std::uint64_t end = next_generation_;
    std::uint64_t visited = 0;
    const auto not_visited = [&visited](const connection& c) { return c.generation > visited; };
    connection_id next = oldest_where(user, not_visited);
    while (next.generation != 0 && next.generation < end) {
        const connection_id current = next;
        const std::uint32_t after = connections_[current.slot].links.next;
        next = after == no_slot ? connection_id{} : id_of(after);
        visited = current.generation;
        fn(current, connections_[current.slot].handle);
        // The callback removed the one that was to be next: look it up anew.
        if (next.generation != 0 && !contains(next)) next = oldest_where(user, not_visited);
    }
}

template <class Handle> template <class Fn> void connection_store<Handle>::for_each(Fn&& fn) const {
    connections_.for_each(
        [this, &fn](std::uint32_t slot, const connection& c) { fn(id_of(slot), users_.user_of(c.user), c.handle); });
}

} // namespace wsd
