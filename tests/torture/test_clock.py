#!/usr/bin/env python3
"""The wall clock of the machine jumps by a day, forth and back: nothing but tokens and time stamps follows it."""
import os
import sys
import tempfile
import time
import unittest

from power import Disk
import world  # noqa: F401 pylint: disable=unused-import # it makes the helpers of the integration tests known
from ws_client import Client, Refused
from wsd_process import Server, token

SHIM = os.environ.get("WSD_POWER_CUT")
DAY = 86400


class Clock(unittest.TestCase):
    def server(self, **options):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.machine = Disk(SHIM, folder.name)
        return self.enterContext(Server(data=str(self.machine.data), **(self.machine.environment() | {"WS_DURABILITY": "fsync"} | options)))

    def jump(self, seconds):
        self.machine.command(clock_offset_s=seconds)

    def user(self, server, name, **fields):
        return Client(server, name, claims={"exp": int(time.time()) + 10 * DAY}, **fields)

    def test_order_and_receipts(self):
        server = self.server()
        ann, bob = self.user(server, "ann", caps=["seq", "cumack"]), self.user(server, "bob", caps=["seq", "cumack"])
        acks = []
        for offset in (0, DAY, -DAY, 3600, 0, -DAY):
            self.jump(offset)
            acks += [ann.say("bob", str(number)) for number in range(5)]
            if offset == 3600:
                server.kill()
                server.start()
                ann, bob = self.user(server, "ann", caps=["seq", "cumack"]), self.user(server, "bob", caps=["seq", "cumack"])
        for name in ("messageId", "timestamp", "seq", "chatSeq"):
            values = [ack[name] for ack in acks]
            self.assertEqual(values, sorted(values), name)
        self.assertEqual([ack["chatSeq"] for ack in acks], list(range(1, 31)))
        bob.send("RESUME", epoch=bob.hello_ack["epoch"], seq=0)
        replayed = [frame["messageId"] for frame in bob.series() if frame.get("isReplay")]
        self.assertEqual(replayed, [ack["messageId"] for ack in acks][:20])

    def test_heartbeats(self):
        server = self.server(WS_HEARTBEAT_INTERVAL=300, WS_HEARTBEAT_TIMEOUT=2500)
        ann = self.user(server, "ann")
        for offset in (DAY, -DAY, 0):
            self.jump(offset)
            begin = time.monotonic()
            while time.monotonic() - begin < 1.2:
                ann.request("PING")  # pings are answered on the way
                time.sleep(0.05)
        silent = self.user(server, "bob", answer_pings=False)
        begin = time.monotonic()
        self.jump(-DAY)
        self.assertIsNone(silent.closed().code)  # dead when it should be, although the clock was put back
        self.assertGreater(time.monotonic() - begin, 2)
        self.assertLess(time.monotonic() - begin, 10)

    def test_limits(self):
        server = self.server(WS_RATE_LIMIT_MESSAGES=5, WS_RATE_LIMIT_WINDOW_MS=8000, WS_RATE_LIMIT_MODE="reject", WS_MAX_VIOLATIONS=50)
        ann = self.user(server, "ann")
        for _ in range(5):
            ann.request("NO_SUCH")
        for offset in (DAY, -DAY, 0):
            self.jump(offset)
            refused = ann.request("NO_SUCH")
            self.assertEqual(refused["code"], "RATE_LIMIT_EXCEEDED")
            self.assertLessEqual(refused["retryAfterMs"], 1600)  # one token
        time.sleep(refused["retryAfterMs"] / 1000)
        self.assertEqual(ann.request("NO_SUCH")["code"], "UNKNOWN_TYPE")

    def test_tokens_follow_the_wall_clock(self):
        server = self.server(JWT_LEEWAY_S=0)
        lasting, ending = self.user(server, "ann"), Client(server, "bob")  # for an hour
        self.jump(DAY)
        begin = time.monotonic()
        closed = ending.closed()
        self.assertEqual((closed.code, closed.reason), (4002, "TOKEN_EXPIRED"))
        self.assertLess(time.monotonic() - begin, 3)  # a second, and some for the machine
        lasting.request("PING")
        with self.assertRaises(Refused) as refused:
            Client(server, "bob")
        self.assertEqual(refused.exception.response.status, 401)
        self.jump(0)
        Client(server, "bob").request("PING")
        with self.assertRaises(Refused):
            Client(server, "bob", authorization="Bearer " + token("bob", exp=int(time.time()) - 100))
        self.jump(-DAY)
        Client(server, "bob", authorization="Bearer " + token("bob", exp=int(time.time()) - 100)).request("PING")


if __name__ == "__main__":
    if not SHIM:
        sys.exit(77)
    unittest.main(warnings="ignore")
