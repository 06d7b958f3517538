#include "server/app/file_watch.hpp"

#include "tests/support/temporary_directory.hpp"

#include <catch_amalgamated.hpp>

#include <filesystem>
#include <fstream>
#include <string>

#include <sys/stat.h>

using namespace wsd;
namespace fs = std::filesystem;

namespace {

void write(const std::string& path, const std::string& text) { std::ofstream(path, std::ios::trunc) << text; }

// Written elsewhere and renamed, as programs do that want no half-written file to be seen.
void replace(const std::string& path, const std::string& text) {
    write(path + ".new", text);
    fs::rename(path + ".new", path);
}

struct one_file {
    test::temporary_directory directory;
    std::string path = directory.file("keys");

    one_file() { write(path, "first"); }
    [[nodiscard]] file_watch watch() const { return file_watch({path, ""}); }
};

} // namespace

TEST_CASE("files that stay as they are need not be read", "[app]") {
    const one_file file;
    file_watch watch = file.watch();
    for (int i = 0; i < 3; ++i) CHECK_FALSE(watch.look());

    file_watch nothing({"", ""});
    for (int i = 0; i < 3; ++i) CHECK_FALSE(nothing.look());
}

TEST_CASE("a file that has changed is to be read at the second look, and until it is taken", "[app]") {
    const one_file file;
    file_watch watch = file.watch();

    SECTION("replaced by one of the same size") { replace(file.path, "other"); }
    SECTION("written to") { write(file.path, "longer than it was"); }
    SECTION("written to without another size") {
        write(file.path, "other");
        fs::last_write_time(file.path, fs::last_write_time(file.path) + std::chrono::nanoseconds(4'000'000));
    }
    SECTION("gone") { fs::remove(file.path); }

    CHECK_FALSE(watch.look());
    CHECK(watch.look());
    CHECK(watch.look());
    watch.take();
    CHECK_FALSE(watch.look());
    CHECK_FALSE(watch.look());
}

TEST_CASE("a change before the first look is seen", "[app]") {
    const one_file file;
    file_watch watch = file.watch();
    CHECK_FALSE(watch.look());
    replace(file.path, "other");
    CHECK_FALSE(watch.look());
    CHECK(watch.look());
}

TEST_CASE("a file is not read while somebody writes it", "[app]") {
    const one_file file;
    file_watch watch = file.watch();
    std::string text;
    for (int i = 0; i < 5; ++i) {
        write(file.path, text += "a longer and longer part of it ");
        CHECK_FALSE(watch.look());
    }
    CHECK(watch.look());
}

TEST_CASE("two files are read when both are at rest", "[app]") {
    const one_file file;
    const std::string other = file.directory.file("other");
    write(other, "first");
    file_watch watch({file.path, other});
    replace(file.path, "second");
    CHECK_FALSE(watch.look());
    replace(other, "second");
    CHECK_FALSE(watch.look());
    CHECK(watch.look());
}

TEST_CASE("a link that is turned to another file is a change", "[app]") {
    const test::temporary_directory directory;
    // As a volume of Kubernetes: keys → ..data/keys, ..data → a directory that is replaced as a whole.
    for (const std::string version : {"1", "2"}) {
        fs::create_directory(directory.file(version));
        write(directory.file(version + "/keys"), "keys " + version);
    }
    fs::create_directory_symlink("1", directory.file("..data"));
    fs::create_symlink("..data/keys", directory.file("keys"));
    file_watch watch({directory.file("keys"), ""});
    CHECK_FALSE(watch.look());
    fs::create_directory_symlink("2", directory.file("..data_tmp"));
    fs::rename(directory.file("..data_tmp"), directory.file("..data"));
    CHECK_FALSE(watch.look());
    CHECK(watch.look());
    watch.take();
    fs::remove_all(directory.file("1"));
    CHECK_FALSE(watch.look());
    CHECK_FALSE(watch.look());
}

TEST_CASE("what can't be used is news once per change", "[app]") {
    const one_file file;
    file_watch watch = file.watch();
    for (const std::string text : {"broken", "broken too"}) {
        replace(file.path, text);
        CHECK_FALSE(watch.look());
        REQUIRE(watch.look());
        CHECK(watch.refuse());
        REQUIRE(watch.look());
        CHECK_FALSE(watch.refuse());
    }
}

TEST_CASE("a file that is put back is in use still, and the broken one is news again", "[app]") {
    const one_file file;
    const std::string kept = file.directory.file("kept");
    fs::create_hard_link(file.path, kept);
    const std::string broken = file.directory.file("broken");
    write(broken, "broken");
    file_watch watch = file.watch();
    for (int i = 0; i < 2; ++i) {
        fs::remove(file.path);
        fs::create_hard_link(broken, file.path);
        CHECK_FALSE(watch.look());
        REQUIRE(watch.look());
        CHECK(watch.refuse());

        fs::remove(file.path);
        fs::create_hard_link(kept, file.path);
        CHECK_FALSE(watch.look());
        CHECK_FALSE(watch.look());
    }
}

TEST_CASE("what is no regular file is told apart, for opening it could wait for ever", "[app]") {
    const one_file file;
    file_watch watch = file.watch();
    fs::remove(file.path);
    CHECK_FALSE(watch.look());
    REQUIRE(watch.look());
    CHECK_FALSE(watch.is_special());
    REQUIRE(::mkfifo(file.path.c_str(), 0600) == 0);
    CHECK_FALSE(watch.look());
    REQUIRE(watch.look());
    CHECK(watch.is_special());

    file_watch pipe_from_the_start = file.watch();
    CHECK_FALSE(pipe_from_the_start.look());
    fs::last_write_time(file.path, fs::last_write_time(file.path) + std::chrono::seconds(1)); // somebody wrote to it
    CHECK_FALSE(pipe_from_the_start.look());
    CHECK_FALSE(pipe_from_the_start.look());
}
