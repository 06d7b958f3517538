"""wsload finds what a server does wrong: exactly as many faults of each kind as a stub server commits."""
import base64
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ.get("WSD_SOURCE_DIR") or pathlib.Path(__file__).resolve().parents[2])
WSLOAD = os.environ.get("WSLOAD_BIN") or str(SOURCE / "build/release/wsload")
STUB = SOURCE / "tests/support/stub_server.py"
FAULTS = ("lost", "duplicated", "reordered", "misdelivered", "corrupt", "phantom", "gaps", "strayReplies", "unanswered",
          "malformed")
PATIENCE = 60


class Stub:
    """The stub server as a child process."""

    def __init__(self, *arguments, **faults):
        wanted = [f"--fault={kind}={count}" for kind, count in faults.items()]
        self.process = subprocess.Popen([sys.executable, str(STUB), *arguments, *wanted], stdout=subprocess.PIPE,
                                        text=True)
        self.port = int(re.search(r"port=(\d+)", self.process.stdout.readline())[1])
        self.committed = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        output, _ = self.process.communicate(timeout=PATIENCE)
        self.committed = json.loads(output)


def run(*arguments, port=None, secret="any"):
    url = [f"ws://127.0.0.1:{port}/ws"] if port else []
    return subprocess.run([WSLOAD, "run", arguments[0], *url, "--secret", secret, "-q", *arguments[1:]],
                          capture_output=True, text=True, timeout=PATIENCE, check=False)


def measure(scenario, *arguments, port):
    """The exit status and the report of a short run of 20 users."""
    done = run(scenario, "-c", "20", "--ramp", "100ms", "-d", "1s", "--rate", "600", "--drain", "2s", "--allow-saturated",
               "--json", "-", *arguments, port=port)
    try:
        return done.returncode, json.loads(done.stdout)
    except json.JSONDecodeError:
        raise AssertionError(f"status {done.returncode}: {done.stdout}{done.stderr}") from None


class Ledger(unittest.TestCase):
    maxDiff = None

    def check_faults(self, planted, found, scenario="chat", arguments=()):
        """Runs against a stub that commits `planted` and expects exactly `found`."""
        with Stub(**planted) as stub:
            status, report = measure(scenario, *arguments, port=stub.port)
        self.assertEqual(stub.committed, planted, "the stub had no occasion for all of its faults")
        self.assertEqual({name: report["faults"][name] for name in FAULTS}, dict.fromkeys(FAULTS, 0) | found)
        self.assertEqual(status, 11 if found else 0, report["problem"])
        return report

    def test_a_server_without_faults_passes(self):
        report = self.check_faults({}, {})
        messages = report["messages"]
        self.assertGreater(messages["sent"], 500)
        self.assertEqual([messages[name] for name in ("acked", "delivered")], [messages["sent"]] * 2)
        self.assertEqual([messages[name] for name in ("refused", "unanswered", "skipped")], [0, 0, 0])
        self.assertGreater(report["latencyMs"]["delivery"]["p50"], 0)
        self.assertEqual(report["connections"]["live"], 20)

    def test_without_capabilities_echoes_are_checked_too(self):
        self.check_faults({}, {}, arguments=("--caps", "none"))
        self.check_faults({"duplicate": 5}, {"duplicated": 5}, arguments=("--caps", "seq"))

    def test_a_closed_loop_passes(self):
        report = self.check_faults({}, {}, arguments=("--closed", "--window", "3", "-d", "1s"))
        self.assertEqual(report["run"]["load"]["model"], "closed")

    def test_acknowledged_messages_without_an_entry_are_lost(self):
        self.check_faults({"lose": 9}, {"lost": 9})

    def test_entries_that_are_never_shown_are_lost(self):
        self.check_faults({"swallow": 6}, {"lost": 6})

    def test_entries_that_only_a_resume_shows_are_gaps(self):
        self.check_faults({"withhold": 8}, {"gaps": 8})

    def test_duplicates_under_one_number_or_two(self):
        self.check_faults({"duplicate": 7, "double": 4}, {"duplicated": 11})

    def test_reordered(self):
        self.check_faults({"reorder": 10}, {"reordered": 10})

    def test_corrupt(self):
        self.check_faults({"corrupt": 6}, {"corrupt": 6})

    def test_misdelivered_instead_of_and_beside_the_right_delivery(self):
        self.check_faults({"misroute": 5, "copy": 3}, {"misdelivered": 8})

    def test_all_kinds_in_one_run_are_told_apart(self):
        planted = {"lose": 3, "swallow": 2, "withhold": 4, "duplicate": 5, "double": 2, "reorder": 6, "corrupt": 3,
                   "misroute": 2, "copy": 3}
        self.check_faults(planted, {"lost": 5, "gaps": 4, "duplicated": 7, "reordered": 6, "corrupt": 3,
                                    "misdelivered": 5})

    def test_unanswered_messages_fail_the_run(self):
        report = self.check_faults({"silence": 4}, {"unanswered": 4})
        # After the last resume they were sent again, and then answered.
        self.assertEqual([report["messages"][name] for name in ("sentAgain", "unanswered")], [4, 0])

    def test_refusals_are_counted_by_code_and_are_no_fault(self):
        with Stub(refuse=6) as stub:
            status, report = measure("chat", port=stub.port)
        self.assertEqual((status, report["messages"]["refusedBy"]), (0, {"SERVER_BUSY": 6}))


class Breaks(unittest.TestCase):
    def test_connections_that_are_cut_all_the_time_lose_nothing(self):
        with Stub() as stub:
            status, report = measure("resume", "--cuts", "40", "-d", "2s", "--rate", "300", port=stub.port)
        self.assertEqual((status, report["problem"]), (0, ""))
        self.assertGreater(report["connections"]["cuts"], 30)
        self.assertGreater(report["messages"]["replayed"], 0)

    def test_a_loss_across_breaks_is_found(self):
        with Stub(lose=5) as stub:
            status, report = measure("resume", "--cuts", "40", "-d", "2s", "--rate", "300", port=stub.port)
        self.assertEqual((status, report["faults"]["lost"]), (11, 5))


class ExitStatus(unittest.TestCase):
    def test_nothing_listens(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            done = run("chat", "-c", "2", port=free.getsockname()[1])
        self.assertEqual(done.returncode, 3)
        self.assertIn("refused", done.stdout)

    def test_the_server_refuses_the_token(self):
        with Stub("--refuse-upgrade", "401") as stub:
            done = run("connect", "-c", "2", port=stub.port)
        self.assertEqual(done.returncode, 3)
        self.assertIn("401 INVALID_TOKEN", done.stdout)
        self.assertIn("--secret", done.stdout)

    def test_usage(self):
        for wrong in (["chat", "-c", "0"], ["chat", "--bogus"], ["nonsense"], ["chat", "--users", "1000"],
                      ["chat", "--rate", "fast"]):
            done = run(*wrong)
            self.assertEqual(done.returncode, 2, wrong)
            self.assertNotEqual(done.stderr, "", wrong)
            self.assertEqual(done.stdout, "", wrong)

    def test_too_few_descriptors_are_noticed_before_anything_is_opened(self):
        command = f"ulimit -n 100; exec '{WSLOAD}' run connect -c 1000 --secret x"
        done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=PATIENCE, check=False)
        self.assertEqual(done.returncode, 3)
        self.assertIn("ulimit -Hn", done.stderr)


class Commands(unittest.TestCase):
    def test_list_help_and_version(self):
        for words, expected in ((["list"], "resume"), (["--help"], "run"), (["version"], "wsload"),
                                (["run", "--help"], "--source-ips")):
            done = subprocess.run([WSLOAD, *words], capture_output=True, text=True, timeout=PATIENCE, check=False)
            self.assertEqual(done.returncode, 0, words)
            self.assertIn(expected, done.stdout)

    def test_connect_reports_upgrades(self):
        with Stub() as stub:
            status, report = measure("connect", "-d", "200ms", "--source-ips", "127.0.0.2-5", "--token-via", "bearer",
                                     port=stub.port)
        self.assertEqual(status, 0, report["problem"])
        self.assertEqual(report["connections"]["upgrades"], 20)
        self.assertGreater(report["connections"]["upgradesPerSecond"], 0)

    def test_tokens_from_a_file_without_user_names(self):
        with Stub() as stub:
            path = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory())) / "tokens"
            claims = (base64.urlsafe_b64encode(json.dumps({"sub": f"u{n}"}).encode()).decode() for n in range(20))
            path.write_text("".join(f"x.{claim.rstrip('=')}.y\n" for claim in claims), encoding="ascii")
            done = subprocess.run([WSLOAD, "run", "chat", f"ws://127.0.0.1:{stub.port}/ws", "--tokens", str(path), "-c",
                                   "20", "-d", "1s", "-q", "--allow-saturated"], capture_output=True, text=True,
                                  timeout=PATIENCE, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
