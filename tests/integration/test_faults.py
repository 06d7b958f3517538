#!/usr/bin/env python3
"""What a client sees of a fault in wsd and of queues that are full. Some faults are real (a log that is held up, a page that
is damaged); those that a test can't cause are planted in wsd_faulty."""
import json
import os
import sqlite3
import time
import unittest

from ws_client import TEXT, Client, Closed, bearer, check_refusal, encode_frame, exchange, upgrade_request
from wsd_process import INSTRUMENTED, PATIENCE, SOURCE, Server

FAULTY = os.environ.get("WSD_FAULTY_BIN") or str(SOURCE / "build/release/tests/wsd_faulty")


class Planted(unittest.TestCase):
    def server_with(self, **options):
        return self.enterContext(Server(program=FAULTY, **options))

    def test_a_handler_that_fails_answers_and_the_connection_goes_on(self):
        server = self.server_with(WS_THREADS=1)
        ann = Client(server, "ann")
        error = ann.request("PRESENCE_PING", status="busy")
        self.assertEqual((error["type"], error["code"], error["retryable"]), ("ERROR", "INTERNAL_ERROR", True))
        self.assertEqual(error["message"], error["error"])
        server.wait_for_line(f"request_failed .*client_correlation_id={error['correlationId']}.*PRESENCE_PING.*planted")
        self.assertEqual(ann.request("PRESENCE_PING", status="away")["status"], "away")

    def test_a_session_that_fails_is_closed_and_leaves_nothing_behind(self):
        server = self.server_with(WS_THREADS=1, WS_MAX_CONNECTIONS_PER_USER=1, PRESENCE_OFFLINE_GRACE_MS=0)
        bob = Client(server, "bob")
        bob.say("ann")
        for _ in range(3):
            ann = Client(server, "ann")
            ann.say("bob", "still here")
            bob.wait("PRESENCE_UPDATE", userId="ann", status="online")
            ann.send("MESSAGE_SEND", recipientId="bob", content="answered before the end", correlationId="sent")
            ann.send_text("fault")
            closed = ann.closed()
            self.assertEqual((closed.code, closed.reason), (1011, "INTERNAL_ERROR"))
            self.assertIn(("MESSAGE_ACK", "sent"), [(f["type"], f.get("correlationId")) for f in ann.waiting])
            bob.wait("MESSAGE_RECEIVE", content="answered before the end")
            bob.wait("PRESENCE_UPDATE", userId="ann", status="offline")
        server.wait_for_line("session_failed .*planted")
        bob.request("PING")

    def test_an_upgrade_that_fails_is_refused_and_gives_its_places_back(self):
        server = self.server_with(WS_THREADS=1, WS_MAX_CONNECTIONS=1)
        for _ in range(3):
            response = exchange(server.port, upgrade_request(**bearer(), x_real_ip="fault"))
            check_refusal(self, response, 500, "INTERNAL_ERROR")
        server.wait_for_line("upgrade_failed .*planted")
        Client(server, "ann").request("PING")

    def test_a_connection_for_which_no_queue_has_room(self):
        """Its user lives on another shard than the one that accepted it."""
        server, seen = self.server_with(WS_THREADS=2), set()
        end = time.monotonic() + PATIENCE
        while seen != {"served", "OVERLOAD"} and time.monotonic() < end:
            client = Client(server, "ann", hello=False)
            try:
                frame = client.next_arrival()
                self.assertEqual(frame["type"], "CONNECTION_ESTABLISHED")
                seen.add("served")
            except Closed as closed:
                self.assertEqual((closed.code, closed.reason), (1013, "OVERLOAD"))
                seen.add(closed.reason)
            client.close()
        self.assertEqual(seen, {"served", "OVERLOAD"})


class Held(unittest.TestCase):
    """Another process holds the lock of the database, as no process should."""

    SIZE = 1_000_000  # of a message: the queue of the store thread holds 64 MiB

    @unittest.skipIf(INSTRUMENTED, "too slow to fill the queue while SQLite waits for the lock")
    def test_a_full_queue_refuses_and_nothing_of_it_is_done(self):
        with Server(WS_MAX_CONTENT_LENGTH=self.SIZE, WS_MAX_PAYLOAD_SIZE=2 * self.SIZE) as server:
            clients = [Client(server, f"user{number}", caps=["cumack"]) for number in range(80)]
            for client in clients:
                client.say("target", "x")
            first = Client(server, "first", caps=["cumack"])
            for attempt in range(5):  # the lock is waited for for two seconds, then the log counts as failed
                refused = self.fill(server, first, clients, f"attempt {attempt}")
                if refused:
                    break
                time.sleep(1)
            self.assertTrue(refused, "the queue never was full")
            for client, error in refused:
                self.assertEqual((error["type"], error["code"], error["retryable"]), ("MESSAGE_NACK", "SERVER_BUSY", True))
                self.assertGreaterEqual(error["retryAfterMs"], 1)
            client, error = refused[0]
            time.sleep(error["retryAfterMs"] / 1000)
            again = client.say("target", "short", clientMessageId=error["clientMsgId"])  # the id is free: it was not stored
            self.assertNotIn("duplicate", again)

    def fill(self, server, first, clients, name):
        """One message of every client while the log stands still; who was refused for want of room, and the errors."""
        holder = sqlite3.connect(server.data + "/wsd.db", timeout=PATIENCE, isolation_level=None)
        frame = {"type": "MESSAGE_SEND", "recipientId": "target", "content": "y" * self.SIZE, "correlationId": name,
                 "clientMessageId": name}
        octets = encode_frame(TEXT, json.dumps(frame).encode())
        for client in clients:
            client.send_octets(octets[:-1])  # so that no time is lost with it once the log stands still
        holder.execute("BEGIN IMMEDIATE")
        begun = time.monotonic()
        try:
            first.send("MESSAGE_SEND", recipientId="target", content="x")
            time.sleep(0.2)  # the store thread has it and waits for the lock: nothing more leaves the queue
            for client in clients:
                client.send_octets(octets[-1:])
            time.sleep(max(0, begun + 1.5 - time.monotonic()))
        finally:
            holder.execute("ROLLBACK")
            holder.close()
        replies = [(client, client.wait(correlationId=name)) for client in clients]
        for client in clients:
            client.waiting.clear()
        kinds = {reply.get("code", reply["type"]) for _, reply in replies}
        self.assertLessEqual(kinds, {"MESSAGE_ACK", "SERVER_BUSY", "PERSISTENCE_ERROR"})
        return [pair for pair in replies if pair[1].get("code") == "SERVER_BUSY"]


class Damaged(unittest.TestCase):
    def test_who_cannot_be_served_what_it_misses_is_told_to_come_back(self):
        """Behind by more than the server has in memory, and the page that is wanted does not match its checksum."""
        with Server(WS_BACKPRESSURE_STALL_MS=600000) as server:
            reader, writer = Client(server, "ann", caps=["seq", "cumack"]), Client(server, "bob")
            count, filler = 2000, "x" * 9000
            for _ in range(count):
                writer.say("ann", filler)
                writer.waiting.clear()
            with sqlite3.connect(server.data + "/wsd.db", timeout=PATIENCE) as database:
                database.execute("UPDATE messages SET content='damaged' WHERE chat_seq=?", (count - 500,))
            database.close()
            closed = reader.closed()
            self.assertEqual((closed.code, closed.reason), (1011, "INTERNAL_ERROR"))
            got = [frame["seq"] for frame in reader.waiting if frame["type"] == "MESSAGE_RECEIVE"]
            self.assertEqual(got, list(range(1, len(got) + 1)))
            self.assertLess(len(got), count - 500)
            self.assertNotIn("damaged", {frame.get("content") for frame in reader.waiting})
            # Once the page can be read again nothing is missing.
            with sqlite3.connect(server.data + "/wsd.db", timeout=PATIENCE) as database:
                database.execute("UPDATE messages SET content=? WHERE chat_seq=?", (filler, count - 500))
            database.close()
            again = Client(server, "ann", caps=["seq", "cumack"],
                           resume={"epoch": reader.hello_ack["epoch"], "seq": len(got)})
            rest = [frame["seq"] for frame in again.series() if frame["type"] == "MESSAGE_RECEIVE"]
            self.assertEqual(got + rest, list(range(1, count + 1)))


if __name__ == "__main__":
    unittest.main(warnings="ignore")
