#include "command_run.hpp"

#include "common/config/document.hpp"

#include <catch_amalgamated.hpp>

using namespace wsd;
using namespace wsd::test;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;

TEST_CASE("an unknown command ends with status 2 and names the nearest one") {
    CHECK(run({"sevre"}).err == "error: sevre (command line): unknown command; did you mean serve?\n");
    CHECK(run({"sevre"}).status == 2);
    CHECK(run({"token", "mnt"}).err == "error: mnt (command line): unknown command; did you mean mint?\n");
    CHECK(run({"token"}).status == 2);
    CHECK_THAT(run({"config"}).err, ContainsSubstring("check"));
}

TEST_CASE("serve is the default command") {
    const auto alone = run({"--port", "x"}, with_secret);
    CHECK(alone.status == 2);
    CHECK(alone.err == "error: port = \"x\" (flag --port): must be a whole number from 0 to 65535\n");
    CHECK(run({"serve", "--port", "x"}, with_secret).err == alone.err);
    CHECK(run({"--port", "x", "serve"}, with_secret).err == alone.err);
}

TEST_CASE("unknown flags, stray arguments and wrong values are reported together") {
    const auto result = run({"serve", "--prot", "80", "extra", "--threads=12abc"}, with_secret);
    CHECK(result.status == 2);
    CHECK(result.err == "error: threads = \"12abc\" (flag --threads): must be a whole number from 0 to 256\n"
                        "error: --prot (command line): unknown option; did you mean --port?\n"
                        "error: extra (command line): is not an argument of this command\n");
}

TEST_CASE("flags of the command itself are known to did-you-mean") {
    CHECK_THAT(run({"config", "show", "--orgin"}, with_secret).err, ContainsSubstring("did you mean --origin?"));
    CHECK_THAT(run({"token", "mint", "--user", "a", "--sesion", "s"}, with_secret).err,
               ContainsSubstring("did you mean --session?"));
}

TEST_CASE("every command explains itself") {
    const std::vector<std::vector<std::string>> commands{{},
                                                         {"serve"},
                                                         {"dev"},
                                                         {"token"},
                                                         {"token", "mint"},
                                                         {"token", "inspect"},
                                                         {"config"},
                                                         {"config", "check"},
                                                         {"config", "show"},
                                                         {"config", "default"},
                                                         {"version"}};
    for (auto arguments : commands) {
        std::string usage = "wsd";
        for (const auto& word : arguments) usage += " " + word;
        arguments.emplace_back("--help");
        const auto result = run(arguments);
        INFO(usage);
        CHECK(result.status == 0);
        CHECK(result.err == "");
        CHECK_THAT(result.out, ContainsSubstring("Usage: " + usage + " "));
    }
    for (const auto& row : option_table()) {
        INFO(row.variable);
        const auto help = run({"serve", "--help"}).out;
        CHECK_THAT(help, ContainsSubstring(std::string(row.variable)));
        if (row.has_flag) CHECK_THAT(help, ContainsSubstring("  --" + flag_name(row)));
    }
}

TEST_CASE("version names what it is made of") {
    const auto result = run({"version"});
    CHECK(result.status == 0);
    for (const auto* part : {"wsd " WSD_VERSION "\n", "compiler ", "Boost ", "OpenSSL ", "SQLite "}) {
        CHECK_THAT(result.out, ContainsSubstring(part));
    }
    CHECK(run({"--version"}).out == result.out);
    CHECK(run({"version", "--port", "1"}).status == 2);
    CHECK(run({"version", "now"}).status == 2);
}

TEST_CASE("config default prints the documentation of all options") {
    CHECK(run({"config", "default"}).out == default_document());
    CHECK(run({"config", "default", "--port", "1"}).status == 2);
}

TEST_CASE("config check names every mistake of the file with line and column, and status 2") {
    const scratch_directory scratch;
    const auto file = scratch.write("wsd.toml", "prot = 1\nthreads = 999\ndev = 'yes'\nhost = ''\nstore = 'none'\n");
    const auto result = run({"config", "check", "--config", file}, with_secret);
    CHECK(result.status == 2);
    CHECK(result.out == "");
    for (const auto* place : {":1:1)", ":2:11)", ":3:7)", ":4:8)", ":5:9)"}) {
        CHECK_THAT(result.err, ContainsSubstring(file + place));
    }
    CHECK(std::ranges::count(result.err, '\n') == 5);
    CHECK(run({"config", "check", "--config", scratch.path("gone.toml")}, with_secret).status == 2);
    CHECK(run({"config", "check", "--config", scratch.path("")}, with_secret).status == 2);
}

TEST_CASE("config check is content with a good configuration and still warns") {
    const scratch_directory scratch;
    const auto file = scratch.write("wsd.toml", default_document());
    const auto result = run({"config", "check", "--config", file, "--host", "0.0.0.0"}, with_secret);
    CHECK(result.status == 0);
    CHECK(result.out == file + ": ok\n");
    CHECK_THAT(result.err, StartsWith("warning: host = \"0.0.0.0\" (flag --host): "));
}

TEST_CASE("key and certificate files are looked into") {
    const scratch_directory scratch;
    const auto junk = scratch.write("junk.pem", "no key\n");
    const auto pem = run({"config", "check", "--jwt-public-key-file", junk});
    CHECK(pem.status == 2);
    CHECK_THAT(pem.err, StartsWith("error: jwt_public_key_file = \"" + junk + "\" (flag --jwt-public-key-file): "));
    const auto jwks = run({"config", "check", "--jwt-jwks-file", scratch.path("gone")});
    CHECK(jwks.err ==
          "error: jwt_jwks_file = \"" + scratch.path("gone") +
              "\" (flag --jwt-jwks-file): must be the path of a readable file: No such file or directory\n");
    const auto tls = run({"config", "check", "--tls-cert-file", junk, "--tls-key-file", junk}, with_secret);
    CHECK(tls.status == 2);
    CHECK_THAT(tls.err, ContainsSubstring("tls_cert_file = \"" + junk + "\""));
}

TEST_CASE("config show prints the effective settings, with their origin when asked") {
    const auto plain = run({"config", "show", "--port", "80"}, with_secret);
    CHECK(plain.status == 0);
    CHECK_THAT(plain.out, ContainsSubstring("\nport = 80\n"));
    CHECK_THAT(plain.out, ContainsSubstring("\njwt_secret = \"***\"\n"));
    const auto origin = run({"config", "show", "--port", "80", "--origin"}, with_secret);
    CHECK_THAT(origin.out, ContainsSubstring("\nport = 80 # flag --port\n"));
    CHECK_THAT(origin.out, ContainsSubstring("\nthreads = 0 # default\n"));
}

TEST_CASE("dev refuses an address beyond loopback and a kept directory of two places") {
    const auto result = run({"dev", "--host", "0.0.0.0", "--data-dir", "x", "--keep"});
    CHECK(result.status == 2);
    CHECK_THAT(result.err, ContainsSubstring("must be a loopback address with dev = true"));
    CHECK_THAT(result.err, ContainsSubstring("--keep (command line): can't go with data_dir"));
}
