#!/usr/bin/env python3
"""Too much of something: frames of a user, output that a client does not take, a log that can't be written."""
import resource
import signal
import socket
import struct
import time
import unittest

from ws_client import (CLOSE, CONTINUATION, PING, PONG, TEXT, Client, Closed, encode_frame, exchange, open_when_free,
                       upgrade_request)
from wsd_process import INSTRUMENTED, PATIENCE, Server, cpu_seconds, rss_mib

FILLER = "x" * 9000


class RateLimits(unittest.TestCase):
    def client(self, **options):
        server = self.enterContext(Server(**{"WS_RATE_LIMIT_MESSAGES": 10} | options))
        return Client(server, "ann")

    def burst(self, client, count, kind="NO_SUCH"):
        for number in range(count):
            client.send(kind, correlationId=str(number))

    def replies(self, client, count):
        frames = []
        while len([frame for frame in frames if "correlationId" in frame]) < count:
            frames.append(client.next())
        return [frame.get("code", frame["type"]) + ("!" if frame.get("throttled") else "") for frame in frames], frames

    def test_warning_then_refusal_then_close(self):
        client = self.client(WS_RATE_LIMIT_MODE="reject", WS_MAX_VIOLATIONS=3)
        self.burst(client, 14)
        kinds, frames = self.replies(client, 13)
        self.assertEqual(kinds, ["UNKNOWN_TYPE"] * 7 + ["RATE_LIMIT_WARNING"] + ["UNKNOWN_TYPE"] * 3 + ["RATE_LIMIT_EXCEEDED"] * 3)
        warning, refused = frames[7], frames[-1]
        self.assertEqual((warning["limit"], warning["remaining"]), (10, 2))
        for frame in (warning, refused):
            self.assertGreater(frame["retryAfterMs"], 0)
            self.assertGreater(frame["resetAt"], time.time() * 1000)
        self.assertEqual((refused["retryable"], refused["remaining"]), (True, 0))
        self.assertNotIn("throttled", refused)
        closed = client.closed()
        self.assertEqual((closed.code, closed.reason, client.waiting), (4008, "RATE_LIMIT", []))

    def test_who_waits_as_long_as_told_is_served(self):
        client = self.client(WS_RATE_LIMIT_MODE="reject", WS_RATE_LIMIT_WINDOW_MS=10000)
        self.burst(client, 11)
        _, frames = self.replies(client, 11)
        self.assertEqual(frames[-1]["code"], "RATE_LIMIT_EXCEEDED")
        time.sleep(frames[-1]["retryAfterMs"] / 1000)
        self.assertEqual(client.request("NO_SUCH")["code"], "UNKNOWN_TYPE")

    def test_frames_of_an_episode_are_delayed_and_told_of_once(self):
        client = self.client(WS_RATE_LIMIT_WINDOW_MS=5000)
        begin = time.monotonic()
        self.burst(client, 13)
        kinds, frames = self.replies(client, 13)
        self.assertGreater(time.monotonic() - begin, 0.9)  # two tokens of half a second
        self.assertEqual(kinds, ["UNKNOWN_TYPE"] * 7 + ["RATE_LIMIT_WARNING"] + ["UNKNOWN_TYPE"] * 3 + ["RATE_LIMIT_EXCEEDED"]
                         + ["RATE_LIMIT_EXCEEDED!"] + ["UNKNOWN_TYPE"] * 2)
        notice = frames[12]
        self.assertEqual((notice["retryable"], notice["remaining"]), (False, 0))
        self.assertNotIn("correlationId", notice)

    def test_who_overshoots_once_is_delayed_and_never_closed(self):
        """Also when the tokens come faster than the server looks."""
        for limit, window in ((100, 1000), (1000, 10000)):
            client = self.client(WS_RATE_LIMIT_MESSAGES=limit, WS_RATE_LIMIT_WINDOW_MS=window, WS_RATE_LIMIT_WARNING_THRESHOLD="1")
            begin = time.monotonic()
            client.send_octets(b"".join(encode_frame(TEXT, b'{"type":"NO_SUCH","correlationId":"%d"}' % number)
                                        for number in range(limit + 12)))
            kinds, _ = self.replies(client, limit + 12)
            took = time.monotonic() - begin
            self.assertEqual((kinds.count("UNKNOWN_TYPE"), kinds.count("RATE_LIMIT_EXCEEDED"), kinds.count("RATE_LIMIT_EXCEEDED!")),
                             (limit + 11, 1, 1))
            self.assertGreater(took, 0.1)  # eleven tokens of 10 ms
            client.request("PING")

    def test_a_flood_of_several_kinds_is_closed(self):
        client = self.client(WS_RATE_LIMIT_MESSAGES=40, WS_RATE_LIMIT_WINDOW_MS=6000)
        begin = time.monotonic()
        for _ in range(44):
            client.send("NO_SUCH")
        for _ in range(100):
            client.send("NO_SUCH")
            client.send("PING")
        closed = client.closed()
        self.assertEqual((closed.code, closed.reason), (4008, "RATE_LIMIT"))
        self.assertLess(time.monotonic() - begin, 5)  # 1.8 and some

    def test_limits_survive_a_reconnect(self):
        server = self.enterContext(Server(WS_RATE_LIMIT_MESSAGES=10, WS_RATE_LIMIT_MODE="reject"))
        first = Client(server, "ann")
        self.burst(first, 10)
        self.replies(first, 10)
        first.close()
        again = Client(server, "ann")
        self.assertEqual(again.request("NO_SUCH")["code"], "RATE_LIMIT_EXCEEDED")
        self.assertEqual(again.request("PING")["type"], "PONG")

    def test_who_vanishes_while_a_frame_is_delayed_gives_the_place_back(self):
        for how in ("end", "reset"):
            server = self.enterContext(Server(WS_RATE_LIMIT_MESSAGES=1, WS_VIOLATIONS_BEFORE_THROTTLE=0, WS_MAX_VIOLATIONS=0,
                                              WS_MAX_CONNECTIONS_PER_USER=1))
            gone = Client(server, "ann")
            gone.send("NO_SUCH")
            gone.send("NO_SUCH")
            gone.wait("ERROR", throttled=True)  # for a minute
            if how == "reset":
                gone.stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            gone.stream.close()
            open_when_free(lambda: Client(server, "ann", hello=False), patience=5)

    def test_room_administration_has_its_own_and_never_closes(self):
        client = self.client(WS_RATE_LIMIT_SENSITIVE_ROOM_ACTIONS=2, WS_MAX_VIOLATIONS=1)
        for number in range(10):
            error = client.request("ROOM_SET_ROLE", roomId="none", userId="bob", role="ADMIN")
            self.assertEqual(error["code"] == "RATE_LIMIT_EXCEEDED", number >= 2)
        self.assertTrue(error["retryable"])
        client.request("PING")


class SlowReaders(unittest.TestCase):
    def stalled(self, **options):
        """A server, a client that does not read what fills its socket, and the one who fills it."""
        server = self.enterContext(Server(**options))
        reader, writer = Client(server, "ann", caps=["cumack"]), Client(server, "bob")
        return server, reader, writer

    def fill(self, writer, reader, count=1200):
        for _ in range(count):
            writer.say(reader.user, FILLER)
            writer.waiting.clear()

    def test_who_never_reads_is_closed_and_loses_nothing(self):
        server, reader, writer = self.stalled(WS_BACKPRESSURE_MAX_OVERFLOWS=5, WS_BACKPRESSURE_STALL_MS=300)
        sent = 1200  # more than the buffers of both systems take
        self.fill(writer, reader, sent)
        time.sleep(1.0)  # nothing is taken for longer than the stall
        closed = reader.closed()
        self.assertEqual((closed.code, closed.reason), (1013, "slow consumer"))
        got = [frame["seq"] for frame in reader.waiting if frame["type"] == "MESSAGE_RECEIVE"]
        self.assertEqual(got, list(range(1, len(got) + 1)))
        self.assertLess(len(got), sent)
        again = Client(server, "ann", caps=["cumack"], resume={"epoch": reader.hello_ack["epoch"], "seq": len(got)})
        missed = [frame["seq"] for frame in again.series() if frame["type"] == "MESSAGE_RECEIVE"]
        self.assertEqual(got + missed, list(range(1, sent + 1)))

    def test_who_does_not_even_take_the_close_frame_is_reset(self):
        _, reader, writer = self.stalled(WS_BACKPRESSURE_STALL_MS=300)
        self.fill(writer, reader, 1200)
        state = None
        end = time.monotonic() + PATIENCE
        while state != 7 and time.monotonic() < end:  # TCP_CLOSE: neither waiting for a FIN nor half-closed by one
            time.sleep(0.1)
            state = reader.stream.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]
        self.assertEqual(state, 7)

    def test_who_stalls_takes_no_time_of_others(self):
        server, reader, writer = self.stalled(WS_THREADS=1, WS_BACKPRESSURE_STALL_MS=300, WS_BACKPRESSURE_THRESHOLD=10000,
                                              WS_BACKPRESSURE_MAX_QUEUE=10000, WS_RATE_LIMIT_MESSAGES=100000)
        memory = rss_mib(server.process)
        for _ in range(210):  # few, but more than the buffers take
            writer.say("ann", "€" * 10000)
            writer.waiting.clear()
        cpu = cpu_seconds(server)
        time.sleep(3)
        self.assertLess(cpu_seconds(server) - cpu, 0.3)
        if not INSTRUMENTED:
            self.assertLess(rss_mib(server.process) - memory, 64)

    def test_large_replies_that_are_not_taken_are_few(self):
        with Server(WS_RATE_LIMIT_MESSAGES=100000) as server:
            ann = Client(server, "ann")
            for _ in range(27):
                ann.say("bob", "\1" * 10000)  # six octets each
            before = rss_mib(server.process)
            ann.send_octets(b"".join(encode_frame(TEXT, b'{"type":"HISTORY","chatId":"dm:ann:bob"}') for _ in range(120)))
            busy, idle = 0, cpu_seconds(server)
            while busy != idle:  # until it has done what it does before anything is taken
                time.sleep(1)
                busy, idle = idle, cpu_seconds(server)
            if not INSTRUMENTED:
                # Some 10 MiB are unsent. The text doubles as it grows, and the allocator may keep what it was before. All would be 190.
                self.assertLess(rss_mib(server.process) - before, 64)
            for _ in range(120):
                ann.wait("HISTORY_RESPONSE")

    def test_dropped_state_and_presence_are_made_up_for(self):
        server, reader, writer = self.stalled(
            WS_BACKPRESSURE_THRESHOLD=5, WS_BACKPRESSURE_MAX_QUEUE=5, WS_BACKPRESSURE_STALL_MS=600000,
            PRESENCE_OFFLINE_GRACE_MS=0)
        dave = Client(server, "dave")
        messages = [reader.say("dave")["messageId"] for _ in range(30)]
        dave.say("ann")
        reader.wait("PRESENCE_UPDATE", userId="dave", status="online")
        self.fill(writer, reader)
        for message in messages:
            dave.request("MESSAGE_ACK", messageId=message)
        dave.close()
        time.sleep(1)  # the transition is told at the next tick
        reader.wait("STATE_STALE")
        snapshot = reader.wait("PRESENCE_SNAPSHOT")
        self.assertNotIn("dave", snapshot["users"])
        got = [frame for frame in reader.waiting if frame["type"] == "MESSAGE_RECEIVE" and frame["content"] == FILLER]
        got += [reader.wait("MESSAGE_RECEIVE", content=FILLER) for _ in range(1200 - len(got))]
        self.assertEqual(len({frame["seq"] for frame in got}), 1200)


class SlowWriters(unittest.TestCase):
    def test_a_message_has_thirty_seconds(self):
        with Server() as server:
            clients = [Client(server, "ann"), Client(server, "bob")]
            silent, dripping = clients
            begun = time.monotonic()
            for client in clients:
                client.send_frame(TEXT, b'{"type":', fin=False)
            with self.assertRaises(Closed) as ended:  # what goes on coming does not put off the end
                while time.monotonic() - begun < 40:
                    dripping.send_frame(CONTINUATION, b" ", fin=False)
                    try:
                        dripping.receive_text(0.5)
                    except TimeoutError:
                        pass
            for closed in (ended.exception, silent.closed()):
                self.assertEqual((closed.code, closed.reason), (1008, "MESSAGE_TIMEOUT"))
            self.assertGreater(time.monotonic() - begun, 29)
            self.assertLess(time.monotonic() - begun, 33)


class EndlessWriters(unittest.TestCase):
    def closing(self, server, data):
        """A client that was sent a close frame because of this and has not answered."""
        client = Client(server, "mallory")
        client.send_octets(data)
        while client.receive_frame()[0] != CLOSE:
            pass
        return client

    def test_what_follows_a_close_frame_is_read_slowly(self):
        with Server() as server:
            for data in (encode_frame(TEXT, b"\xff"), encode_frame(PONG) * 150):  # it can't be read any further
                self.flood(self.closing(server, data), encode_frame(TEXT, b"x" * 50000))

    def test_frames_that_follow_a_close_frame_are_read_slowly(self):
        with Server(WS_MAX_VIOLATIONS=1) as server:
            for frame in (encode_frame(TEXT, b"x" * 50000), encode_frame(TEXT) * 1000):
                self.flood(self.closing(server, encode_frame(TEXT, b"no json")), frame)

    def flood(self, client, data):
        sent, end = 0, time.monotonic() + 2
        client.stream.settimeout(0.1)
        rest = data
        while time.monotonic() < end:
            try:
                size = client.stream.send(rest)
                sent, rest = sent + size, rest[size:] or data
            except TimeoutError:
                pass
        # Some MB per second, and what the buffers of both systems hold; unchecked it would be hundreds.
        self.assertLess(sent, 64 << 20)
        self.assertGreater(sent, 1 << 16)
        client.stream.close()

    def test_pings_do_not_put_off_the_end(self):
        with Server(WS_MAX_VIOLATIONS=1) as server:
            client, begin = self.closing(server, encode_frame(TEXT, b"no json")), time.monotonic()
            client.stream.settimeout(PATIENCE)
            with self.assertRaises((BrokenPipeError, ConnectionResetError)):
                while time.monotonic() - begin < PATIENCE:
                    client.send_octets(encode_frame(PING))
                    time.sleep(0.5)
            self.assertLess(time.monotonic() - begin, 12)


class TinyDisk(Server):
    """A server whose files may not grow beyond a size, until told otherwise."""

    FILE_BYTES = 1_000_000

    def limit(self):
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # the write fails instead
        resource.setrlimit(resource.RLIMIT_FSIZE, (self.FILE_BYTES, resource.RLIM_INFINITY))

    def fill(self):
        """Nothing at all can be written."""
        resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))

    def grow(self):
        resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


class FailingLog(unittest.TestCase):
    def ready(self, server):
        return exchange(server.admin_port, upgrade_request("/readyz", connection=None, upgrade=None)).status

    def test_a_log_that_cannot_be_written_and_can_again(self):
        with TinyDisk() as server:
            ann, bob = Client(server, "ann"), Client(server, "bob")
            stored, error = [], None
            for number in range(500):
                reply = ann.request("MESSAGE_SEND", recipientId="bob", content=FILLER, clientMessageId=str(number))
                if reply["type"] != "MESSAGE_ACK":
                    error = reply
                    break
                stored.append(reply["messageId"])
            self.assertTrue(stored and error, "the disk is large enough")
            self.assertEqual((error["type"], error["code"], error["retryable"]), ("MESSAGE_NACK", "PERSISTENCE_ERROR", True))
            self.assertEqual(bob.request("MESSAGE_ACK", messageId=stored[0])["code"], "PERSISTENCE_ERROR")
            self.assertEqual(self.ready(server), 503)
            bob.resume()  # reads go on
            server.grow()
            end = time.monotonic() + PATIENCE
            while time.monotonic() < end:
                reply = ann.request("MESSAGE_SEND", recipientId="bob", content=FILLER, clientMessageId=str(len(stored)))
                if reply["type"] == "MESSAGE_ACK":
                    break
                self.assertEqual(reply["code"], "PERSISTENCE_ERROR")
                time.sleep(0.1)
            self.assertEqual(reply["chatSeq"], len(stored) + 1)
            self.assertEqual(self.ready(server), 200)
            self.assertEqual(bob.wait("MESSAGE_RECEIVE", seq=len(stored) + 1)["content"], FILLER)


if __name__ == "__main__":
    unittest.main()
