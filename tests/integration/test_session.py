#!/usr/bin/env python3
"""What a connection lives through beside messages: its token's end, typing, the presence of others."""
import threading
import time
import unittest

from ws_client import Client, Closed
from wsd_process import PATIENCE, Server, ServerCase, token


class Tokens(ServerCase):
    OPTIONS = {"JWT_LEEWAY_S": 0, "PRESENCE_OFFLINE_GRACE_MS": 600000}

    def refresh(self, client, user, **claims):
        return client.request("AUTH_REFRESH", token=token(user, **claims))

    def test_a_refresh_moves_the_end(self):
        ann = self.user("ann")
        end = int(time.time()) + 3
        client = Client(self.server, ann, claims={"exp": end})
        expiring = client.wait("AUTH_EXPIRING")
        self.assertEqual(expiring["expiresAt"], end * 1000)
        later = int(time.time()) + 3600
        refreshed = self.refresh(client, ann, exp=later)
        self.assertEqual({key: refreshed[key] for key in ("type", "expiresAt", "sessionId")},
                         {"type": "AUTH_REFRESHED", "expiresAt": later * 1000, "sessionId": "default"})
        time.sleep(max(0.0, end + 1.2 - time.time()))
        self.assertEqual(client.settle(), [])

    def test_the_end_of_a_token(self):
        self.ends_at(self.server, int(time.time()) + 2, 0)

    def test_the_end_of_a_token_with_leeway(self):
        with Server(JWT_LEEWAY_S=2) as server:
            self.ends_at(server, int(time.time()) + 1, 2)

    def ends_at(self, server, end, leeway):
        """A connection to which somebody writes without a pause: until its token ends it is served, and not after."""
        client, writer = Client(server, self.user("ann"), claims={"exp": end}), Client(server, self.user("bob"))
        over = threading.Event()

        def write():
            while not over.wait(0.01):
                writer.say(client.user)
        thread = threading.Thread(target=write)
        thread.start()
        try:
            with self.assertRaises(Closed) as ended:
                while True:
                    client.waiting.append(client.next_arrival())
            took = time.time() - end - leeway
            client.stream.settimeout(PATIENCE)
            self.assertEqual(bytes(client.buffer) + client.stream.recv(65536), b"", "behind the close frame")
        finally:
            over.set()
            thread.join()
        self.assertEqual((ended.exception.code, ended.exception.reason), (4002, "TOKEN_EXPIRED"))
        self.assertGreaterEqual(took, 0)
        self.assertLess(took, 1 + 0.5)  # at most a second late; and some for the machine
        self.assertEqual(sorted({frame["type"] for frame in client.waiting}), ["AUTH_EXPIRING", "MESSAGE_RECEIVE"])
        times = [frame["timestamp"] for frame in client.waiting if frame["type"] == "MESSAGE_RECEIVE"]
        self.assertLessEqual(times[-1], (end + leeway + 1) * 1000)
        self.assertGreater(times[-1], (end + leeway - 0.5) * 1000, "the writer was not there")

    def test_an_earlier_end_counts(self):
        client = Client(self.server, self.user("ann"))
        self.assertEqual(self.refresh(client, self.user("ann"), exp=int(time.time()) + 2)["type"], "AUTH_REFRESHED")
        client.wait("AUTH_EXPIRING")
        self.assertEqual(client.closed().code, 4002)

    def test_invalid_tokens_change_nothing(self):
        ann = self.user("ann")
        client = Client(self.server, ann)
        for bad in ("", "x", "a.b.c", token(ann, exp=1), token(ann, exp=None), token(ann, secret="another secret" * 3),
                    token(ann, header={"alg": "none"}), "x" * 8192):
            with self.subTest(bad[:40]):
                error = client.request("AUTH_REFRESH", token=bad)
                self.assertEqual((error["type"], error["code"], error["retryable"]), ("ERROR", "INVALID_TOKEN", False))
        for bad in (None, 7, "x" * 8193):
            self.assertEqual(client.request("AUTH_REFRESH", token=bad)["details"].split(":")[0], "token")
        self.assertEqual(client.request("AUTH_REFRESH")["code"], "INVALID_PAYLOAD")
        client.request("PING")

    def test_another_users_token_ends_the_connection(self):
        ann, bob = self.user("ann"), self.user("bob")
        client, witness = Client(self.server, ann), Client(self.server, bob)
        client.say(bob)
        witness.say(ann)  # now they see each other
        error = self.refresh(client, bob)
        self.assertEqual((error["type"], error["code"], error["retryable"]), ("ERROR", "TOKEN_USER_MISMATCH", False))
        closed = client.closed()
        self.assertEqual((closed.code, closed.reason), (4001, "TOKEN_USER_MISMATCH"))
        witness.wait("PRESENCE_UPDATE", userId=ann, status="offline")  # without the grace

    def test_another_session(self):
        ann = self.user("ann")
        client = Client(self.server, ann, claims={"sid": "a"})
        self.assertEqual(self.refresh(client, ann, sid="b")["sessionId"], "b")
        client.close()
        self.assertFalse(Client(self.server, ann, claims={"sid": "a"}).established["isReconnect"])
        self.assertTrue(Client(self.server, ann, claims={"sid": "b"}).established["isReconnect"])


class EndlessTokens(ServerCase):
    OPTIONS = {"JWT_REQUIRE_EXP": "false"}

    def test_a_token_without_an_end(self):
        client = Client(self.server, "ann")
        refreshed = client.request("AUTH_REFRESH", token=token("ann", exp=None))
        self.assertIsNone(refreshed["expiresAt"])
        client.request("PING")


class Typing(ServerCase):
    def pair(self):
        return Client(self.server, self.user("ann")), Client(self.server, self.user("bob"))

    def test_typing_to_users_on_all_shards(self):
        ann = Client(self.server, self.user("ann"))
        for number in range(6):
            name = self.user(f"bob{number}")
            tabs = [Client(self.server, name), Client(self.server, name)]
            for kind in ("TYPING_START", "TYPING_STOP"):
                ann.send(kind, targetUserId=name, correlationId="not echoed")
                for tab in tabs:
                    frame = tab.wait(kind)
                    self.assertEqual((frame["userId"], frame["targetUserId"]), (ann.user, name))
                    self.assertEqual(set(frame), {"type", "userId", "targetUserId", "timestamp"})
        self.assertEqual(ann.settle(), [])

    def test_no_more_than_four_within_two_seconds(self):
        ann, bob = self.pair()
        for _ in range(10):
            ann.send("TYPING_START", targetUserId=bob.user)
        ann.say(bob.user)
        frames = []
        while not frames or frames[-1]["type"] != "MESSAGE_RECEIVE":
            frames.append(bob.next())
        frames += bob.settle()
        self.assertEqual([frame["type"] for frame in frames if frame["type"].startswith("TYPING")], ["TYPING_START"] * 4)

    def test_typing_that_reaches_nobody(self):
        ann, bob = self.pair()
        for fields in ({}, {"targetUserId": ann.user}, {"roomId": "no-room"}, {"roomId": "no-room", "targetUserId": bob.user}):
            ann.send("TYPING_START", **fields)
            ann.send("TYPING_STOP", **fields)
        ann.say(bob.user)
        bob.wait("MESSAGE_RECEIVE")
        self.assertEqual(bob.settle(), [])
        self.assertEqual([frame["type"] for frame in ann.settle()], ["MESSAGE_RECEIVE"])

    def test_wrong_shapes(self):
        ann, _ = self.pair()
        for fields in ({"targetUserId": 7}, {"targetUserId": ""}, {"targetUserId": None}, {"roomId": "x" * 129}, {"roomId": "a\nb"}):
            with self.subTest(fields):
                error = ann.request("TYPING_START", **fields)
                self.assertEqual((error["type"], error["code"]), ("MESSAGE_ERROR", "INVALID_PAYLOAD"))


if __name__ == "__main__":
    unittest.main()
