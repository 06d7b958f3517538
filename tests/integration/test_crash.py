#!/usr/bin/env python3
"""kill -9 under load: what was acknowledged is there afterwards, once and in order; what was not, once or never.

WSD_CRASH_CYCLES is the number of kills (default 10), WSD_SEED repeats a run.
"""
import json
import os
import random
import threading
import time
import unittest

from ws_client import Client, Closed
from wsd_process import Server, ServerCase

CYCLES = int(os.environ.get("WSD_CRASH_CYCLES") or 10)
SEED = int(os.environ.get("WSD_SEED") or time.time_ns() % 1000000)
WRITERS, READER = ("w0", "w1", "w2"), "reader"


class Writer:
    """Sends numbered messages as fast as the server takes them; repeats after a crash what was not acknowledged."""

    def __init__(self, user):
        self.user, self.next, self.acked, self.open, self.repeated = user, 0, {}, {}, 0

    def connect(self, server):
        self.client = Client(server, self.user, caps=["noecho"])
        for key in self.open:
            self.send(key)
            self.repeated += 1

    def send(self, key):
        self.client.send("MESSAGE_SEND", recipientId=READER, content=f"{self.user} {key}", clientMessageId=key)

    def run(self):
        """Until the connection breaks."""
        try:
            while True:
                while len(self.open) < 20:
                    key = f"k{self.next}"
                    self.next += 1
                    self.open[key] = True
                    self.send(key)
                self.receive()
        except (Closed, OSError, AssertionError):
            self.client.stream.close()

    def receive(self):
        ack = json.loads(self.client.receive_text())
        if ack["type"] == "MESSAGE_ACK" and "clientMessageId" in ack:
            key = ack["clientMessageId"]
            fact = {field: ack[field] for field in ("messageId", "seq", "chatSeq")}
            assert self.acked.get(key, fact) == fact, (self.acked[key], fact)
            self.acked[key] = fact
            self.open.pop(key, None)

    def finish(self, server):
        self.connect(server)
        while self.open:
            self.receive()
        self.client.close()


class Crash(unittest.TestCase):
    def replayed(self, server, user):
        client = Client(server, user, caps=["seq", "cumack"])
        events, seq = [], 0
        while True:
            frames = client.resume(epoch=client.hello_ack["epoch"], seq=seq, limit=500)
            self.assertEqual(frames[0]["mode"], "exact")
            events += [frame for frame in frames if frame["type"] == "MESSAGE_RECEIVE"]
            seq = frames[-2]["upTo"]
            if frames[-2]["complete"]:
                client.close()
                return events

    def check(self, writers, events):
        """All logs and all acknowledgements tell the same story."""
        self.assertEqual([event["seq"] for event in events], list(range(1, len(events) + 1)))
        ids = [event["messageId"] for event in events]
        self.assertEqual(ids, sorted(set(ids)))
        for writer in writers:
            own = [event for event in events if event["senderId"] == writer.user]
            contents = [event["content"] for event in own]
            self.assertEqual(len(contents), len(set(contents)), "stored twice")
            self.assertEqual([event["chatSeq"] for event in own], list(range(1, len(own) + 1)))
            stored = {event["content"].split()[1]: event for event in own}
            for key, fact in writer.acked.items():
                self.assertIn(key, stored, "acknowledged and lost")
                self.assertEqual((stored[key]["messageId"], stored[key]["chatSeq"]), (fact["messageId"], fact["chatSeq"]))
            self.assertEqual(set(stored) - set(writer.acked) - set(writer.open), set(), "never sent")

    def test_kill_under_load(self):
        chance = random.Random(SEED)
        print(f"seed {SEED}, {CYCLES} cycles")
        writers = [Writer(user) for user in WRITERS]
        server = Server(WS_DURABILITY="fsync", WS_LOG_MAX_ENTRIES_PER_USER=1_000_000)
        self.addCleanup(server.folder.cleanup)
        self.addCleanup(server.kill)
        epochs = set()
        for cycle in range(CYCLES):
            server.start()
            threads = []
            for writer in writers:
                writer.connect(server)
                epochs.add(writer.client.hello_ack["epoch"])
                threads.append(threading.Thread(target=writer.run))
            for thread in threads:
                thread.start()
            time.sleep(chance.uniform(0.02, 0.3))
            server.kill()
            for thread in threads:
                thread.join()
            if cycle % 10 == 9:
                server.start()
                self.check(writers, self.replayed(server, READER))
                server.kill()
        server.start()
        for writer in writers:
            writer.finish(server)
        events = self.replayed(server, READER)
        self.check(writers, events)
        self.assertEqual(len(events), sum(writer.next for writer in writers))
        for writer in writers:
            own = self.replayed(server, writer.user)
            self.assertEqual({event["clientMessageId"]: event["seq"] for event in own},
                             {key: fact["seq"] for key, fact in writer.acked.items()})
        self.assertEqual(len(epochs), 1)
        server.stop()
        print(f"{len(events)} messages, {sum(writer.repeated for writer in writers)} repeated")


class DataDirectory(ServerCase):
    def test_second_process_on_the_same_data(self):
        second = Server(data=self.server.data)
        self.addCleanup(second.folder.cleanup)
        self.assertEqual(second.launch().wait(), 1)
        self.assertIn(self.server.data, second.log())
        self.assertRegex(second.log(), "(?i)another|in use|lock")
        Client(self.server, "ann").request("PING")

    def test_receipts_and_positions_after_a_kill(self):
        with Server() as server:
            ann, bob = Client(server, "ann"), Client(server, "bob", caps=["cumack"], device="d")
            messages = [ann.say("bob", str(number))["messageId"] for number in range(5)]
            bob.wait("MESSAGE_RECEIVE", seq=5)
            bob.request("MESSAGE_ACK", upTo=3)
            bob.request("MESSAGE_READ", messageId=messages[1])
            server.kill()
            server.start()
            bob = Client(server, "bob", caps=["cumack"], device="d")
            frames = bob.resume()
            self.assertEqual([frame["content"] for frame in frames[1:-2]], ["3", "4"])
            frames = bob.resume(epoch=bob.hello_ack["epoch"], seq=0)
            self.assertEqual([frame["state"] for frame in frames[1:-2]], ["delivered", "read", "delivered", "sent", "sent"])

    def test_memory_store_has_a_new_epoch_and_nothing_else(self):
        with Server(WS_STORE="memory") as server:
            ann = Client(server, "ann")
            ack = ann.say("bob")
            self.assertEqual(ack["durability"], "memory")
            ann.close()
            server.restart()
            again = Client(server, "ann", resume={"epoch": ann.hello_ack["epoch"], "seq": 1})
            self.assertNotEqual(again.hello_ack["epoch"], ann.hello_ack["epoch"])
            self.assertEqual(again.hello_ack["head"], 0)
            self.assertEqual(again.series()[0]["reason"], "EPOCH_CHANGED")


if __name__ == "__main__":
    unittest.main(warnings="ignore")
