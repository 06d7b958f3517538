#!/usr/bin/env python3
"""Ends: of the server, of a dead peer, of a token."""
import datetime
import signal
import socket
import sqlite3
import struct
import threading
import time
import unittest

from ws_client import CLOSE, PING, PONG, Client, Closed, open_when_free
from wsd_process import Server


class Shutdown(unittest.TestCase):
    def served(self, **options):
        return self.enterContext(Server(**options))

    def test_every_connection_is_told_and_closed(self):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            with self.subTest(number):
                server = self.served(WS_SHUTDOWN_TIMEOUT=7000)
                clients = [Client(server, f"user{index}") for index in range(20)]
                clients.append(Client(server, "late", hello=False))
                clients[-1].wait("CONNECTION_ESTABLISHED")
                start = time.monotonic()
                server.signal(number)
                delays = set()
                for client in clients:
                    frame = client.wait("SERVER_SHUTDOWN")
                    self.assertEqual(frame["gracePeriodMs"], 7000)
                    self.assertIn(frame["reconnectAfterMs"], range(1000, 5001))
                    delays.add(frame["reconnectAfterMs"])
                    with self.assertRaises(Closed) as caught:
                        client.receive_text()
                    self.assertEqual((caught.exception.code, caught.exception.reason), (1001, "SERVER_SHUTDOWN"))
                    client.send_frame(CLOSE, struct.pack("!H", 1001))
                self.assertGreater(len(delays), 5)
                self.assertEqual(server.wait(), 0)
                self.assertLess(time.monotonic() - start, 5)

    def test_under_nohup_a_closed_terminal_is_nothing(self):
        before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
        try:
            server = self.served()
        finally:
            signal.signal(signal.SIGHUP, before)
        client = Client(server, "anna")
        server.signal(signal.SIGHUP)
        client.send("PING")
        client.wait("PONG")
        self.assertIsNone(server.process.poll())

    def test_requests_in_progress_are_answered_and_kept(self):
        server = self.served(WS_DURABILITY="fsync")
        clients = [Client(server, f"user{number}", caps=["noecho"]) for number in range(10)]
        for client in clients:
            for number in range(50):
                client.send("MESSAGE_SEND", recipientId="bob", content="x", clientMessageId=f"c{number}")
        clients[0].wait("MESSAGE_ACK")
        server.signal(signal.SIGTERM)
        acked = {}
        for client in clients:
            closed = client.closed()
            self.assertEqual((closed.code, closed.reason), (1001, "SERVER_SHUTDOWN"))
            acked[client.user] = {frame["clientMessageId"]: frame["messageId"] for frame in client.waiting
                                  if frame["type"] == "MESSAGE_ACK"}
        self.assertEqual(server.wait(), 0)
        server.start()
        for user, acks in acked.items():
            client = Client(server, user, pending=[f"c{number}" for number in range(50)], caps=["noecho"],
                            resume={"epoch": "", "seq": 0})
            status = client.wait("RESYNC_START")["pendingStatus"]
            stored = {key: value["messageId"] for key, value in status.items() if value}
            self.assertLessEqual(acks.items(), stored.items())

    def test_who_was_behind_gets_the_rest_after_the_restart(self):
        count, text = 1200, "x" * 9000  # 10 MB, more than sockets hold
        for running in ("a series", "live messages"):
            with self.subTest(running):
                server = self.served(WS_BACKPRESSURE_STALL_MS=600000)  # however slow the machine is
                ann, bob = Client(server, "ann", caps=["noecho"]), Client(server, "bob", caps=["cumack"])
                if running == "a series":
                    bob.close()
                for number in range(count):
                    ann.send("MESSAGE_SEND", recipientId="bob", content=f"{number} {text}")
                    ann.wait("MESSAGE_ACK")
                if running == "a series":
                    bob = Client(server, "bob", caps=["cumack"], resume={"epoch": bob.hello_ack["epoch"], "seq": 0})
                before = [bob.wait("MESSAGE_RECEIVE")]
                server.signal(signal.SIGTERM)
                server.wait_for_line(r" draining ")
                ann.close()
                closed = bob.closed()
                self.assertEqual((closed.code, closed.reason), (1001, "SERVER_SHUTDOWN"))
                self.assertEqual(server.wait(), 0)
                kinds = [frame["type"] for frame in bob.waiting]
                self.assertEqual((kinds.count("SERVER_SHUTDOWN"), kinds.count("RESYNC_COMPLETE")), (1, 0))
                before += [frame for frame in bob.waiting if frame["type"] == "MESSAGE_RECEIVE"]
                self.assertIn(len(before), range(2, count), "it was behind, and nothing shows otherwise")
                server.start()
                bob = Client(server, "bob", caps=["cumack"],
                             resume={"epoch": bob.hello_ack["epoch"], "seq": before[-1]["seq"]})
                after = [frame for frame in bob.series() if frame["type"] == "MESSAGE_RECEIVE"]
                self.assertEqual([int(frame["content"].split()[0]) for frame in before + after], list(range(count)))
                self.assertEqual([frame["seq"] for frame in before + after], list(range(1, count + 1)))

    def test_peers_that_do_not_answer_are_aborted_in_time(self):
        server = self.served(WS_SHUTDOWN_TIMEOUT=1000)
        clients = [Client(server, f"user{number}") for number in range(3)]
        start = time.monotonic()
        server.signal(signal.SIGTERM)
        self.assertEqual(server.wait(), 0)
        self.assertLess(time.monotonic() - start, 2)
        del clients

    def test_who_is_left_is_cut_before_the_time_is_up(self):
        server = self.served(WS_SHUTDOWN_TIMEOUT=3000)
        held = Client(server, "ann")
        server.signal(signal.SIGTERM)
        self.assertEqual(server.wait(), 0)

        def when(pattern):
            return datetime.datetime.fromisoformat(server.wait_for_line(r"^(\S+)Z info " + pattern)[1])

        self.assertLess(when("connection_closed") - when("draining"), datetime.timedelta(seconds=3))
        held.stream.close()

    def test_no_time_at_all(self):
        server = self.served(WS_SHUTDOWN_TIMEOUT=0)
        held = Client(server, "ann")
        start = time.monotonic()
        server.signal(signal.SIGTERM)
        self.assertEqual(server.wait(), 0)
        self.assertLess(time.monotonic() - start, 1)
        held.stream.close()

    def test_second_signal_ends_at_once(self):
        server = Server(WS_SHUTDOWN_TIMEOUT=60000)
        self.addCleanup(server.folder.cleanup)
        self.addCleanup(server.kill)
        server.start()
        held = Client(server, "ann")
        held.say("bob")
        server.signal(signal.SIGTERM)
        held.wait("SERVER_SHUTDOWN")
        start = time.monotonic()
        server.signal(signal.SIGTERM)
        self.assertEqual(server.wait(), 1)
        self.assertLess(time.monotonic() - start, 1)
        server.start()
        self.assertEqual(Client(server, "bob").hello_ack["head"], 1)
        server.stop()


    def test_second_signal_while_the_log_is_closed(self):
        """Another process holds the lock of the database, so that closing it takes two seconds."""
        server = Server(WS_SHUTDOWN_TIMEOUT=60000)
        self.addCleanup(server.folder.cleanup)
        self.addCleanup(server.kill)
        server.start()
        holder = sqlite3.connect(server.data + "/wsd.db", timeout=20, isolation_level=None)
        self.addCleanup(holder.close)
        holder.execute("BEGIN IMMEDIATE")
        server.signal(signal.SIGTERM)
        server.wait_for_line(" draining ")
        time.sleep(0.5)
        server.signal(signal.SIGTERM)
        self.assertEqual(server.wait(), 1)


class Liveness(unittest.TestCase):
    def ended(self, client):
        start = time.monotonic()
        client.answer_pings = False
        client.stream.settimeout(10)
        try:
            while client.stream.recv(65536):
                pass
        except ConnectionResetError:
            pass
        return time.monotonic() - start

    def test_silent_peer_is_aborted_and_others_are_not(self):
        with Server(WS_HEARTBEAT_INTERVAL=200, WS_HEARTBEAT_TIMEOUT=1000, WS_MAX_CONNECTIONS_PER_USER=1) as server:
            living, silent = Client(server, "ann"), Client(server, "bob")
            self.assertEqual(living.hello_ack["heartbeatMs"], 200)
            end, pings = time.monotonic() + 2.5, []

            def live():
                while time.monotonic() < end:
                    opcode, payload = living.receive_frame()
                    if opcode == PING:
                        pings.append(payload)
                        living.send_frame(PONG, payload)
            thread = threading.Thread(target=live)
            thread.start()
            took = self.ended(silent)
            self.assertGreater(took, 0.7)
            self.assertLess(took, 2.2)
            open_when_free(lambda: Client(server, "bob")).close()
            thread.join()
            self.assertIn(len(pings), range(8, 15))
            living.request("PING")

    def test_any_octet_is_a_sign_of_life(self):
        with Server(WS_HEARTBEAT_INTERVAL=100, WS_HEARTBEAT_TIMEOUT=500) as server:
            client = Client(server, "ann", answer_pings=False)
            for octet in b"\x81\xfe\x00\x80mask" + bytes(8):  # a frame that arrives slowly
                client.send_octets(bytes([octet]))
                time.sleep(0.1)
            client.stream.settimeout(0.01)
            with self.assertRaises(TimeoutError):
                while True:
                    self.assertTrue(client.stream.recv(65536), "ended although octets came")
            self.assertLess(self.ended(client), 1.7)

    def test_peer_that_takes_nothing_is_aborted(self):
        with Server(WS_HEARTBEAT_INTERVAL=200, WS_HEARTBEAT_TIMEOUT=1000) as server:
            reader, writer = Client(server, "bob"), Client(server, "ann", caps=["noecho"])
            reader.stream.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            for number in range(1200):
                writer.say("bob", f"{number} " + "x" * 9000)
            server.wait_for_line(r"connection_closed .*user=bob")
            again = Client(server, "bob", caps=["cumack"])
            self.assertEqual(again.hello_ack["head"], 1200)
            reader.stream.close()


class Tokens(unittest.TestCase):
    def test_expiry_closes(self):
        with Server(JWT_LEEWAY_S=0) as server:
            expiry = int(time.time()) + 2
            client = Client(server, "ann", claims={"exp": expiry})
            lasting = Client(server, "ann")
            client.request("PING")
            closed = client.closed()
            self.assertEqual((closed.code, closed.reason), (4002, "TOKEN_EXPIRED"))
            self.assertLess(abs(time.time() - expiry), 1.1)
            lasting.request("PING")

    def test_tokens_without_exp(self):
        with Server(JWT_REQUIRE_EXP="false") as server:
            client = Client(server, "ann", claims={"exp": None})
            self.assertEqual(client.settle(), [])


if __name__ == "__main__":
    unittest.main(warnings="ignore")
