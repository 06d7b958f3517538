#pragma once

#include "common/state/store_records.hpp"

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace wsd {

struct log_identity {
    std::string epoch; // opaque, 1..64 characters; changes when the logs are not intact
    durability level = durability::fsync;
};

// Reads committed data. Owned and used by one thread, which is not the writer's.
class log_reader {
  public:
    virtual ~log_reader() = default;

    // Where a RESUME begins and ends. errc::persistence when the log can't be read.
    [[nodiscard]] virtual result<resume_plan> plan_resume(const resume_request& request) = 0;

    // Entries from..to of the user's log with the content and state of now, as many as the bounds of the request allow.
    // errc::persistence when the log can't be read.
    [[nodiscard]] virtual result<log_page> read_page(const page_request& request) = 0;

    // What the user's chats hold. errc::persistence when the log can't be read.
    [[nodiscard]] virtual result<chat_answer> ask(const chat_question& question) = 0;

    // Users with a direct chat in which both have written, each once over all pages, and with the last page all rooms
    // of the user, in no particular order. Who becomes a contact while pages are read may be in none.
    [[nodiscard]] virtual result<contact_list> contacts(const contacts_request& request) = 0;
    // Users who are members of any room, each once over all pages.
    [[nodiscard]] virtual result<member_page> read_members(const members_request& request) = 0;

    // The room as its member sees it; empty when it is unknown or the user is no member.
    [[nodiscard]] virtual result<room_lookup> find_room(const room_request& request) = 0;
    [[nodiscard]] virtual result<room_list> list_rooms(const room_list_request& request) = 0;
};

// The log: every message, every user's log, every position. One writer; the interface assumes neither a local file nor
// a single node. Implementations: sqlite_log, memory_log; tests/contract/message_log_test.cpp is what they owe.
class message_log {
  public:
    virtual ~message_log() = default;

    [[nodiscard]] virtual const log_identity& identity() const = 0;

    // Applies the operations in order and makes them durable together; outcomes[i] answers operations[i].
    // Success: everything is durable as identity().level promises. Operations may be refused one by one (an errc or a
    // status in their outcome) without touching the others.
    // errc::persistence: nothing was applied, or it is unknown whether it was; no outcome is valid and every later call
    // fails too until recover() succeeds. `now` is the wall clock; timestamps given to messages never go back.
    [[nodiscard]] virtual result<void> commit(std::span<const log_operation> operations,
                                              std::span<log_outcome> outcomes, timestamp now) = 0;

    // The outcome of an open_user while the log can't be written, so that clients may still connect and resume: nothing
    // is remembered of the device. errc::persistence when the log can't be read either. The writer's thread.
    [[nodiscard]] virtual result<opened_user> open_unwritten(const open_user& operation) = 0;

    // The revocations and suspensions that are stored; some may be over. errc::persistence when the log can't be read.
    // Before the first commit or on the writer's thread.
    [[nodiscard]] virtual result<std::vector<exclusion>> read_exclusions() = 0;

    // What the last failure was, for an operator: what is wrong, where, what to do. Empty: none yet. The writer's
    // thread.
    [[nodiscard]] virtual std::string last_error() const = 0;

    // After a failed commit: makes sure that what is durable and what this object believes agree again, and that the
    // log can be written. True when commits may go on. Cheap enough to be called once a second.
    [[nodiscard]] virtual bool recover() = 0;

    // A reader for another thread. May be called before the first commit; lives no longer than the log.
    [[nodiscard]] virtual result<std::unique_ptr<log_reader>> open_reader() = 0;

    // Flushes and marks a clean end. No commit may follow.
    virtual void close() = 0;
};

} // namespace wsd
