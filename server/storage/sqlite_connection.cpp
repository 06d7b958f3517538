#include "server/storage/sqlite_connection.hpp"

#include <sqlite3.h>

#include <cerrno>
#include <cstring>

namespace wsd {
namespace {

// Nobody else writes; a checkpoint may hold a lock for a moment.
constexpr int busy_timeout_ms = 2000;

} // namespace

sqlite_connection::sqlite_connection(const options& how) : path_(how.path) {
    int flags = how.read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
    if (how.create) flags |= SQLITE_OPEN_CREATE;
    flags |= SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    const char* vfs = how.vfs.empty() ? nullptr : how.vfs.c_str();
    if (!note(sqlite3_open_v2(path_.c_str(), &handle_, flags, vfs), "open")) return;
    sqlite3_busy_timeout(handle_, busy_timeout_ms);
    if (how.keeps_wal) keep_wal();
    sqlite3_wal_hook(handle_, &sqlite_connection::on_commit, this);
    execute(("PRAGMA cache_size=-" + std::to_string(how.cache_kib)).c_str());
}

sqlite_connection::~sqlite_connection() { sqlite3_close_v2(handle_); }

void sqlite_connection::forget_failure() {
    failed_ = false;
    damaged_ = false;
    failure_.clear();
}

void sqlite_connection::note_damage(const std::string& what) {
    if (failed_) return;
    failed_ = true;
    damaged_ = true;
    failure_ = path_ + ": " + what;
}

bool sqlite_connection::execute(const char* sql) {
    if (failed_) return false;
    return note(sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr), sql);
}

bool sqlite_connection::define(const char* name, blob_function function) {
    if (failed_) return false;
    const auto call = [](sqlite3_context* context, int, sqlite3_value** values) {
        const auto call_it = reinterpret_cast<blob_function>(sqlite3_user_data(context));
        const auto* octets = static_cast<const char*>(sqlite3_value_blob(values[2]));
        const auto size = static_cast<std::size_t>(sqlite3_value_bytes(values[2]));
        const auto result = call_it(static_cast<std::uint64_t>(sqlite3_value_int64(values[0])),
                                    static_cast<std::uint64_t>(sqlite3_value_int64(values[1])), {octets, size});
        sqlite3_result_int64(context, static_cast<sqlite3_int64>(result));
    };
    return note(sqlite3_create_function_v2(handle_, name, 3, SQLITE_UTF8 | SQLITE_DETERMINISTIC,
                                           reinterpret_cast<void*>(function), call, nullptr, nullptr, nullptr),
                name);
}

std::string sqlite_connection::query_text(const char* sql) {
    sqlite_statement statement(*this, sql);
    std::string value;
    if (statement.step()) value = statement.text(0);
    return value;
}

std::int64_t sqlite_connection::query_integer(const char* sql) {
    sqlite_statement statement(*this, sql);
    return statement.step() ? static_cast<std::int64_t>(statement.number(0)) : 0;
}

std::uint64_t sqlite_connection::last_insert_id() const {
    return static_cast<std::uint64_t>(sqlite3_last_insert_rowid(handle_));
}

bool sqlite_connection::in_transaction() const { return handle_ != nullptr && sqlite3_get_autocommit(handle_) == 0; }

void sqlite_connection::roll_back() {
    if (in_transaction()) sqlite3_exec(handle_, "ROLLBACK", nullptr, nullptr, nullptr);
}

bool sqlite_connection::checkpoint(checkpoint_kind kind) {
    if (failed_) return false;
    const bool truncate = kind == checkpoint_kind::truncate;
    int pages = -1;
    const int code = sqlite3_wal_checkpoint_v2(
        handle_, nullptr, truncate ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE, &pages, &copied_pages_);
    if (!truncate && (code & 0xff) == SQLITE_BUSY) return true;                    // somebody else is at it
    if (code == SQLITE_OK && (truncate || copied_pages_ == pages)) wal_pages_ = 0; // the next commit begins anew
    return note(code, "checkpoint");
}

namespace {

// The index of the write-ahead log, https://sqlite.org/walformat.html#the_wal_index_header: the header twice, then how
// many frames were copied. In memory that all connections share, so that looking at it costs nothing.
constexpr int index_octets = 32768;
constexpr std::uint32_t index_version = 3007000;
constexpr std::size_t version_at = 0, frames_at = 16, salts_at = 32, copied_at = 96;

std::uint32_t native_number(const unsigned char volatile* octets) {
    unsigned char copy[4];
    for (std::size_t i = 0; i < sizeof copy; ++i) copy[i] = octets[i];
    std::uint32_t value = 0;
    std::memcpy(&value, copy, sizeof value);
    return value;
}

std::uint32_t big_endian_number(const unsigned char volatile* octets) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < sizeof value; ++i) value = value << 8 | octets[i];
    return value;
}

} // namespace

unsigned char volatile* sqlite_connection::map_wal_index() const {
    if (failed_) return nullptr; // SQLite unmaps it only for a log that it has opened itself
    sqlite3_file* file = nullptr;
    if (sqlite3_file_control(handle_, "main", SQLITE_FCNTL_FILE_POINTER, static_cast<void*>(&file)) != SQLITE_OK)
        return nullptr;
    if (file == nullptr || file->pMethods == nullptr || file->pMethods->iVersion < 2) return nullptr;
    void volatile* index = nullptr;
    if (file->pMethods->xShmMap(file, 0, index_octets, 0, &index) != SQLITE_OK || index == nullptr) return nullptr;
    auto* octets = static_cast<unsigned char volatile*>(index);
    return native_number(octets + version_at) == index_version ? octets : nullptr;
}

std::optional<wal_end> sqlite_connection::find_wal_end() const {
    const auto* index = map_wal_index();
    if (index == nullptr) return std::nullopt;
    return wal_end{.generation = big_endian_number(index + salts_at),
                   .salt = big_endian_number(index + salts_at + 4),
                   .frames = native_number(index + frames_at)};
}

void sqlite_connection::forget_copied() {
    auto* index = map_wal_index();
    if (index == nullptr) return; // the log was not opened: it is read anew, and nothing counts as copied
    *reinterpret_cast<std::uint32_t volatile*>(index + copied_at) = 0;
}

void sqlite_connection::keep_wal() { sqlite3_db_config(handle_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr); }

bool sqlite_connection::note(int code, const char* what) {
    if (code == SQLITE_OK || code == SQLITE_ROW || code == SQLITE_DONE) return true;
    if (failed_) return false;
    failed_ = true;
    damaged_ = (code & 0xff) == SQLITE_CORRUPT || (code & 0xff) == SQLITE_NOTADB;
    const int system = handle_ != nullptr ? sqlite3_system_errno(handle_) : 0;
    failure_ = path_ + ": " + (handle_ != nullptr ? sqlite3_errmsg(handle_) : sqlite3_errstr(code)) + " (SQLite code " +
               std::to_string(code);
    if (system != 0) failure_ += std::string(", ") + std::strerror(system);
    failure_ += std::string(") in ") + what;
    return false;
}

int sqlite_connection::on_commit(void* self, sqlite3*, const char*, int pages) {
    static_cast<sqlite_connection*>(self)->wal_pages_ = pages;
    return SQLITE_OK;
}

sqlite_statement::sqlite_statement(sqlite_connection& connection, const char* sql) : connection_(connection) {
    prepare(sql);
}

sqlite_statement::sqlite_statement(sqlite_connection& connection, const char* insert, const char* row, int rows)
    : connection_(connection) {
    std::string sql = insert;
    for (int i = 0; i < rows; ++i) sql.append(i == 0 ? " VALUES " : ",").append(row);
    prepare(sql.c_str());
}

void sqlite_statement::prepare(const char* sql) {
    if (connection_.failed_) return;
    connection_.note(sqlite3_prepare_v3(connection_.handle_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement_, nullptr),
                     sql);
}

sqlite_statement::~sqlite_statement() { sqlite3_finalize(statement_); }

bool sqlite_statement::step() {
    if (connection_.failed_ || statement_ == nullptr) {
        reset();
        return false;
    }
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW) return true;
    connection_.note(code, sqlite3_sql(statement_));
    reset();
    return false;
}

bool sqlite_statement::run() {
    while (step()) {
    }
    return !connection_.failed_;
}

void sqlite_statement::reset() {
    if (statement_ != nullptr) sqlite3_reset(statement_);
}

std::uint64_t sqlite_statement::number(int column) const {
    return static_cast<std::uint64_t>(sqlite3_column_int64(statement_, column));
}

bool sqlite_statement::is_null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }

std::string_view sqlite_statement::text(int column) const {
    const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
    return data != nullptr ? std::string_view(data, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)))
                           : std::string_view();
}

std::string_view sqlite_statement::bytes(int column) const {
    const auto* data = static_cast<const char*>(sqlite3_column_blob(statement_, column));
    return data != nullptr ? std::string_view(data, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)))
                           : std::string_view();
}

void sqlite_statement::bind_number(int parameter, std::uint64_t value) {
    if (statement_ != nullptr) sqlite3_bind_int64(statement_, parameter, static_cast<sqlite3_int64>(value));
}

void sqlite_statement::bind_text(int parameter, std::string_view value) {
    if (statement_ != nullptr)
        sqlite3_bind_text64(statement_, parameter, value.data(), value.size(), SQLITE_STATIC, SQLITE_UTF8);
}

void sqlite_statement::bind_blob(int parameter, std::string_view value) {
    if (statement_ != nullptr) sqlite3_bind_blob64(statement_, parameter, value.data(), value.size(), SQLITE_STATIC);
}

void sqlite_statement::bind_null(int parameter) {
    if (statement_ != nullptr) sqlite3_bind_null(statement_, parameter);
}

} // namespace wsd
