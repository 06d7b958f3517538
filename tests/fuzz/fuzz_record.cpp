#include "common/base/ensure.hpp"
#include "server/storage/sqlite_log.hpp"
#include "tests/fuzz/targets.hpp"
#include "tests/support/temporary_directory.hpp"

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace wsd::fuzz {
namespace {

constexpr timestamp now = 1'782'036'000'000;
constexpr std::array users{"anna", "bob", "carl"};

std::string read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

void write_file(const std::string& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }

// A small log with a bit of everything, as it is on the disk after a crash.
struct sample {
    std::string database;
    std::string wal;
};

sample make_sample() {
    const test::temporary_directory folder;
    const auto opened = open_sqlite_log({.directory = folder.path(), .level = durability::os, .fold_window = 4});
    ensure(opened.log != nullptr, "a log can be made");
    for (int i = 0; i < 12; ++i) {
        const std::string sender = users[static_cast<std::size_t>(i) % 3],
                          recipient = users[static_cast<std::size_t>(i + 1) % 3];
        const std::vector<log_operation> operations{append_direct{.sender = {sender},
                                                                  .recipient = {recipient},
                                                                  .content = sender + " to " + recipient,
                                                                  .client_message_id = "c" + std::to_string(i)}};
        std::vector<log_outcome> outcomes(1);
        ensure(opened.log->commit(operations, outcomes, now).has_value(), "a message can be stored");
    }
    return {read_file(folder.file("wsd.db")), read_file(folder.file("wsd.db-wal"))};
}

// A message is shown as it was written, to those it concerns, or not at all.
void judge(const log_page& page, const std::string& user) {
    for (const log_entry& entry : page.entries) {
        if (entry.message == nullptr || entry.kind != entry_kind::message) continue;
        const message_record& message = *entry.message;
        ensure(message.sender.value == user || message.recipient.value == user,
               "nobody is shown what is between others");
        ensure(message.content == message.sender.value + " to " + message.recipient.value, "no message is changed");
    }
}

} // namespace

int fuzz_record(octets input) {
    static const sample whole = make_sample();
    constexpr std::size_t change_octets = 4, changes_max = 16;
    std::string database = whole.database, wal = whole.wal;
    for (std::size_t at = 0; at + change_octets <= input.size() && at < changes_max * change_octets;
         at += change_octets) {
        const std::size_t place = (std::size_t{input[at]} << 16 | std::size_t{input[at + 1]} << 8 | input[at + 2]) %
                                  (database.size() + wal.size());
        char& octet = place < database.size() ? database[place] : wal[place - database.size()];
        octet = static_cast<char>(static_cast<unsigned char>(octet) ^ input[at + 3]);
    }
    const test::temporary_directory folder;
    write_file(folder.file("wsd.db"), database);
    write_file(folder.file("wsd.db-wal"), wal);
    const auto opened = open_sqlite_log({.directory = folder.path(), .level = durability::os, .fold_window = 4});
    if (opened.log == nullptr) {
        ensure(!opened.problem.empty(), "who refuses says why");
        return 0;
    }
    const auto reader = opened.log->open_reader();
    if (!reader) return 0;
    for (const char* user : users) {
        const auto page =
            (*reader)->read_page({.user = {user}, .from = 1, .to = 100, .max_entries = 200, .max_bytes = 1 << 20});
        if (page) judge(*page, user);
        (void)(*reader)->plan_resume({.user = {user}, .start = 8, .epoch = opened.log->identity().epoch, .seq = 0});
        (void)(*reader)->contacts({user}, 100);
    }
    const std::vector<log_operation> operations{
        append_direct{.sender = {"anna"}, .recipient = {"bob"}, .content = "anna to bob", .client_message_id = "c0"}};
    std::vector<log_outcome> outcomes(1);
    (void)opened.log->commit(operations, outcomes, now);
    opened.log->close();
    return 0;
}

} // namespace wsd::fuzz
