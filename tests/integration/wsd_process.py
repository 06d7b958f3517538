"""The real server as a child process, for the tests of this folder.

Environment: WSD_BIN names the program; without it build/release/wsd is taken.
"""
import base64
import hashlib
import hmac
import json
import os
import pathlib
import re
import resource
import signal
import subprocess
import tempfile
import threading
import time
import unittest
import weakref

SOURCE = pathlib.Path(os.environ.get("WSD_SOURCE_DIR") or pathlib.Path(__file__).resolve().parents[2])
WSD = os.environ.get("WSD_BIN") or str(SOURCE / "build/release/wsd")
SECRET = "a secret of the tests, long enough for HS256"
# A sanitizer keeps what was freed, so that memory says nothing.
INSTRUMENTED = pathlib.Path(WSD).exists() and b"__sanitizer_" in pathlib.Path(WSD).read_bytes()
PATIENCE = 20  # seconds until something that must happen counts as missing: the machine may be busy


def part(data):
    text = data if isinstance(data, bytes) else json.dumps(data).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def token(user, secret=SECRET, header=None, **claims):
    """A JWT for the user, valid for an hour unless the claims say otherwise; a claim that is None is left out."""
    claims = {"userId": user, "exp": int(time.time()) + 3600} | claims
    claims = {name: value for name, value in claims.items() if value is not None}
    signed = part(header or {"alg": "HS256", "typ": "JWT"}) + "." + part(claims)
    return signed + "." + part(hmac.new(secret.encode(), signed.encode(), hashlib.sha256).digest())


def cpu_seconds(server):
    with open(f"/proc/{server.process.pid}/stat", encoding="ascii") as status:
        fields = status.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def rss_mib(process):
    with open(f"/proc/{process.pid}/status", encoding="ascii") as status:
        return int(re.search(r"VmRSS:\s+(\d+)", status.read())[1]) / 1024


def rss_at_rest_mib(process):
    """After a crowd: what it held is given back some moments after the last of it has gone."""
    least = rss_mib(process)
    for _ in range(20):
        time.sleep(0.1)
        least = min(least, rss_mib(process))
    return least


class Server:
    """Runs on free ports. Options are environment variables; data is kept in a folder of its own unless named."""

    def __init__(self, *arguments, data=None, descriptors=None, program=WSD, **options):
        self.folder = tempfile.TemporaryDirectory(prefix="wsd-test-")  # pylint: disable=consider-using-with
        self.data = data or self.folder.name + "/data"
        self.options = {
            "JWT_SECRET": SECRET, "PORT": 0, "WS_ADMIN_PORT": 0, "WS_DATA_DIR": self.data, "WS_DURABILITY": "os",
            "WS_RATE_LIMIT_MESSAGES": 1000000, "WS_MAX_CONNECTIONS_PER_USER": 0, "WS_MAX_CONNECTIONS_PER_IP": 0,
            "WS_THREADS": 2} | options
        self.arguments, self.descriptors, self.program = arguments, descriptors, program
        self.process, self.port, self.admin_port, self.lines = None, None, None, []
        self.news = threading.Condition()
        self.clients = weakref.WeakSet()

    def environment(self):
        system = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "ASAN_OPTIONS", "TSAN_OPTIONS",
                                                      "UBSAN_OPTIONS", "LSAN_OPTIONS") if name in os.environ}
        return system | {name: str(value) for name, value in self.options.items() if value is not None}

    def limit(self):
        if self.descriptors:
            resource.setrlimit(resource.RLIMIT_NOFILE, (self.descriptors, self.descriptors))

    def launch(self):
        self.lines = []
        self.process = subprocess.Popen([self.program, *self.arguments], env=self.environment(), stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, preexec_fn=self.limit)
        self.reader = threading.Thread(target=self.read_log, args=(self.process.stderr,), daemon=True)
        self.reader.start()
        return self

    def start(self):
        return self.launch().listening()

    def listening(self):
        """Waits until it is; the ports are known then."""
        found = self.wait_for_line(r'listening\b.*?\bport"?[=:](\d+)')
        self.port = int(found[1])
        admin = re.search(r'\badmin_port"?[=:](\d+)', found.string)
        self.admin_port = int(admin[1]) if admin and admin[1] != "0" else None
        return self

    def read_log(self, stream):
        with stream:
            for line in stream:
                with self.news:
                    self.lines.append(line.decode(errors="replace").rstrip("\n"))
                    self.news.notify_all()
        with self.news:
            self.lines.append(None)
            self.news.notify_all()

    def wait_for_line(self, pattern):
        """The first match in a log line; fails when the server ends or is silent about it for too long."""
        end, seen = time.monotonic() + PATIENCE, 0
        with self.news:
            while True:
                for line in self.lines[seen:]:
                    seen += 1
                    found = line is not None and re.search(pattern, line)
                    if found:
                        return found
                    if line is None or time.monotonic() > end:
                        raise AssertionError(f"no log line with {pattern!r}:\n{self.log()}")
                if not self.news.wait(max(0, end - time.monotonic())):
                    raise AssertionError(f"no log line with {pattern!r}:\n{self.log()}")

    def log(self):
        return "\n".join(line for line in self.lines if line is not None)

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self, timeout=PATIENCE):
        """The exit status; the whole log has been read then."""
        status = self.process.wait(timeout)
        self.reader.join(PATIENCE)
        return status

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
        if self.process:
            self.wait()

    def stop(self):
        """A planned end, which must succeed."""
        if self.process.poll() is None:
            self.signal(signal.SIGTERM)
            try:
                status = self.wait()
            except subprocess.TimeoutExpired:
                self.kill()
                raise AssertionError(f"does not stop:\n{self.log()}") from None
        else:
            status = self.wait()
        if status != 0:
            raise AssertionError(f"ended with status {status}:\n{self.log()}")

    def restart(self):
        self.stop()
        return self.start()

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, *_):
        for client in list(self.clients):
            client.stream.close()  # a shutdown waits for peers that don't answer
        try:
            self.stop() if kind is None else self.kill()
        finally:
            self.folder.cleanup()


class ServerCase(unittest.TestCase):
    """A server for all tests of the class, with OPTIONS; user names are made unique by the test."""

    OPTIONS = {}

    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(Server(**cls.OPTIONS))

    def user(self, name):
        return f"{name}.{self.id().rsplit('.', 1)[-1]}"
