#include "server/storage/sqlite_schema.hpp"

#include "server/storage/sqlite_room_rows.hpp"

#include <string>

namespace wsd {
namespace {

// docs/STORAGE.md explains the tables.
constexpr const char* version_1 = R"sql(
CREATE TABLE meta(
    name TEXT PRIMARY KEY,
    value
) WITHOUT ROWID;

CREATE TABLE users(
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    floor INTEGER NOT NULL DEFAULT 1,
    settled INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE chats(
    id INTEGER PRIMARY KEY,
    low INTEGER NOT NULL,
    high INTEGER NOT NULL,
    wrote INTEGER NOT NULL DEFAULT 0,
    UNIQUE(low, high)
);
CREATE INDEX chats_by_high ON chats(high);

CREATE TABLE messages(
    id INTEGER PRIMARY KEY,
    chat INTEGER NOT NULL,
    chat_seq INTEGER NOT NULL,
    sender INTEGER NOT NULL,
    recipient INTEGER NOT NULL,
    sender_seq INTEGER NOT NULL,
    recipient_seq INTEGER NOT NULL,
    sent_at INTEGER NOT NULL,
    state INTEGER NOT NULL,
    type TEXT,
    checksum INTEGER NOT NULL,
    client_id TEXT,
    content TEXT,
    target INTEGER,
    link INTEGER,
    edited_at INTEGER,
    deleted_at INTEGER,
    deleted_by INTEGER,
    first_content INTEGER
);
CREATE INDEX deleted_messages ON messages(chat, chat_seq) WHERE deleted_at IS NOT NULL;

CREATE TABLE inbox(
    user INTEGER NOT NULL,
    first INTEGER NOT NULL,
    entries BLOB NOT NULL,
    PRIMARY KEY(user, first)
) WITHOUT ROWID;

CREATE TABLE chat_log(
    chat INTEGER NOT NULL,
    first INTEGER NOT NULL,
    messages BLOB NOT NULL,
    PRIMARY KEY(chat, first)
) WITHOUT ROWID;

CREATE TABLE client_ids(
    code INTEGER NOT NULL,
    chat INTEGER NOT NULL,
    message INTEGER NOT NULL,
    PRIMARY KEY(code, chat, message)
) WITHOUT ROWID;

CREATE TABLE devices(
    user INTEGER NOT NULL,
    device TEXT NOT NULL,
    position INTEGER,
    hello INTEGER NOT NULL,
    PRIMARY KEY(user, device)
) WITHOUT ROWID;

CREATE TABLE read_positions(
    user INTEGER NOT NULL,
    chat INTEGER NOT NULL,
    chat_seq INTEGER NOT NULL,
    PRIMARY KEY(user, chat)
) WITHOUT ROWID;

CREATE TABLE rooms(
    id INTEGER PRIMARY KEY,
    room TEXT NOT NULL UNIQUE,
    alive INTEGER NOT NULL DEFAULT 0,
    ended INTEGER NOT NULL DEFAULT 0,
    blanked INTEGER NOT NULL DEFAULT 0,
    name TEXT NOT NULL DEFAULT '',
    thumbnail_url TEXT NOT NULL DEFAULT '',
    policy INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL DEFAULT 0,
    created_by TEXT NOT NULL DEFAULT '',
    version INTEGER NOT NULL DEFAULT 0,
    updated_at INTEGER NOT NULL DEFAULT 0,
    members INTEGER NOT NULL DEFAULT 0
);

CREATE INDEX rooms_to_blank ON rooms(id) WHERE blanked<ended;

CREATE TABLE members(
    room INTEGER NOT NULL,
    user INTEGER NOT NULL,
    role INTEGER NOT NULL,
    joined_at INTEGER NOT NULL,
    since INTEGER NOT NULL,
    delivered INTEGER NOT NULL,
    read INTEGER NOT NULL,
    PRIMARY KEY(room, user)
) WITHOUT ROWID;
CREATE INDEX members_by_user ON members(user, role);

CREATE TABLE room_entries(
    message INTEGER PRIMARY KEY,
    places BLOB NOT NULL
);

CREATE TABLE revocations(
    user TEXT NOT NULL,
    session TEXT NOT NULL,
    issued_before INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY(user, session, issued_before)
) WITHOUT ROWID;

CREATE TABLE suspensions(
    user TEXT PRIMARY KEY
) WITHOUT ROWID;

INSERT INTO meta VALUES
    ('epoch', lower(hex(randomblob(16)))),
    ('store_tag', abs(random() % 16384)),
    ('hash_seed', randomblob(16)),
    ('folded', 0),
    ('removed', 0),
    ('removed_at', 0),
    ('clean', 1),
    ('probe', 0);
)sql";

// What is in the rows now is taken as it is.
constexpr const char* version_2 = R"sql(
ALTER TABLE inbox ADD COLUMN checksum INTEGER NOT NULL DEFAULT 0;
ALTER TABLE chat_log ADD COLUMN checksum INTEGER NOT NULL DEFAULT 0;
ALTER TABLE room_entries ADD COLUMN checksum INTEGER NOT NULL DEFAULT 0;
UPDATE inbox SET checksum=row_checksum(user, first, entries);
UPDATE chat_log SET checksum=row_checksum(chat, first, messages);
UPDATE room_entries SET checksum=row_checksum(message, 0, places);
)sql";

constexpr const char* steps[] = {version_1, version_2};

// user_version lies in the file's header, so that it can be read whatever the tables look like.
std::int64_t version_of(sqlite_connection& database) { return database.query_integer("PRAGMA user_version"); }

} // namespace

std::span<const char* const> schema_steps() { return steps; }

std::string migrate(sqlite_connection& database, const std::string& path, std::span<const char* const> wanted) {
    const auto version = version_of(database);
    if (version < 0) database.note_damage("no schema has version " + std::to_string(version));
    if (database.failed()) return database.failure();
    const auto newest = static_cast<std::int64_t>(wanted.size());
    if (version > newest) {
        return path + " has schema version " + std::to_string(version) + ", this program knows versions up to " +
               std::to_string(newest) + ": start the newer program, or restore a backup from before the upgrade";
    }
    if (version < newest) database.define("row_checksum", checksum_of);
    for (auto step = version; step < newest; ++step) {
        const bool done =
            database.execute("BEGIN IMMEDIATE") && database.execute(wanted[static_cast<std::size_t>(step)]) &&
            database.execute(("PRAGMA user_version=" + std::to_string(step + 1)).c_str()) && database.execute("COMMIT");
        if (done) continue;
        database.roll_back();
        return "migration of " + path + " to schema version " + std::to_string(step + 1) +
               " failed: " + database.failure();
    }
    return {};
}

} // namespace wsd
