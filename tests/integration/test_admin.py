#!/usr/bin/env python3
"""The admin listener: health, metrics, and who may ask for them."""
import os
import re
import shutil
import signal
import socket
import subprocess
import time
import unittest

from ws_client import Client, exchange
from wsd_process import PATIENCE, SOURCE, Server

TOKEN = "a token of the operator"


def ask(server, target, method="GET", **fields):
    lines = [f"{method} {target} HTTP/1.1", "Host: 127.0.0.1", "Connection: close"]
    lines += [f"{name.replace('_', '-').title()}: {value}" for name, value in fields.items()]
    return exchange(server.admin_port, ("\r\n".join(lines) + "\r\n\r\n").encode())


class AdminCase(unittest.TestCase):
    def check(self, response, status, body):
        self.assertEqual((response.status, response.body), (status, body))
        self.assertEqual(response.field("Content-Type"), "application/json")
        self.assertEqual(response.field("Content-Length"), str(len(response.raw_body)))

    def refused(self, response, status, code):
        self.assertEqual((response.status, response.body["code"]), (status, code))
        self.assertEqual(set(response.body), {"code", "message"})
        self.assertEqual(response.field("Content-Length"), str(len(response.raw_body)))
        self.assertEqual(response.field("WWW-Authenticate"), "Bearer" if status == 401 else None)


class Open(AdminCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(Server())

    def test_health(self):
        self.check(ask(self.server, "/livez"), 200, {"status": "ok"})
        for target in ("/readyz", "/healthz", "/readyz?verbose"):
            self.check(ask(self.server, target), 200, {"status": "ready", "failing": []})

    def test_metrics_are_what_prometheus_reads(self):
        ann = Client(self.server, "ann")
        Client(self.server, "bob")
        ann.say("bob")
        response = ask(self.server, "/metrics")
        self.assertEqual(response.status, 200)
        self.assertTrue(response.field("Content-Type").startswith("text/plain; version=0.0.4"))
        values = dict(line.rsplit(" ", 1) for line in response.raw_body.decode().splitlines() if not line.startswith("#"))
        self.assertIn("wsd_connections_open", values)
        promtool = shutil.which("promtool", path=os.environ["PATH"] + f":{SOURCE}/.deps/bin")
        self.assertIsNotNone(promtool, "promtool is needed: run ci/setup.sh")
        checked = subprocess.run([promtool, "check", "metrics"], input=response.raw_body, capture_output=True, timeout=20,
                                 check=False)
        self.assertEqual((checked.returncode, checked.stdout + checked.stderr), (0, b""))

    def metrics(self, server):
        """The value of each series by its name with labels; what a parser of the format 0.0.4 insists on is checked."""
        values, families, current = {}, {}, None
        for line in ask(server, "/metrics").raw_body.decode().splitlines():
            if line.startswith("# HELP "):
                current = line.split(" ")[2]
                self.assertNotIn(current, families, "each family once, in one piece")
            elif line.startswith("# TYPE "):
                name, kind = line.split(" ")[2:]
                self.assertEqual(name, current)
                self.assertEqual(kind == "counter", name.endswith("_total"), name)
                families[name] = kind
            else:
                series, value = line.rsplit(" ", 1)
                suffix = series.split("{")[0].removeprefix(current)
                self.assertIn(suffix, ("_bucket", "_sum", "_count") if families[current] == "histogram" else ("",))
                self.assertNotIn(series, values)
                values[series] = float(value)
        for name in (name for name, kind in families.items() if kind == "histogram"):
            counts = [value for series, value in values.items() if series.startswith(name + "_bucket")]
            self.assertEqual(counts, sorted(counts), name)
            self.assertEqual(counts[-1], values[name + "_count"], name)
        return values, set(families)

    def test_what_is_counted_adds_up(self):
        with Server(PRESENCE_OFFLINE_GRACE_MS=0) as server:
            clients = [Client(server, f"user{number // 2}") for number in range(8)]  # two of each
            for client in clients:
                client.request("ROOM_JOIN", roomId="r")  # introduces everybody to everybody
                client.request("NO_SUCH")
                client.send_text("{")
                client.request("PING")
            time.sleep(0.6)  # coming and going within one tick would cancel out
            clients[0].close(1000)
            clients[1].close(1000)
            clients[2].close(None)
            clients[3].close(4000)
            late = Client(server, "late", hello=False)
            late.send("PING")
            self.assertEqual(late.closed().code, 1008)

            def total(values, name):
                return sum(value for series, value in values.items() if series.split("{")[0] == name)

            end = time.monotonic() + PATIENCE
            while True:
                values, _ = self.metrics(server)
                came, went = (values[f'wsd_presence_transitions_total{{status="{status}"}}'] for status in ("online", "offline"))
                if (values["wsd_connections_open"] == 4 and went >= 2) or time.monotonic() > end:
                    break
                time.sleep(0.05)
            self.assertIn((came, went), ((4, 2), (5, 3)))  # the last one may be gone before anybody is told
            self.assertEqual(values["wsd_users_attached"], 2)
            self.assertEqual(values["wsd_connections_accepted_total"], 9)
            self.assertEqual(total(values, "wsd_connections_closed_total") + values["wsd_connections_open"], 9)
            self.assertEqual(values["wsd_malformed_messages_total"], 8)
            self.assertEqual(values['wsd_frames_received_total{type="other"}'], 8)
            self.assertEqual(values['wsd_errors_sent_total{code="UNKNOWN_TYPE"}'], 8)
            self.assertEqual(values['wsd_errors_sent_total{code="HELLO_REQUIRED"}'], 1)

    def test_every_metric_and_every_log_event_is_documented(self):
        document = (SOURCE / "docs/OPERATIONS.md").read_text()
        _, families = self.metrics(self.server)
        self.assertEqual(set(re.findall(r"`((?:wsd|process)_[a-z_]+)", document)), families)
        events = set()
        for source in (SOURCE / "server").rglob("*.cpp"):
            events |= set(re.findall(r'log_event\(\s*log_level::\w+,\s*"(\w+)"', source.read_text()))
        self.assertGreater(len(events), 15)
        self.assertEqual({event for event in events if event not in document}, set())

    def test_other_paths_and_methods(self):
        for target in ("/", "/ws", "/metrics/", "/livez/x", "/v2/x"):
            self.refused(ask(self.server, target), 404, "NOT_FOUND")
        for method in ("POST", "PUT", "DELETE", "OPTIONS"):
            for target in ("/livez", "/readyz", "/metrics"):
                response = ask(self.server, target, method)
                self.refused(response, 405, "METHOD_NOT_ALLOWED")
                self.assertEqual(response.field("Allow"), "GET")

    def test_browsers_are_refused(self):
        for target in ("/livez", "/metrics", "/nothing"):
            self.refused(ask(self.server, target, origin="http://127.0.0.1"), 403, "FORBIDDEN")

    def test_public_listener_tells_nothing(self):
        for target in ("/livez", "/readyz", "/metrics"):
            lines = f"GET {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
            self.refused(exchange(self.server.port, lines), 404, "NOT_FOUND")

    def test_octets_that_are_no_request(self):
        for octets in (b"\0\1\2\r\n\r\n", b"GET\r\n\r\n", b"GET /livez HTTP/1.1\r\nA: " + b"x" * 100000 + b"\r\n\r\n"):
            exchange(self.server.admin_port, octets)
        self.check(ask(self.server, "/livez"), 200, {"status": "ok"})


class Guarded(AdminCase):
    def test_token(self):
        with Server(WS_ADMIN_TOKEN=TOKEN) as server:
            self.check(ask(server, "/livez"), 200, {"status": "ok"})
            self.check(ask(server, "/readyz"), 200, {"status": "ready", "failing": []})
            for fields in ({}, {"authorization": "Bearer wrong"}, {"authorization": "Basic " + TOKEN},
                           {"authorization": "Bearer " + TOKEN + "x"}, {"authorization": TOKEN}):
                self.refused(ask(server, "/metrics", **fields), 401, "UNAUTHORIZED")
            self.assertEqual(ask(server, "/metrics", authorization="Bearer " + TOKEN).status, 200)
            self.assertNotIn(TOKEN, server.log())

    def test_none(self):
        with Server(WS_ADMIN_HOST="off") as server:
            self.assertIsNone(server.admin_port)
            Client(server, "ann").request("PING")

    def test_not_ready_while_draining(self):
        with Server(WS_SHUTDOWN_TIMEOUT=2000) as server:
            held = Client(server, "ann")
            server.signal(signal.SIGTERM)
            held.wait("SERVER_SHUTDOWN")
            self.check(ask(server, "/readyz"), 503, {"status": "not_ready", "failing": ["draining"]})
            self.check(ask(server, "/livez"), 200, {"status": "ok"})
            held.close(None)
            self.assertEqual(server.wait(), 0)

    def test_a_taken_port_ends_the_start(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            for option in ("PORT", "WS_ADMIN_PORT"):
                server = Server(**{option: port})
                self.addCleanup(server.folder.cleanup)
                self.assertEqual(server.launch().wait(), 1)
                self.assertIn(str(port), server.log())


if __name__ == "__main__":
    unittest.main(warnings="ignore")
