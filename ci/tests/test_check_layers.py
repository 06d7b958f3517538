"""check_layers finds every planted violation, and nothing in legal code."""
import importlib.machinery
import importlib.util
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
PROGRAM = pathlib.Path(__file__).resolve().parent.parent / "check_layers"
LOADER = importlib.machinery.SourceFileLoader("check_layers", str(PROGRAM))
CHECK = importlib.util.module_from_spec(importlib.util.spec_from_loader("check_layers", LOADER))
LOADER.exec_module(CHECK)

# Targets of the includes below.
HEADERS = ("common/base/ids.hpp", "common/base/clock.hpp", "common/auth/jws.hpp", "common/config/table.hpp",
           "common/protocol/codec.hpp", "common/queues/ring.hpp", "common/state/rooms.hpp",
           "server/transport/listener.hpp", "server/session/session.hpp", "server/dispatch/table.hpp",
           "server/handlers/ping.hpp", "server/services/rooms.hpp", "server/storage/message_log.hpp",
           "server/runtime/shard.hpp", "server/observe/metrics.hpp", "server/admin/health.hpp", "server/app/options.hpp",
           "loadgen/pacer.hpp")

VIOLATIONS = (
    ("include", "common/base/a.cpp", '#include "common/protocol/codec.hpp"'),
    ("include", "common/protocol/a.cpp", '#include "common/state/rooms.hpp"'),
    ("include", "common/auth/a.cpp", '#include "common/config/table.hpp"'),
    ("include", "common/state/a.cpp", '#include "server/runtime/shard.hpp"'),
    ("include", "server/session/a.cpp", '#include "server/transport/listener.hpp"'),
    ("include", "server/dispatch/a.cpp", '#include "server/session/session.hpp"'),
    ("include", "server/handlers/a.cpp", '#include "server/dispatch/table.hpp"'),
    ("include", "server/services/a.cpp", '#include "server/handlers/ping.hpp"'),
    ("include", "server/storage/a.cpp", '#include "server/services/rooms.hpp"'),
    ("include", "server/storage/a.cpp", '#include "server/runtime/shard.hpp"'),
    ("include", "server/runtime/a.cpp", '#include "server/services/rooms.hpp"'),
    ("include", "server/observe/a.cpp", '#  include "server/runtime/shard.hpp"'),
    ("include", "server/admin/a.cpp", '#include "server/session/session.hpp"'),
    ("include", "server/transport/a.cpp", '#include "server/app/options.hpp"'),
    ("include", "server/services/b.cpp", '#include "loadgen/pacer.hpp"'),
    ("include", "loadgen/a.cpp", '#include "server/session/session.hpp"'),
    ("include", "loadgen/a.cpp", '#include "common/state/rooms.hpp"'),
    ("include", "server/session/b.cpp", '#include "session.hpp"'),
    ("include", "server/session/b.cpp", '#include "common/base/missing.hpp"'),
    ("include", "server/novel/a.cpp", '#include "common/base/ids.hpp"'),
    ("beast", "server/session/a.cpp", "#include <boost/beast/websocket.hpp>"),
    ("beast", "loadgen/virtual_user.cpp", "namespace beast = boost::beast;"),
    ("asio", "common/state/a.hpp", "#pragma once\n#include <boost/asio/awaitable.hpp>"),
    ("asio", "common/queues/a.cpp", "boost::asio::steady_timer timer{context};"),
    ("asio", "server/handlers/a.cpp", "#include <boost/asio/post.hpp>"),
    ("openssl", "server/transport/listener.cpp", "#include <openssl/ssl.h>"),
    ("openssl", "server/session/a.cpp", "#include <boost/asio/ssl.hpp>"),
    ("sqlite", "server/storage/memory_log.cpp", "#include <sqlite3.h>"),
    ("spdlog", "common/state/a.cpp", "#include <spdlog/spdlog.h>"),
    ("toml", "server/app/a.cpp", "#include <toml++/toml.h>"),
    ("cli11", "server/session/a.cpp", "#include <CLI/CLI.hpp>"),
    ("mutex", "common/state/a.cpp", "#include <mutex>"),
    ("mutex", "server/session/a.cpp", "std::shared_mutex guard_;"),
    ("mutex", "server/runtime/shard.cpp", "std::lock_guard hold{m_};"),
    ("mutex", "loadgen/a.cpp", "std::condition_variable wake_;"),
    ("detached", "server/session/a.cpp", "co_spawn(executor, run(), asio::detached);"),
    ("detached", "server/app/a.cpp", "std::thread{work}.detach();"),
    ("clock", "server/session/a.cpp", "auto now = std::chrono::steady_clock::now();"),
    ("clock", "common/auth/a.cpp", "auto now = system_clock::now();"),
    ("clock", "server/app/a.cpp", "srand(time( nullptr ));"),
    ("clock", "loadgen/pacer.cpp", "clock_gettime(CLOCK_MONOTONIC, &now);"),
    ("print", "server/session/a.cpp", 'std::cerr << "x";'),
    ("print", "common/base/a.cpp", 'printf("x");'),
    ("print", "loadgen/pacer.cpp", 'std::fputs("x", stderr);'),
    ("print", "server/storage/a.cpp", 'fprintf(stderr, "x");'),
    ("store", "common/state/a.cpp", "std::mt19937_64 generator;"),
    ("store", "common/state/a.cpp", "std::atomic<int> count_;"),
    ("pragma", "common/base/a.hpp", "namespace wsd {}"),
    ("size", "common/base/a.hpp", "#pragma once" + "\n" * 201),
    ("size", "server/session/a.cpp", "\n" * 401),
    ("size", "tests/unit/a.cpp", "\n" * 401),
    ("size", "ci/a.sh", "\n" * 401),
)

LEGAL = (
    ("common/state/a.cpp", '#include "common/protocol/codec.hpp"\n#include "common/queues/ring.hpp"'),
    ("common/state/b.cpp", '#include "common/state/rooms.hpp"\n#include <unordered_map>'),
    ("server/transport/a.cpp", '#include "server/session/session.hpp"\n#include <boost/beast/core.hpp>'),
    ("server/session/a.cpp", '#include "server/dispatch/table.hpp"\n#include <boost/asio/awaitable.hpp>'),
    ("server/services/a.cpp", '#include "server/storage/message_log.hpp"\n#include "common/state/rooms.hpp"'),
    ("server/runtime/a.cpp", '#include "server/storage/message_log.hpp"'),
    ("common/auth/a.cpp", '#include "common/protocol/codec.hpp"'),
    ("server/admin/a.cpp", '#include "server/observe/metrics.hpp"\n#include "server/storage/message_log.hpp"'),
    ("server/app/a.cpp", '#include "server/transport/listener.hpp"\nvoid f() { printf("usage"); }'),
    ("server/main.cpp", '#include "server/app/options.hpp"\nint main() { std::cout << 1; }'),
    ("loadgen/ws_client.cpp", '#include "loadgen/pacer.hpp"\n#include <boost/beast/ssl.hpp>\n#include <openssl/ssl.h>'),
    ("loadgen/report/table.cpp", 'void f() { std::cout << 1; }'),
    ("loadgen/clock.hpp", "#pragma once\ninline auto now() { return std::chrono::steady_clock::now(); }"),
    ("common/base/clock.hpp", "#pragma once\ninline auto now() { return std::chrono::steady_clock::now(); }"),
    ("common/base/task.hpp", "#pragma once\n#include <boost/asio/awaitable.hpp>"),
    ("common/queues/a.cpp", "#include <mutex>\nstd::mutex guard;"),
    ("server/runtime/mailbox.cpp", "std::mutex guard;"),
    ("server/runtime/task_group.cpp", "co_spawn(executor, run(), asio::detached);"),
    ("server/storage/sqlite_log.cpp", "#include <sqlite3.h>\nint f() { return sqlite3_step(nullptr); }"),
    ("common/auth/jws.cpp", "#include <openssl/evp.h>"),
    ("server/session/comments.cpp", "// a std::mutex, printf(x), steady_clock::now()\n/* asio::detached\n std::cout */"),
    ("server/session/strings.cpp", 'auto a = "std::cout << steady_clock::now() // ";\nauto b = R"(std::mutex)"; char c = \'"\';'),
    ("server/session/words.cpp", "int wait_time(int); int undetached; char b[9]; int n = snprintf(b, 9, format);"),
    ("server/session/digits.cpp", "constexpr int million = 1'000'000; auto s = f('\\''); /* std::cout */"),
    ("server/session/long.cpp", "\n" * 399),
)


class tree_on_disk:
    def __init__(self, files):
        self.folder = tempfile.TemporaryDirectory()
        for path, text in files:
            file = pathlib.Path(self.folder.name, path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text + "\n", encoding="utf-8")

    def __enter__(self):
        return pathlib.Path(self.folder.name)

    def __exit__(self, *_):
        self.folder.cleanup()


def violations(files, exceptions=()):
    with tree_on_disk(files) as root:
        return [(path, rule) for path, _, rule, _ in CHECK.check_tree(root, exceptions)[1]]


SCAFFOLD = tuple((path, "#pragma once") for path in HEADERS)


class check_layers_test(unittest.TestCase):
    def test_each_planted_violation_is_found_and_nothing_else(self):
        for rule, path, text in VIOLATIONS:
            with self.subTest(rule=rule, path=path, text=text.strip()):
                self.assertEqual(violations(SCAFFOLD + ((path, text),)), [(path, rule)])

    def test_legal_code_is_left_alone(self):
        self.assertEqual(violations(dict(SCAFFOLD + LEGAL).items()), [])

    def test_an_exception_excuses_its_line_only(self):
        files = (("server/session/a.cpp", "auto a = steady_clock::now();\nstd::cerr << a;"),)
        exception = ("clock", "server/session/a.cpp", "auto a", "a reason")
        self.assertEqual(violations(files, (exception,)), [("server/session/a.cpp", "print")])

    def test_an_exception_that_nothing_needs_is_a_violation(self):
        files = (("server/session/a.cpp", "int a;"),)
        self.assertEqual(violations(files, (("clock", "server/*", "a", "a reason"),)), [("ci/check_layers", "stale")])

    def test_the_program_tells_its_outcome_by_its_exit_code(self):
        violation = (("common/base/ensure.cpp", "std::fprintf(stderr, x);"), ("server/session/a.cpp", "std::mutex m;"))
        for files, code in ((violation, 1), ((), 2)):
            with tree_on_disk(files) as root:
                done = subprocess.run([PROGRAM, "--root", root], capture_output=True, text=True, check=False)
                self.assertEqual(done.returncode, code, done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
