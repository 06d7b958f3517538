#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace wsd {

// One or two files that are read together, and whether they are other ones than were read last, as far as stat(2)
// tells: device, inode, size, time of the last write. Symbolic links are followed: one that points elsewhere now is
// another file. Owns the paths and some numbers; used by one thread; a look is one system call per file.
class file_watch {
  public:
    // Takes the files for read as they are now, so it is made before they are read. An empty path never changes.
    explicit file_watch(std::array<std::string, 2> paths);

    // Whether to read the files: they are others than were read last, and were the same at the look before, so that
    // nobody is writing them. True again at every look until they are taken.
    [[nodiscard]] bool look();
    // What the last look found may not be opened: it is neither missing nor a regular file. To open a pipe is to wait.
    [[nodiscard]] bool is_special() const noexcept;
    // What the last look found is in use now.
    void take() noexcept;
    // What the last look found can't be used. True when that is news: it was not said since the files changed.
    [[nodiscard]] bool refuse() noexcept;

  private:
    enum class kind : std::uint8_t { missing, regular, special };
    struct state {
        kind is = kind::missing;
        std::uint64_t device = 0;
        std::uint64_t inode = 0;
        std::int64_t size = 0;
        std::int64_t written_s = 0;
        std::int64_t written_ns = 0; // beyond the second
        bool operator==(const state&) const = default;
    };
    using states = std::array<state, 2>;

    [[nodiscard]] static state state_of(const std::string& path) noexcept;
    [[nodiscard]] states now() const noexcept { return {state_of(paths_[0]), state_of(paths_[1])}; }

    const std::array<std::string, 2> paths_;
    states seen_;  // by the last look
    states taken_; // in use
    std::optional<states> refused_;
};

} // namespace wsd
