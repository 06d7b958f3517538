#include "server/storage/commit_mark.hpp"

#include "server/storage/sqlite_room_rows.hpp"

#include <array>
#include <cerrno>
#include <string_view>

#include <fcntl.h>
#include <unistd.h>

namespace wsd {
namespace {

constexpr std::uint64_t format = 0x317265'6b72616d; // "marker1", lowest octet first
constexpr std::size_t numbers = 8;                  // of eight octets each; then the texts, then the checksum
constexpr std::size_t text_octets = 40;             // at most, padded with zeros
constexpr std::size_t checksum_at = numbers * 8 + 2 * text_octets;
constexpr std::size_t mark_octets = checksum_at + 8;

void append_number(std::string& bytes, std::uint64_t number) {
    for (int i = 0; i < 8; ++i, number >>= 8) bytes += static_cast<char>(number & 0xff);
}

void append_text(std::string& bytes, std::string_view text) {
    text = text.substr(0, text_octets);
    bytes.append(text).append(text_octets - text.size(), '\0');
}

std::string text_at(std::string_view bytes, std::size_t at) {
    const auto text = bytes.substr(at, text_octets);
    return std::string(text.substr(0, text.find('\0')));
}

std::string encode(const commit_mark& mark) {
    const wal_end wal = mark.wal.value_or(wal_end{});
    std::string bytes;
    for (const std::uint64_t number :
         {format, std::uint64_t{mark.synced}, std::uint64_t{mark.closed}, std::uint64_t{mark.wal.has_value()},
          std::uint64_t{wal.generation}, std::uint64_t{wal.salt}, std::uint64_t{wal.frames}, mark.last_offset})
        append_number(bytes, number);
    append_text(bytes, mark.epoch);
    append_text(bytes, mark.boot);
    append_number(bytes, checksum_of(format, 0, bytes));
    return bytes;
}

std::optional<commit_mark> decode(std::string_view bytes) {
    if (bytes.size() != mark_octets || read_code(bytes, 0) != format) return std::nullopt;
    const auto said = bytes.substr(0, checksum_at);
    if (checksum_of(format, 0, said) != read_code(bytes, checksum_at / 8)) return std::nullopt;
    commit_mark mark{.epoch = text_at(bytes, numbers * 8),
                     .boot = text_at(bytes, numbers * 8 + text_octets),
                     .synced = read_code(bytes, 1) != 0,
                     .closed = read_code(bytes, 2) != 0,
                     .wal = {},
                     .last_offset = read_code(bytes, 7)};
    if (read_code(bytes, 3) != 0)
        mark.wal = wal_end{.generation = static_cast<std::uint32_t>(read_code(bytes, 4)),
                           .salt = static_cast<std::uint32_t>(read_code(bytes, 5)),
                           .frames = static_cast<std::uint32_t>(read_code(bytes, 6))};
    return mark;
}

} // namespace

std::string boot_id() {
    const int file = ::open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    if (file < 0) return {};
    std::array<char, text_octets> text{};
    const auto length = ::read(file, text.data(), text.size());
    ::close(file);
    const std::string_view read(text.data(), length > 0 ? static_cast<std::size_t>(length) : 0);
    return std::string(read.substr(0, read.find('\n')));
}

// https://sqlite.org/walformat.html#the_wal_file_header
std::optional<std::uint32_t> read_wal_rounds(const std::string& path) {
    constexpr std::size_t words = 8, rounds_at = 3, summed = 6;
    std::array<unsigned char, words * 4> octets{};
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return std::nullopt;
    const auto length = ::pread(file, octets.data(), octets.size(), 0);
    ::close(file);
    if (length != static_cast<ssize_t>(octets.size())) return std::nullopt;
    constexpr std::uint32_t magic = 0x377f0682; // the lowest bit is the order of octets
    const auto word = [&octets](std::size_t at, bool big_endian) {
        std::uint32_t value = 0;
        for (std::size_t i = 0; i < 4; ++i) value = value << 8 | octets[4 * at + (big_endian ? i : 3 - i)];
        return value;
    };
    const bool big_endian = (octets[3] & 1) != 0; // of the numbers that are summed
    if ((word(0, true) & ~1U) != magic) return std::nullopt;
    std::uint32_t one = 0, other = 0;
    for (std::size_t at = 0; at < summed; at += 2) {
        one += word(at, big_endian) + other;
        other += word(at + 1, big_endian) + one;
    }
    if (one != word(summed, true) || other != word(summed + 1, true)) return std::nullopt;
    return word(rounds_at, true);
}

bool is_complete(const commit_mark& mark, const found_log& found) {
    if (found.last_offset < mark.last_offset) return false;
    constexpr std::uint64_t header_octets = 32; // of a log without more SQLite does not even look at it
    if (!mark.wal || found.wal_octets <= header_octets) return true;
    if (!found.wal || !found.wal_rounds) return false;
    const bool same = found.wal->generation == mark.wal->generation && found.wal->salt == mark.wal->salt;
    if (same) return found.wal->frames >= mark.wal->frames;
    if (found.wal_rounds == 0) return true;
    // The log begins anew when all of it is in the database, and its new header is synced before the first new commit.
    return static_cast<std::int32_t>(found.wal->generation - mark.wal->generation) > 0;
}

mark_file::~mark_file() {
    if (file_ >= 0) ::close(file_);
}

bool mark_file::open(const std::string& directory, const std::string& path) {
    file_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file_ < 0) return false;
    const int above = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (above < 0) return true;
    ::fsync(above); // best effort, as opening it: not every file system knows it
    ::close(above);
    return true;
}

bool mark_file::read(std::optional<commit_mark>& mark) const {
    std::array<char, mark_octets> bytes{};
    const auto length = ::pread(file_, bytes.data(), bytes.size(), 0);
    if (length < 0) return false;
    mark = decode({bytes.data(), static_cast<std::size_t>(length)});
    return true;
}

bool mark_file::write(const commit_mark& mark, sync how) {
    const std::string bytes = encode(mark);
    const auto written = ::pwrite(file_, bytes.data(), bytes.size(), 0);
    if (written >= 0 && written != static_cast<ssize_t>(bytes.size())) errno = ENOSPC;
    if (written != static_cast<ssize_t>(bytes.size())) return false;
    return how == sync::no || ::fdatasync(file_) == 0;
}

} // namespace wsd
