#!/usr/bin/env python3
"""Coming back to a log that is long, shrinks meanwhile, is old, or can't be read."""
import socket
import sqlite3
import threading
import time
import unittest

from stored_rows import age_messages
from test_resume import ResumeCase
from ws_client import Client
from wsd_process import PATIENCE, Server


class LongCase(ResumeCase):
    def fill(self, count, content=None):
        """Messages to bob: of this content, or "0", "1" …"""
        writer = self.client("ann", caps=["noecho"])
        for first in range(0, count, 100):
            for number in range(first, first + 100):
                writer.send("MESSAGE_SEND", recipientId=self.user("bob"), content=content or str(number))
            for _ in range(100):
                writer.wait("MESSAGE_ACK")
            writer.waiting.clear()
        writer.close()


class Long(LongCase):
    OPTIONS = {"WS_LOG_MAX_ENTRIES_PER_USER": 20000}

    def test_a_backlog_of_ten_thousand_on_a_slow_link_with_live_traffic(self):
        count, live = 10000, 300
        self.fill(count)
        bob = self.client("bob", caps=["seq", "cumack"])
        bob.stream.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 17)  # more than a segment on loopback
        bob.send("RESUME", epoch=bob.hello_ack["epoch"], seq=0)
        frames = [bob.wait("RESYNC_START")]
        traffic = threading.Thread(target=self.wrote, args=(live,), kwargs={"start": count})
        traffic.start()
        self.addCleanup(traffic.join)
        while len(frames) < 1 + count + 2 + live:
            frames.append(bob.next())
            if len(frames) % 200 == 0:
                time.sleep(0.02)  # some hundred kilobytes a second
        events = [frame for frame in frames if frame["type"] == "MESSAGE_RECEIVE"]
        self.assertEqual([frame["content"] for frame in events], [str(number) for number in range(count + live)])
        self.assertEqual([frame["seq"] for frame in events], list(range(1, count + live + 1)))
        self.assertEqual([frame.get("isReplay", False) for frame in events], [True] * count + [False] * live)
        self.assertEqual((frames[count + 1]["type"], frames[count + 1]["upTo"], frames[count + 1]["complete"]),
                         ("RESYNC_COMPLETE", count, True))


class Shrinking(LongCase):
    OPTIONS = {"WS_LOG_MAX_ENTRIES_PER_USER": 600}

    def test_trimmed_in_the_middle_of_a_series(self):
        """The series ends where it is and says that it is not complete; the next one names the gap."""
        self.fill(600, "\u20ac" * 9000)  # 16 MB, more than the buffers of both systems take
        bob = self.client("bob", caps=["seq", "cumack"])
        epoch = bob.hello_ack["epoch"]
        bob.send("RESUME", epoch=epoch, seq=0)
        start = bob.wait("RESYNC_START")
        self.assertEqual((start["mode"], start["from"], start["to"], start["count"]), ("exact", 1, 600, 600))
        time.sleep(0.5)  # the socket is full by now
        self.wrote(600)
        frames = [bob.next()]
        while frames[-1]["type"] != "RESYNC_COMPLETE":
            frames.append(bob.next())
        *events, complete = frames
        got = len(events)
        self.assertEqual([frame["seq"] for frame in events], list(range(1, got + 1)))
        self.assertTrue(0 < got < 600, got)
        self.assertEqual((complete["complete"], complete["upTo"], complete["messageCount"]), (False, got, got))
        bob.wait("ROOMS_SNAPSHOT")
        self.assertEqual(bob.wait("MESSAGE_RECEIVE")["seq"], 601)  # what is above the start was waiting
        start, *middle, complete, _ = bob.resume(epoch=epoch, seq=got)
        self.assertEqual({key: start[key] for key in ("mode", "reason", "from", "to", "count", "gaps")},
                         {"mode": "partial", "reason": "CURSOR_EXPIRED", "from": got + 1, "to": 600, "count": 0,
                          "gaps": [{"from": got + 1, "to": 600, "reason": "CURSOR_EXPIRED"}]})
        self.assertEqual((complete["upTo"], complete["complete"]), (600, True))


class Aged(unittest.TestCase):
    def test_entries_older_than_logs_are_kept(self):
        case = ResumeCase()
        with Server(WS_LOG_RETENTION_DAYS=1) as server:
            case.server, case.user = server, lambda name: name
            case.wrote(10)
            server.stop()
            with sqlite3.connect(server.data + "/wsd.db") as database:  # as if a day and a half had passed since the seventh
                age_messages(database, 129600000, "chat_seq<=7")
            database.close()
            server.start()
            end = time.monotonic() + PATIENCE
            while (bob := case.client("bob", caps=["seq", "cumack"])).hello_ack["floor"] == 1 and time.monotonic() < end:
                bob.close()
                time.sleep(0.2)
            self.assertEqual((bob.hello_ack["head"], bob.hello_ack["floor"]), (10, 8))
            epoch = bob.hello_ack["epoch"]
            start, snapshot, *events, complete, _ = bob.resume(epoch=epoch, seq=4)
            self.assertEqual((start["mode"], start["reason"], start["gaps"]),
                             ("partial", "CURSOR_EXPIRED", [{"from": 5, "to": 7, "reason": "CURSOR_EXPIRED"}]))
            self.assertEqual(snapshot["conversations"][0]["headChatSeq"], 10)
            self.assertEqual([frame["content"] for frame in events], ["7", "8", "9"])
            self.assertEqual((complete["upTo"], complete["complete"]), (10, True))
            case.check(bob.resume(epoch=epoch, seq=7), contents=range(7, 10))


class Unreadable(unittest.TestCase):
    def damage(self, server, content, chat_seq):
        with sqlite3.connect(server.data + "/wsd.db", timeout=PATIENCE) as database:
            database.execute("UPDATE messages SET content=? WHERE chat_seq=?", (content, chat_seq))
        database.close()

    def test_a_store_that_fails_in_the_middle_of_a_series(self):
        case = ResumeCase()
        with Server() as server:
            case.server, case.user = server, lambda name: name
            case.wrote(600)
            self.damage(server, "damaged", 451)
            bob = Client(server, "bob", caps=["seq", "cumack"])
            epoch = bob.hello_ack["epoch"]
            start, *events, error, complete, rooms = bob.resume(epoch=epoch, seq=0)
            self.assertEqual((start["mode"], start["count"]), ("exact", 600))
            self.assertEqual((error["type"], error["code"], error["retryable"]), ("MESSAGE_ERROR", "PERSISTENCE_ERROR", True))
            got = len(events)
            self.assertEqual([frame["seq"] for frame in events], list(range(1, got + 1)))
            self.assertTrue(0 < got <= 450, got)
            self.assertEqual((complete["type"], complete["complete"], complete["upTo"]), ("RESYNC_COMPLETE", False, got))
            self.assertEqual(rooms["type"], "ROOMS_SNAPSHOT")
            self.damage(server, "450", 451)  # repaired
            case.check(bob.resume(epoch=epoch, seq=got), contents=range(got, 600))


if __name__ == "__main__":
    unittest.main(warnings="ignore")
