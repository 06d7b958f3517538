#pragma once

#include <cstdint>
#include <span>
#include <string_view>

// What the fuzzers call with any octets, and the tests with those of tests/fuzz/corpus. Each returns 0, or ends the
// process with a word about the rule that does not hold.
namespace wsd::fuzz {

using octets = std::span<const std::uint8_t>;

int fuzz_frame(octets input);   // one text frame to a session with everything behind it but threads and disk
int fuzz_session(octets input); // lines of what three users and their networks do
int fuzz_jwt(octets input);    // first octet: a token as it is, or header and claims that are signed with the right key
int fuzz_cookie(octets input); // first line: the name; then Cookie fields
int fuzz_upgrade(octets input); // a header block, and the decision about it
int fuzz_config(octets input);  // lines of the environment, flags and a file
int fuzz_world(octets input);   // decisions of tests/simulation: several users, their networks, the disk, who goes next
int fuzz_record(octets input);  // what is changed in the files or rows of a log

struct target {
    std::string_view name;
    int (*run)(octets);
    bool slow = false; // it works on files
};
inline constexpr target targets[] = {{"frame", fuzz_frame},         {"session", fuzz_session}, {"jwt", fuzz_jwt},
                                     {"cookie", fuzz_cookie},       {"upgrade", fuzz_upgrade}, {"config", fuzz_config},
                                     {"record", fuzz_record, true}, {"world", fuzz_world}};

[[nodiscard]] inline std::string_view text_of(octets input) {
    return {reinterpret_cast<const char*>(input.data()), input.size()};
}

// Takes the text up to the next line feed.
[[nodiscard]] inline std::string_view take_line(std::string_view& rest) {
    const std::size_t end = rest.find('\n');
    const std::string_view line = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    return line;
}

} // namespace wsd::fuzz
