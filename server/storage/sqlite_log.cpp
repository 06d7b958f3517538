#include "server/storage/sqlite_log.hpp"

#include "common/base/planted_fault.hpp"
#include "server/storage/commit_mark.hpp"
#include "server/storage/data_directory.hpp"
#include "server/storage/log_state.hpp"
#include "server/storage/operations/operations.hpp"
#include "server/storage/sqlite_checkpointer.hpp"
#include "server/storage/sqlite_reader.hpp"
#include "server/storage/sqlite_schema.hpp"
#include "server/storage/sqlite_tables.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

namespace wsd {
namespace {

// A check of all pages reads the whole file. Of a bigger one only what is read anyway is checked.
constexpr std::uintmax_t checked_bytes_max = 256 * 1024 * 1024;

constexpr const char* epoch_sql = "SELECT value FROM meta WHERE name='epoch'";
constexpr const char* last_offset_sql = "SELECT max((SELECT value FROM meta WHERE name='removed'), "
                                        "coalesce((SELECT max(id) FROM messages), 0))";

using checkpoint_kind = sqlite_connection::checkpoint_kind;

std::uintmax_t size_of(const std::string& path) {
    std::error_code error;
    const auto size = std::filesystem::file_size(path, error);
    return error ? 0 : size;
}

class sqlite_log final : public message_log {
  public:
    explicit sqlite_log(const sqlite_options& options);

    // Empty: open.
    [[nodiscard]] std::string open();

    [[nodiscard]] const std::string& notice() const { return notice_; } // see opened_log

    [[nodiscard]] const log_identity& identity() const override { return identity_; }
    [[nodiscard]] result<void> commit(std::span<const log_operation> operations, std::span<log_outcome> outcomes,
                                      timestamp now) override;
    [[nodiscard]] result<opened_user> open_unwritten(const open_user& operation) override;
    [[nodiscard]] result<std::vector<exclusion>> read_exclusions() override;
    [[nodiscard]] std::string last_error() const override { return last_error_; }
    [[nodiscard]] bool recover() override;
    [[nodiscard]] result<std::unique_ptr<log_reader>> open_reader() override;
    void close() override;

  private:
    // All that is thrown away when a commit has failed.
    struct writer {
        writer(const sqlite_options& options, const sqlite_connection::options& how, const char* pragmas,
               shared_overlay& overlay, const store_name& name)
            : connection(how), prepared(connection.execute(pragmas)),
              tables(connection, overlay, name.seed, options.keep.entries_max), state(tables, name, options.keep, {}),
              checkpointer(how, pragmas), wal_pages(options.wal_pages) {}

        bool copy_wal();

        sqlite_connection connection;
        bool prepared;
        sqlite_tables tables;
        log_state state;
        sqlite_checkpointer checkpointer;
        int wal_pages;
        int rounds = 0; // of the checkpointer since it was last acknowledged
    };

    [[nodiscard]] std::string open_database();
    [[nodiscard]] std::string check(sqlite_connection& connection) const;
    [[nodiscard]] found_log look_at_wal(sqlite_connection& connection) const;
    [[nodiscard]] std::string check_mark(sqlite_connection& connection, found_log found);
    void renew_epoch(sqlite_connection& connection, const char* notice);
    [[nodiscard]] std::string explain_damage(const sqlite_connection& connection) const;
    [[nodiscard]] bool write_mark(mark_file::sync how);
    void mark_commit();
    [[nodiscard]] sqlite_connection::options how_to_open(bool for_reading) const;
    [[nodiscard]] const char* pragmas() const;
    // A writer that has made durable what it found and knows what is in it; nullptr: last_error_ says why not.
    [[nodiscard]] std::unique_ptr<writer> make_writer(const char* first_write);
    result<void> fail();

    sqlite_options options_;
    data_directory directory_;
    std::string path_;
    log_identity identity_;
    store_name name_;
    mark_file mark_file_;
    commit_mark mark_; // as in the file
    shared_overlay overlay_;
    std::unique_ptr<writer> writer_;
    bool broken_ = false;
    std::string last_error_;
    std::string notice_;
};

sqlite_log::sqlite_log(const sqlite_options& options) : options_(options), overlay_(options.fold_window) {
    identity_.level = options.level;
}

std::string sqlite_log::open() {
    if (auto problem = directory_.claim(options_.directory); !problem.empty()) return problem;
    path_ = directory_.file("wsd.db");
    const auto mark = directory_.file("wsd.mark");
    if (!mark_file_.open(options_.directory, mark)) return mark + " can't be written (" + std::strerror(errno) + ")";
    if (auto problem = open_database(); !problem.empty()) return problem;
    writer_ = make_writer("UPDATE meta SET value=0 WHERE name='clean'");
    if (!writer_) return last_error_;
    // What was found is durable now, and not before: else the mark would promise what a power cut may take by rights.
    mark_.synced = options_.level == durability::fsync;
    mark_.last_offset = writer_->state.last_offset();
    return write_mark(mark_file::sync::yes) ? std::string() : last_error_;
}

// Before anything is written.
found_log sqlite_log::look_at_wal(sqlite_connection& connection) const {
    const auto wal = path_ + "-wal";
    (void)connection.query_integer("PRAGMA user_version"); // SQLite has read the log then
    return {.wal_octets = size_of(wal),
            .wal_rounds = read_wal_rounds(wal),
            .wal = connection.find_wal_end(),
            .last_offset = 0};
}

std::string sqlite_log::open_database() {
    auto how = how_to_open(false);
    how.create = true;
    how.keeps_wal = true; // a log that is refused stays as it is
    sqlite_connection connection(how);
    connection.execute(pragmas());
    const found_log found = look_at_wal(connection);
    std::string problem;
    if (!connection.failed()) problem = migrate(connection, path_);
    if (problem.empty() && !connection.failed()) problem = check(connection);
    if (problem.empty() && !connection.failed()) {
        identity_.epoch = name_.epoch = connection.query_text(epoch_sql);
        name_.tag =
            static_cast<std::uint16_t>(connection.query_integer("SELECT value FROM meta WHERE name='store_tag'"));
        const auto seed = connection.query_text("SELECT value FROM meta WHERE name='hash_seed'");
        std::copy_n(seed.begin(), std::min(seed.size(), name_.seed.size()), name_.seed.begin());
    }
    if (problem.empty() && !connection.failed()) problem = check_mark(connection, found);
    if (connection.damaged()) return explain_damage(connection);
    return problem.empty() && connection.failed() ? connection.failure() : problem;
}

std::string sqlite_log::explain_damage(const sqlite_connection& connection) const {
    return path_ + " is damaged: restore a backup, or move the directory away to begin with an empty log (" +
           connection.failure() + ")";
}

// What was acknowledged must be there, as far as the mark tells. Where it can't tell, some of it may have gone, and
// when only the machine was to keep it, and that has ended, by rights: what is numbered from now on gets another epoch,
// so that no number names two messages.
std::string sqlite_log::check_mark(sqlite_connection& connection, found_log found) {
    found.last_offset = static_cast<std::uint64_t>(connection.query_integer(last_offset_sql));
    std::optional<commit_mark> known;
    if (!mark_file_.read(known)) return directory_.file("wsd.mark") + " can't be read (" + std::strerror(errno) + ")";
    if (known && known->epoch != identity_.epoch) known.reset();
    mark_ = {.epoch = identity_.epoch,
             .boot = boot_id(),
             .synced = options_.level == durability::fsync && (!known || known->synced),
             .closed = false,
             .wal = {},
             .last_offset = known ? known->last_offset : 0};
    if (connection.failed()) return {};
    if (!known) {
        const char* notice =
            "wsd.mark is missing, damaged or of another log: whether all that was acknowledged is there "
            "can't be told";
        renew_epoch(connection, found.last_offset > 0 ? notice : "");
        return {};
    }
    if (!known->synced && !known->closed && (known->boot != mark_.boot || mark_.boot.empty())) {
        renew_epoch(connection,
                    "the machine ended under a log with WS_DURABILITY=os: what was acknowledged last may be lost");
        return {};
    }
    if (is_complete(*known, found)) return {};
    return path_ +
           " lacks what was acknowledged: wsd.db-wal was damaged, cut or removed, or the database is an older " +
           "one. Put back what was there, or restore a backup; docs/STORAGE.md says how to go on with what is left";
}

void sqlite_log::renew_epoch(sqlite_connection& connection, const char* notice) {
    connection.execute("UPDATE meta SET value=lower(hex(randomblob(16))) WHERE name='epoch'");
    connection.checkpoint(checkpoint_kind::passive); // on the disk before the mark
    mark_.epoch = identity_.epoch = name_.epoch = connection.query_text(epoch_sql);
    mark_.last_offset = 0;
    notice_ = notice;
}

// A failure changes nothing: what the file says then is less than the log holds.
void sqlite_log::mark_commit() {
    commit_mark now = mark_;
    now.wal = writer_->connection.find_wal_end();
    now.last_offset = writer_->state.last_offset();
    if (now != mark_ && mark_file_.write(now, mark_file::sync::no)) mark_ = now;
}

bool sqlite_log::write_mark(mark_file::sync how) {
    if (mark_file_.write(mark_, how)) return true;
    last_error_ = directory_.file("wsd.mark") + ": " + std::strerror(errno);
    return false;
}

// After a crash every page is looked at, as long as that takes a second or two. A file that was closed properly, and a
// big one, is believed: what is damaged is noticed when it is read.
std::string sqlite_log::check(sqlite_connection& connection) const {
    if (connection.query_integer("SELECT value FROM meta WHERE name='clean'") == 1) return {};
    if (size_of(path_) > checked_bytes_max) return {};
    const auto found = connection.query_text("PRAGMA quick_check(1)");
    if (!connection.failed() && found != "ok") connection.note_damage(found);
    return {};
}

sqlite_connection::options sqlite_log::how_to_open(bool for_reading) const {
    return {.path = path_,
            .vfs = options_.vfs,
            .keeps_wal = for_reading, // copying is the writer's
            .cache_kib = for_reading ? options_.cache_kib / 4 : options_.cache_kib};
}

const char* sqlite_log::pragmas() const {
#ifdef WSD_PLANTED
    if (is_planted("synchronous_off")) return "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF";
#endif
    return options_.level == durability::fsync
               ? "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA journal_size_limit=67108864"
               : "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA journal_size_limit=67108864";
}

// What a process that was killed had written but not yet made durable is found in the write-ahead log and believed from
// now on. Copying it into the database makes it durable before anybody is told of it. The write-ahead log is empty
// then, which the mark must allow before.
std::unique_ptr<sqlite_log::writer> sqlite_log::make_writer(const char* first_write) {
    mark_.wal = std::nullopt;
    if (!write_mark(mark_file::sync::yes)) return nullptr;
    auto made = std::make_unique<writer>(options_, how_to_open(false), pragmas(), overlay_, name_);
    made->connection.forget_copied();
    if (made->connection.checkpoint(checkpoint_kind::truncate)) made->tables.rebuild_overlay();
    made->connection.execute(first_write);
    if (!made->connection.failed()) return made;
    last_error_ = made->connection.damaged() ? explain_damage(made->connection) : made->connection.failure();
    return nullptr;
}

// Each round of the checkpointer copies what was committed during the one before, so the rest that is left to the
// writer shrinks. Whenever a round begins here there is something to copy, see sqlite_checkpointer.
bool sqlite_log::writer::copy_wal() {
    constexpr int far_too_long = 4;
    constexpr int rounds_max = 6;
    constexpr int small_rest_pages = 64;
    if (connection.wal_pages() < wal_pages) return true;
    const bool late = connection.wal_pages() >= wal_pages * far_too_long;
    if (late) checkpointer.wait();
    switch (checkpointer.state()) {
    case sqlite_checkpointer::progress::idle:
        rounds = 1;
        checkpointer.start();
        return true;
    case sqlite_checkpointer::progress::running:
        return true;
    case sqlite_checkpointer::progress::copied:
        if (!late && rounds < rounds_max && connection.wal_pages() - checkpointer.copied_pages() > small_rest_pages) {
            ++rounds;
            checkpointer.start();
            return true;
        }
        checkpointer.acknowledge();
        return connection.checkpoint(checkpoint_kind::passive);
    case sqlite_checkpointer::progress::failed:
        return false;
    }
    return false;
}

result<void> sqlite_log::commit(std::span<const log_operation> operations, std::span<log_outcome> outcomes,
                                timestamp now) {
    if (broken_ || !writer_) return errc::persistence;
    if (!writer_->copy_wal()) return fail();
#ifdef WSD_PLANTED
    static unsigned commits = 0; // each ends with the next whose number is a multiple of 32
    const bool held = is_planted("ack_before_commit") && ++commits % 32 != 0;
    const bool open = is_planted("ack_before_commit") && commits % 32 != 1;
    if (!open) writer_->tables.begin();
#else
    writer_->tables.begin();
#endif
    for (std::size_t i = 0; i < operations.size() && !writer_->tables.failed(); ++i) {
        outcomes[i] =
            std::visit([&](const auto& operation) { return apply(writer_->state, operation, now); }, operations[i]);
    }
#ifdef WSD_PLANTED
    if (held) return {};
#endif
    if (writer_->tables.failed() || !writer_->tables.commit()) return fail();
    mark_commit();
    return {};
}

result<void> sqlite_log::fail() {
    broken_ = true;
    writer_->connection.keep_wal(); // what could not be made durable is there only
    last_error_ = writer_->connection.failed() ? writer_->connection.failure() : writer_->checkpointer.failure();
    writer_->tables.roll_back();
    writer_->state.forget();
    writer_->connection.forget_failure(); // it may still serve open_unwritten
    return errc::persistence;
}

result<opened_user> sqlite_log::open_unwritten(const open_user& operation) {
    if (!writer_) return errc::persistence;
    auto opened = wsd::open_unwritten(writer_->state, operation);
    if (!writer_->tables.failed()) return opened;
    writer_->state.forget();
    writer_->connection.forget_failure();
    return errc::persistence;
}

result<std::vector<exclusion>> sqlite_log::read_exclusions() {
    if (!writer_) return errc::persistence;
    std::vector<exclusion> found;
    writer_->tables.read_exclusions(found);
    if (!writer_->tables.failed()) return found;
    last_error_ = writer_->connection.failure();
    return errc::persistence;
}

// After a failed sync the pages that were not written look clean to the system, so nothing that the old connection
// believes counts, nor what was copied before: a new one copies all of the write-ahead log and writes something. Until
// that works the old one serves open_unwritten.
bool sqlite_log::recover() {
    if (!broken_) return true;
    if (writer_) writer_->checkpointer.wait(); // what begins now starts the log anew
    auto fresh = make_writer("UPDATE meta SET value=value+1 WHERE name='probe'");
    if (!fresh) return false;
    writer_ = std::move(fresh);
    broken_ = false;
    return true;
}

result<std::unique_ptr<log_reader>> sqlite_log::open_reader() {
    auto reader = std::make_unique<sqlite_reader>(how_to_open(true), overlay_, name_, options_.keep.entries_max);
    if (reader->failed()) return errc::persistence;
    return reader;
}

void sqlite_log::close() {
    if (!writer_) return;
    if (!broken_ && writer_->tables.mark_closed()) {
        writer_->checkpointer.wait();
        // It may have lost what was copied, and no commit has met that.
        if (writer_->checkpointer.state() == sqlite_checkpointer::progress::failed) writer_->connection.forget_copied();
        mark_.wal = std::nullopt;
        mark_.closed = write_mark(mark_file::sync::yes) && writer_->connection.checkpoint(checkpoint_kind::truncate);
        if (mark_.closed) mark_file_.write(mark_, mark_file::sync::yes);
    }
    if (!mark_.closed) writer_->connection.keep_wal();
    writer_.reset();
    broken_ = true;
}

} // namespace

opened_log open_sqlite_log(const sqlite_options& options) {
    auto log = std::make_unique<sqlite_log>(options);
    opened_log opened{.problem = log->open()};
    opened.notice = log->notice();
    if (opened.problem.empty()) opened.log = std::move(log);
    return opened;
}

} // namespace wsd
