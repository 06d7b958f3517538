#include "loadgen/command_table.hpp"
#include "loadgen/manual.hpp"
#include "loadgen/option_table.hpp"
#include "loadgen/scenarios/scenario.hpp"
#include "tests/support/source_path.hpp"
#include "tests/support/temporary_directory.hpp"

#include <catch_amalgamated.hpp>

#include <fstream>
#include <initializer_list>
#include <sstream>
#include <vector>

using namespace wsd::loadgen;
using namespace std::chrono_literals;

namespace {

parsed_command parse(std::initializer_list<const char*> words) {
    std::vector<const char*> argv{"wsload"};
    argv.insert(argv.end(), words.begin(), words.end());
    return parse_command_line(static_cast<int>(argv.size()), argv.data());
}

} // namespace

TEST_CASE("a run's options are taken with their suffixes") {
    const auto parsed = parse({"run",
                               "chat",
                               "ws://127.0.0.1:9/x",
                               "-c",
                               "5k",
                               "--users",
                               "2.5k",
                               "--rate",
                               "2k",
                               "-d",
                               "1m",
                               "--ramp",
                               "500ms",
                               "--size",
                               "100",
                               "--seed",
                               "7",
                               "--source-ips",
                               "127.0.0.2-9",
                               "--secret",
                               "s3cret",
                               "--token-via",
                               "bearer",
                               "--threads",
                               "2",
                               "--caps",
                               "seq,cumack",
                               "--no-confirm",
                               "-q",
                               "--json",
                               "out.json"});
    REQUIRE_FALSE(parsed.exit.has_value());
    const auto& run = parsed.run;
    CHECK(parsed.what == command::run);
    CHECK(run.scenario == "chat");
    CHECK(run.url.port == 9);
    CHECK(run.url.target == "/x");
    CHECK(run.connections == 5000);
    CHECK(run.users == 2500);
    CHECK(run.load.mean_per_second() == 2000.0);
    CHECK(run.duration == 1min);
    CHECK(run.ramp == 500ms);
    CHECK(run.message_bytes == 100);
    CHECK(run.seed == 7);
    CHECK(run.sources == source_range{0x7f000002, 8});
    CHECK(run.secret == "s3cret");
    CHECK(run.token_via == token_place::bearer);
    CHECK(run.threads == 2);
    CHECK(run.caps.seq);
    CHECK(run.caps.cumack);
    CHECK_FALSE(run.caps.noecho);
    CHECK_FALSE(run.confirm);
    CHECK(run.quiet);
    CHECK(run.json == "out.json");
}

TEST_CASE("a run's defaults are a small open load on the local server") {
    const auto parsed = parse({"run", "connect", "--secret", "x", "--json"});
    REQUIRE_FALSE(parsed.exit.has_value());
    CHECK(parsed.run.url.host_and_port() == "127.0.0.1:3001");
    CHECK(parsed.run.users == parsed.run.connections);
    CHECK(parsed.run.confirm);
    CHECK_FALSE(parsed.run.closed);
    CHECK(parsed.run.json == "-");
}

TEST_CASE("every mistake is named, with what is allowed, and ends with status 2") {
    const auto parsed = parse({"run", "chta", "http://x", "-c", "12abc", "--rate", "0", "-d", "5d", "--size", "10",
                               "--source-ips", "9-1", "--token-via", "url", "--threads", "0", "--caps", "seq,fast"});
    REQUIRE(parsed.exit == 2);
    for (const char* part :
         {"chta", "did you mean chat?", "connect, echo, chat", "http://x", "--connections '12abc'", "1..1m",
          "--rate '0'", "--duration '5d'", "--size '10'", "--source-ips '9-1'", "127.0.0.2-9", "--token-via 'url'",
          "cookie or bearer", "--threads '0'", "--caps 'seq,fast'", "--secret", "--tokens"}) {
        CAPTURE(part);
        CHECK(parsed.text.find(part) != std::string::npos);
    }
}

TEST_CASE("usage mistakes are refused with status 2 and a reason") {
    const std::vector<std::vector<const char*>> wrong{
        {},
        {"walk"},
        {"run"},
        {"run", "chat", "--secret", "x", "--bogus"},
        {"run", "chat", "--secret", "x", "-c"},
        {"run", "chat", "--secret", "x", "-c", "-5"},
        {"run", "chat", "--secret", "x", "--tokens", "y"},
        {"run", "chat", "--secret", ""},
        {"run", "chat", "--secret", "@/nonexistent/secret"},
        {"run", "chat", "--secret", "x", "-c", "5", "--users", "6"},
        {"run", "chat", "--secret", "x", "--window", "0"},
        {"run", "chat", "--secret", "x", "--json", "ws://127.0.0.1/"},
        {"run", "chat", "--secret", "x", "--stage", "10s:100", "-d", "5s"},
        {"run", "chat", "--secret", "x", "--stage", "10s:100", "--rate", "5"},
        {"run", "chat", "--secret", "x", "--stage", "100"},
        {"run", "chat", "--secret", "x", "--stage", "0s:100"},
        {"run", "chat", "--secret", "x", "--schedule", "random"},
        {"explain"},
        {"explain", "chta"},
        {"list", "extra"},
    };
    for (const auto& words : wrong) {
        std::vector<const char*> argv{"wsload"};
        argv.insert(argv.end(), words.begin(), words.end());
        const auto parsed = parse_command_line(static_cast<int>(argv.size()), argv.data());
        CAPTURE(words);
        CHECK(parsed.exit == 2);
        CHECK_FALSE(parsed.text.empty());
    }
}

TEST_CASE("a secret is never repeated in an error") {
    const auto parsed = parse({"run", "chat", "--secret", "@hunter2-file-missing", "-c", "x"});
    REQUIRE(parsed.exit == 2);
    CHECK(parsed.text.find("hunter2") == std::string::npos);
}

TEST_CASE("a secret is read from a file without its line end") {
    const wsd::test::temporary_directory folder;
    const auto name = folder.file("secret");
    std::ofstream(name) << "from a file\n";
    const auto parsed = parse({"run", "chat", "--secret", ("@" + name).c_str()});
    REQUIRE_FALSE(parsed.exit.has_value());
    CHECK(parsed.run.secret == "from a file");
}

TEST_CASE("help, list and version end well") {
    CHECK(parse({"--help"}).exit == 0);
    const auto help = parse({"run", "--help"});
    CHECK(help.exit == 0);
    CHECK(help.text.find("--source-ips") != std::string::npos);
    CHECK(help.text.find("Exit status") != std::string::npos);
    CHECK(parse({"list"}).what == command::list);
    CHECK(parse({"version"}).what == command::version);
}

TEST_CASE("stages make up the load and its length") {
    const auto parsed =
        parse({"run", "chat", "--secret", "x", "--stage", "2s:100", "--stage", "3s:1k", "--schedule", "poisson"});
    REQUIRE_FALSE(parsed.exit.has_value());
    CHECK(parsed.run.duration == 5s);
    CHECK(parsed.run.load.mean_per_second() == 640);
    CHECK(parsed.run.poisson);
}

TEST_CASE(
    "thresholds are taken with their units; a metric that does not exist is a mistake that names the likely one") {
    const auto good = parse(
        {"run", "chat", "--secret", "x", "--slo", "deliver.p99 < 50ms", "--slo", "lost==0", "--slo", "ack.p99.9<=1s"});
    REQUIRE_FALSE(good.exit.has_value());
    std::vector<std::string> metrics;
    good.run.gates.for_each([&](const gate& one) { metrics.push_back(one.metric); });
    CHECK(metrics == std::vector<std::string>{"deliver.p99", "lost", "ack.p999"});
    const auto bad =
        parse({"run", "chat", "--secret", "x", "--slo", "delivr.p99<50ms", "--slo", "lost=0", "--slo", "ack.p50<20"});
    REQUIRE(bad.exit == 2);
    for (const char* part : {"unknown metric 'delivr.p99'", "did you mean deliver.p99?", "--slo 'lost=0'",
                             "< <= ==", "a time with its unit"}) {
        CAPTURE(part);
        CHECK(bad.text.find(part) != std::string::npos);
    }
}

TEST_CASE("a report tells the command line, without the secret") {
    const auto parsed = parse({"run", "chat", "--secret", "hunter2", "--slo", "lost==0", "-c", "4"});
    CHECK(parsed.run.command_line == "wsload run chat --secret *** --slo lost==0 -c 4");
    CHECK(parse({"run", "chat", "--secret=hunter2"}).run.command_line == "wsload run chat --secret=***");
}

TEST_CASE("every scenario can be explained") {
    const auto parsed = parse({"explain", "resume"});
    CHECK(parsed.what == command::explain);
    CHECK(parsed.topic == "resume");
    CHECK(parse({"explain", "metrics"}).what == command::explain);
}

TEST_CASE("manual page and Markdown table name every option") {
    for (const auto& row : option_table()) {
        CAPTURE(row.names);
        CHECK(options_as_markdown().find('`' + long_name(row) + '`') != std::string::npos);
        CHECK(options_as_manual().find(row.help[0]) != std::string::npos);
    }
}

TEST_CASE("the tables in docs/LOADTEST.md are those of the program") {
    std::ifstream file(wsd::test::source_path("docs/LOADTEST.md"), std::ios::binary);
    std::ostringstream read;
    read << file.rdbuf();
    const auto text = read.str();
    // 'wsload manual --markdown' writes them.
    CHECK(text.find("<!-- commands -->\n" + commands_as_markdown() + "<!-- end of commands -->") != std::string::npos);
    CHECK(text.find("<!-- options -->\n" + options_as_markdown() + "<!-- end of options -->") != std::string::npos);
    CHECK(text.find("<!-- exits -->\n" + exits_as_markdown() + "<!-- end of exits -->") != std::string::npos);
    std::istringstream names(scenario_names());
    for (std::string name; std::getline(names >> std::ws, name, ',');) {
        CAPTURE(name);
        CHECK(text.find("\n| `" + name + "` | ") != std::string::npos);
    }
}

TEST_CASE("--help of every command and the manual page say what the tables say") {
    // However a line is broken, and without what only the manual's macros need.
    const auto squeeze = [](const std::string& text) {
        std::string out;
        for (const char c : text)
            if (c != '\\' && (c > ' ' || (!out.empty() && out.back() != ' '))) out += c > ' ' ? c : ' ';
        return out;
    };
    const auto manual = squeeze(manual_page());
    const auto main_help = squeeze(parse({"--help"}).text);
    for (const auto& of : command_table()) {
        CAPTURE(of.name);
        const auto parsed = parse({of.name, "--help"});
        CHECK(parsed.exit == 0);
        const auto help = squeeze(parsed.text);
        const auto everywhere = [&](const std::string& what) {
            CAPTURE(what);
            CHECK(help.find(what) != std::string::npos);
            CHECK(manual.find(what) != std::string::npos);
        };
        CHECK(main_help.find(std::string(of.name) + " ") != std::string::npos);
        CHECK(main_help.find(of.help) != std::string::npos);
        everywhere(of.help);
        for (const auto& one : argument_table()) {
            if (one.of != of.what) continue;
            everywhere(one.help);
            if (one.names[0] == '-') everywhere(one.names);
        }
        if (of.what != command::run) continue;
        for (const auto& row : option_table()) {
            everywhere(long_name(row));
            everywhere(row.help);
            if (row.allowed != nullptr) everywhere(row.allowed);
            if (row.initial != nullptr) everywhere(std::string("default ") + row.initial);
        }
    }
    for (const auto& row : exit_table()) {
        CHECK(main_help.find(std::to_string(row.status) + ' ' + row.meaning) != std::string::npos);
        CHECK(manual.find(std::to_string(row.status) + ' ' + row.meaning) != std::string::npos);
    }
}

TEST_CASE("commands take their arguments, and say which are missing or wrong") {
    const auto report = parse({"report", "run.json", "--html", "page", "--junit", "suite"});
    REQUIRE_FALSE(report.exit.has_value());
    CHECK(report.what == command::report);
    CHECK(report.report_file == "run.json");
    CHECK(report.run.html == "page");
    CHECK(report.run.junit == "suite");
    CHECK(parse({"report"}).exit == 2);
    const auto compare =
        parse({"compare", "a", "b", "c", "d", "--max-regress", "deliver.p99=10%", "--max-regress", "ack.p50=1%"});
    REQUIRE_FALSE(compare.exit.has_value());
    CHECK(compare.compare.files == std::vector<std::string>{"a", "b", "c", "d"});
    CHECK(compare.compare.limits.size() == 2);
    CHECK(parse({"compare", "a", "b", "c"}).exit == 2);
    CHECK(parse({"manual", "--markdown"}).markdown);
    CHECK(parse({"version"}).what == command::version);
    CHECK(parse({"explain", "chta"}).text.find("did you mean chat?") != std::string::npos);
}

TEST_CASE("several processes may take several servers in turn") {
    const char* both = "ws://127.0.0.1:1/ws,ws://127.0.0.1:2/ws";
    const auto part = [&](const char* which) {
        return parse({"run", "chat", both, "--secret", "x", "--procs", "3", "--part", which}).run;
    };
    CHECK(part("0/3").url.port == 1);
    CHECK(part("1/3").url.port == 2);
    CHECK(part("1/3").url_text == "ws://127.0.0.1:2/ws");
    CHECK(part("2/3").url.port == 1);
    CHECK_FALSE(parse({"run", "chat", both, "--secret", "x", "--procs", "2"}).exit.has_value());
    CHECK(parse({"run", "chat", both, "--secret", "x"}).exit == 2);
    CHECK(parse({"run", "chat", "ws://127.0.0.1:1/ws,http://x", "--secret", "x", "--procs", "2"}).exit == 2);
    CHECK(parse({"run", "chat", "", "--secret", "x"}).exit == 2);
}

TEST_CASE("users may be said by the connections of each") {
    CHECK(parse({"run", "chat", "--secret", "x", "-c", "100", "--conns-per-user", "4"}).run.users == 25);
    CHECK(parse({"run", "chat", "--secret", "x", "-c", "10", "--conns-per-user", "4"}).run.users == 3);
    CHECK(parse({"run", "chat", "--secret", "x", "--users", "5", "--conns-per-user", "4"}).exit == 2);
}

TEST_CASE("a part is told where its status goes") {
    const auto part = [](const char* which) { return parse({"run", "chat", "--secret", "x", "--part", which}); };
    CHECK(part("1/2").run.status_to == 0);
    CHECK(part("1/2:3").run.status_to == 3);
    CHECK(part("1/2:3").run.part == 1);
    CHECK(part("1/2:3").run.parts == 2);
    for (const char* bad : {"1/2:", "1/2:2", "1/2:x", "1:3", ":3/2", "2/2:3"}) {
        CAPTURE(bad);
        CHECK(part(bad).exit == 2);
    }
}

TEST_CASE("the time of a stall has to fit into the load") {
    const auto stall = [](const char* time) {
        return parse({"run", "slow-consumer", "--secret", "x", "-d", "10s", "--stall", time});
    };
    CHECK(stall("5s").run.stall == 5s);
    CHECK(stall("0s").exit == 2);
    CHECK(stall("10s").exit == 2);
    CHECK(stall("10s").text.find("--stall: expected less than -d") != std::string::npos);
}

TEST_CASE("the server's ladder of rate limits is what --ladder says") {
    const auto ladder = [](const char* text) { return parse({"run", "ratelimit", "--secret", "x", "--ladder", text}); };
    CHECK(ladder("warn=50%,throttle=3,close=0").run.ladder.warning == 0.5);
    CHECK(ladder("warn=50%,throttle=3,close=0").run.ladder.throttle == 3);
    CHECK(ladder("warn=50%,throttle=3,close=0").run.ladder.close == 0);
    CHECK(ladder("close=9").run.ladder.throttle == 2);
    for (const char* wrong : {"", "warn", "warn=0", "close=2", "throttle=5", "throttle=x", "else=3", "close=101"})
        CHECK(ladder(wrong).exit == 2);
}

TEST_CASE("a soak watches the server's process, and expects no growth unless something else is said") {
    CHECK(parse({"run", "soak", "--secret", "x"}).exit == 2);
    const auto parsed = parse({"run", "soak", "--secret", "x", "--pid", "77", "--slo", "server.fds.growth<90%"});
    REQUIRE_FALSE(parsed.exit.has_value());
    std::vector<std::string> gates;
    parsed.run.gates.for_each([&](const gate& one) { gates.push_back(one.text); });
    CHECK(gates ==
          std::vector<std::string>{"server.fds.growth<90%", "server.rss.growth<10%", "deliver.p99.growth<100%"});
}

TEST_CASE("the parts of a run have all of its connections, users and load between them, and users of their own") {
    std::uint32_t connections = 0, users = 0;
    double rate = 0;
    for (const char* which : {"0/3", "1/3", "2/3"}) {
        const auto parsed = parse({"run", "chat", "--secret", "x", "-c", "100", "--users", "50", "--stage", "10s:90",
                                   "--stage", "5s:30", "--procs", "3", "--html", "page", "--part", which});
        REQUIRE_FALSE(parsed.exit.has_value());
        connections += parsed.run.connections;
        users += parsed.run.users;
        rate += parsed.run.load.mean_per_second();
        CHECK(parsed.run.user_prefix == std::string("load-p") + which[0] + "-");
        CHECK(parsed.run.procs == 1);
        CHECK_FALSE(parsed.run.html.has_value());
        CHECK(parsed.run.duration == 15s);
    }
    CHECK(connections == 100);
    CHECK(users == 50);
    CHECK(rate == Catch::Approx(70));
}

TEST_CASE("what several processes can't do is refused") {
    for (const auto* scenario : {"limits", "ratelimit", "capacity", "slow-consumer"})
        CHECK(parse({"run", scenario, "--secret", "x", "--procs", "2"}).exit == 2);
    CHECK(parse({"run", "chat", "--tokens", "x", "--procs", "2"}).exit == 2);
    CHECK(parse({"run", "chat", "--secret", "x", "--procs", "2", "-c", "3"}).exit == 2);
    CHECK(parse({"run", "chat", "--secret", "x", "--part", "2/2"}).exit == 2);
    CHECK(parse({"run", "chat", "--secret", "x", "--procs", "2"}).run.procs == 2);
}
