#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

struct sqlite3;
struct sqlite3_stmt;

namespace wsd {

// Where a write-ahead log ends for whom it is read by.
struct wal_end {
    std::uint32_t generation = 0; // one higher each time the log begins anew
    std::uint32_t salt = 0;       // random, of the generation
    std::uint32_t frames = 0;     // pages up to the end of the last commit
    friend bool operator==(const wal_end&, const wal_end&) = default;
};

// One connection to a database file, used by one thread at a time. The first failure is kept until forget_failure():
// everything done after it does nothing, so that callers look once, at the end.
class sqlite_connection {
  public:
    struct options {
        std::string path;
        std::string vfs = {}; // empty: the system's
        bool create = false;
        bool read_only = false;
        bool keeps_wal = false; // the last connection that ends copies the write-ahead log and removes it, but for such
        int cache_kib = 8192;
    };

    // Not open when failed().
    explicit sqlite_connection(const options& how);
    ~sqlite_connection();
    sqlite_connection(const sqlite_connection&) = delete;
    sqlite_connection& operator=(const sqlite_connection&) = delete;

    [[nodiscard]] bool failed() const noexcept { return failed_; }
    [[nodiscard]] bool damaged() const noexcept { return damaged_; } // the failure was a damaged file
    [[nodiscard]] const std::string& failure() const noexcept { return failure_; }
    void forget_failure();
    // As a failure for which SQLite has no name: the rows contradict each other.
    void note_damage(const std::string& what);

    // One or more statements without parameters and results that matter.
    bool execute(const char* sql);
    // A function for SQL, of two numbers and a blob, that depends on nothing else.
    using blob_function = std::uint64_t (*)(std::uint64_t, std::uint64_t, std::string_view);
    bool define(const char* name, blob_function function);
    // The first column of the first row as text; empty without a row.
    [[nodiscard]] std::string query_text(const char* sql);
    [[nodiscard]] std::int64_t query_integer(const char* sql); // 0 without a row
    [[nodiscard]] std::uint64_t last_insert_id() const;
    [[nodiscard]] bool in_transaction() const;
    void roll_back(); // also after a failure, which stays

    enum class checkpoint_kind : std::uint8_t { passive, truncate };
    // Copies the write-ahead log into the database and makes it durable. Passive: as far as it can without waiting for
    // anybody; truncate: all of it, waiting at most the busy timeout. Returns false on a failure, which includes a
    // truncate that could not finish.
    bool checkpoint(checkpoint_kind kind);
    // Pages of the present write-ahead log that the last checkpoint() of this connection found copied when it ended.
    [[nodiscard]] int copied_pages() const noexcept { return copied_pages_; }
    // Pages in the write-ahead log after the last commit of this connection; it starts anew when all are copied.
    [[nodiscard]] int wal_pages() const noexcept { return wal_pages_; }
    // As SQLite has it for all connections; only to be called while nobody else writes. Nullopt: this connection has
    // failed, nothing was read or written yet, or SQLite keeps it in a form that is not known here.
    [[nodiscard]] std::optional<wal_end> find_wal_end() const;
    // The next checkpoint copies all of the write-ahead log. SQLite remembers in memory that all connections share how
    // far it was copied, and syncs the database only when that is all of it: of what was copied before, a sync that
    // fails may have lost any page. Only to be called while no other checkpoint runs.
    void forget_copied();
    // The write-ahead log is not copied and removed when this connection ends as the last one.
    void keep_wal();

  private:
    friend class sqlite_statement;
    bool note(int code, const char* what);                       // true: no failure
    [[nodiscard]] unsigned char volatile* map_wal_index() const; // nullptr: not in a form that is known here
    static int on_commit(void* self, sqlite3* handle, const char* name, int pages);

    sqlite3* handle_ = nullptr;
    std::string path_;
    bool failed_ = false;
    bool damaged_ = false;
    std::string failure_;
    int wal_pages_ = 0;
    int copied_pages_ = 0;
};

struct sqlite_blob {
    std::string_view bytes;
};

// A prepared statement. Parameters are numbered from 1, columns from 0. Texts that are bound must live until reset().
class sqlite_statement {
  public:
    sqlite_statement(sqlite_connection& connection, const char* sql);
    // An INSERT with `rows` rows: `row` stands after VALUES so many times.
    sqlite_statement(sqlite_connection& connection, const char* insert, const char* row, int rows);
    ~sqlite_statement();
    sqlite_statement(const sqlite_statement&) = delete;
    sqlite_statement& operator=(const sqlite_statement&) = delete;

    template <class... Values> sqlite_statement& bind(const Values&... values) {
        int parameter = 0;
        (bind_one(++parameter, values), ...);
        return *this;
    }

    // The same from parameter `first` on.
    template <class... Values> void bind_from(int first, const Values&... values) { (bind_one(first++, values), ...); }
    template <class Value> void bind_at(int parameter, const Value& value) { bind_one(parameter, value); }

    // True: a row is there. False: no more, or a failure; reset.
    [[nodiscard]] bool step();
    // For statements without rows. True: done without failure; reset.
    bool run();
    void reset();

    [[nodiscard]] std::uint64_t number(int column) const;
    [[nodiscard]] bool is_null(int column) const;
    // Both until the next step or reset.
    [[nodiscard]] std::string_view text(int column) const;
    [[nodiscard]] std::string_view bytes(int column) const;

  private:
    template <class Value> void bind_one(int parameter, const Value& value) {
        if constexpr (std::is_same_v<Value, sqlite_blob>) {
            bind_blob(parameter, value.bytes);
        } else if constexpr (std::is_same_v<Value, std::nullptr_t>) {
            bind_null(parameter);
        } else if constexpr (std::is_convertible_v<const Value&, std::string_view>) {
            bind_text(parameter, value);
        } else {
            bind_number(parameter, static_cast<std::uint64_t>(value));
        }
    }
    void bind_number(int parameter, std::uint64_t value);
    void bind_text(int parameter, std::string_view value);
    void bind_blob(int parameter, std::string_view value);
    void bind_null(int parameter);

    void prepare(const char* sql);

    sqlite_connection& connection_;
    sqlite3_stmt* statement_ = nullptr;
};

} // namespace wsd
