#!/usr/bin/env python3
"""The commands of the program: mistakes are named, tokens open doors, what is printed can be pasted."""
import os
import re
import shlex
import subprocess
import tempfile
import threading
import time
import unittest

from ws_client import Client, Refused
from wsd_process import PATIENCE, SECRET, SOURCE, WSD, Server

FIVE_MISTAKES = """\
port = "many"
rate_limit_messages = 0
heartbeat_intervall = 5000

log_json = "yes"
allowed_origins = ["https://app.example/path"]
"""


def wsd(*arguments, **environment):
    return subprocess.run([WSD, *arguments], env={"PATH": os.environ["PATH"]} | environment, capture_output=True, text=True,
                          timeout=PATIENCE, stdin=subprocess.DEVNULL, check=False)


class Configuration(unittest.TestCase):
    def file(self, text):
        folder = self.enterContext(tempfile.TemporaryDirectory(prefix="wsd-test-"))
        path = folder + "/wsd.toml"
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def test_every_mistake_is_named_with_its_place(self):
        path = self.file(FIVE_MISTAKES)
        for command in (("config", "check"), ("serve",)):
            with self.subTest(command):
                result = wsd(*command, "--config", path, JWT_SECRET=SECRET)
                self.assertEqual(result.returncode, 2)
                lines = [line for line in result.stderr.splitlines() if line.startswith("error: ")]
                places = [tuple(map(int, re.search(re.escape(path) + r":(\d+):(\d+)", line).groups())) for line in lines]
                self.assertEqual([line for line, _ in places], [1, 2, 3, 5, 6], result.stderr)
                text = FIVE_MISTAKES.splitlines()
                for line, column in places:
                    self.assertIn(text[line - 1][column - 1], "\"0h[")
                for line, (name, hint) in zip(lines, (("port", "65535"), ("rate_limit_messages", "1"),
                                                     ("heartbeat_intervall", "heartbeat_interval?"), ("log_json", "true or false"),
                                                     ("allowed_origins", "scheme://host"))):
                    self.assertIn(name, line)
                    self.assertIn(hint, line)

    def test_mistakes_of_all_sources_at_once(self):
        path = self.file("hello_timeout = 1\n")
        result = wsd("serve", "--config", path, "--threads", "x", "--no-such", JWT_SECRET="short", WS_MAX_PAYLOAD_SIZE="12abc")
        self.assertEqual(result.returncode, 2)
        for part in ("hello_timeout", "threads", "no-such", "12abc"):
            self.assertIn(part, result.stderr)
        self.assertIn("JWT_SECRET", result.stderr.upper())
        self.assertNotIn('"short"', result.stderr)

    def test_a_good_file(self):
        path = self.file('port = 0\nlog_level = "warn"\nallowed_origins = ["https://app.example"]\n')
        result = wsd("config", "check", "--config", path, JWT_SECRET=SECRET)
        self.assertEqual((result.returncode, result.stderr), (0, ""))

    def test_precedence(self):
        path = self.file("max_content_length = 1\nmax_payload_size = 1000\nheartbeat_interval = 1000\n")
        with Server("serve", "--max-content-length", "3", WS_CONFIG=path, WS_MAX_CONTENT_LENGTH=2,
                    WS_MAX_PAYLOAD_SIZE=2000) as server:
            ack = Client(server, "ann").hello_ack
            self.assertEqual((ack["limits"]["maxContentLength"], ack["limits"]["maxPayloadBytes"], ack["heartbeatMs"]),
                             (3, 2000, 1000))

    def test_unknown_variable_is_a_warning(self):
        with Server(WS_NO_SUCH=1) as server:
            server.wait_for_line("(?i)warn.*WS_NO_SUCH")

    def test_inconsistencies(self):
        cases = [({}, "JWT_SECRET"), ({"JWT_SECRET": SECRET, "WS_ADMIN_HOST": "0.0.0.0"}, "ADMIN_TOKEN"),
                 ({"JWT_SECRET": SECRET, "WS_ALLOWED_ORIGINS": "*"}, "INSECURE"),
                 ({"JWT_SECRET": SECRET, "WS_DEV": "true", "HOST": "0.0.0.0"}, "HOST"),
                 ({"JWT_SECRET": SECRET, "WS_HEARTBEAT_INTERVAL": "60000"}, "HEARTBEAT"),
                 ({"JWT_SECRET": SECRET, "WS_TLS_CERT_FILE": "/nowhere"}, "TLS")]
        for environment, name in cases:
            with self.subTest(name):
                result = wsd("serve", PORT="0", WS_ADMIN_PORT="0", WS_STORE="memory", **environment)
                self.assertEqual(result.returncode, 2, result.stderr)
                self.assertIn(name, result.stderr.upper())
                self.assertNotIn(SECRET, result.stderr)

    def test_help_and_version(self):
        for arguments in (("--help",), ("serve", "--help"), ("token", "mint", "--help"), ("version",), ("--version",)):
            result = wsd(*arguments)
            self.assertEqual((result.returncode, result.stderr), (0, ""))
            self.assertTrue(result.stdout)


class Tokens(unittest.TestCase):
    def test_a_minted_token_connects(self):
        with Server() as server:
            for arguments, session in (((), "default"), (("--session", "laptop", "--ttl", "5m"), "laptop")):
                result = wsd("token", "mint", "--user", "ann", *arguments, JWT_SECRET=SECRET)
                self.assertEqual(result.returncode, 0, result.stderr)
                client = Client(server, "ann", authorization="Bearer " + result.stdout.strip())
                self.assertEqual((client.established["userId"], client.established["sessionId"]), ("ann", session))
            other = wsd("token", "mint", "--user", "ann", JWT_SECRET="another " * 8).stdout.strip()
            with self.assertRaises(Refused):
                Client(server, "ann", authorization="Bearer " + other)

    def test_inspect(self):
        minted = wsd("token", "mint", "--user", "ann", JWT_SECRET=SECRET).stdout.strip()
        good, bad = (wsd("token", "inspect", minted, JWT_SECRET=secret) for secret in (SECRET, "another " * 8))
        self.assertEqual((good.returncode, bad.returncode), (0, 1))
        self.assertIn("accepted", good.stdout)
        self.assertIn("refused", bad.stdout)


class Terminal:
    """A pasted command with its keyboard and its screen."""

    def __init__(self, command):
        self.process = subprocess.Popen(shlex.split(command), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, text=True, bufsize=1,
                                        env={"PATH": os.environ["PATH"], "PYTHONUNBUFFERED": "1"})
        self.lines = []
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    def type(self, line):
        self.process.stdin.write(line + "\n")

    def shows(self, text):
        end = time.monotonic() + PATIENCE
        while not any(text in line for line in self.lines):
            if time.monotonic() > end:
                raise AssertionError(f"no {text!r} in {self.lines}")
            time.sleep(0.02)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.reader.join()
        self.process.stdin.close()
        self.process.stdout.close()


class Development(unittest.TestCase):
    def test_pasted_commands_chat(self):
        command = shlex.join([WSD, "dev", "--port", "0", "--admin-port", "0"])
        with Terminal(command) as server:
            server.shows("Paste into a terminal to be bob")
            server.shows("  python3 ")
            end = time.monotonic() + PATIENCE
            while len(pasted := [line for line in server.lines if line.startswith("  python3 ")]) < 2:
                self.assertLess(time.monotonic(), end)
                time.sleep(0.02)
            self.assertIn(str(SOURCE / "packaging/examples/chat.py"), pasted[0])
            with Terminal(pasted[0]) as alice, Terminal(pasted[1]) as bob:
                alice.shows("connected as alice")
                bob.shows("connected as bob")
                alice.type("bob: hello bob")
                bob.shows("alice: hello bob")
                alice.shows("✓✓ hello bob")
                bob.type("alice: hello yourself")
                alice.shows("bob: hello yourself")
            folder = next(line.split()[1] for line in server.lines if line.startswith("  Data "))
            self.assertTrue(os.path.isdir(folder))
            server.process.terminate()
            self.assertEqual(server.process.wait(PATIENCE), 0)
            self.assertFalse(os.path.exists(folder), "a temporary folder was left")


if __name__ == "__main__":
    unittest.main(warnings="ignore")
