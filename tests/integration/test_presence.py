#!/usr/bin/env python3
"""Who is told of whom, when, and in which frames."""
import time
import unittest

from ws_client import Client
from wsd_process import Server, ServerCase

TICK = 0.5  # seconds within which a transition is told


class PresenceCase(ServerCase):
    def client(self, name, **options):
        return Client(self.server, self.user(name), **options)

    def contacts(self, *names, **options):
        """Connections of users who have all written to each other; nothing waits there."""
        clients = [self.client(name, **options) for name in names]
        for one in clients:
            for other in clients:
                if one is not other:
                    one.say(other.user)
        for one in clients:
            for other in clients:
                if one is not other:
                    self.news(one, other, "online")
            one.settle()
        return clients

    def news(self, client, about, status, timeout=20):
        """The transition of another user, out of a PRESENCE_UPDATE or a PRESENCE_BATCH."""
        user = about if isinstance(about, str) else about.user
        end = time.monotonic() + timeout
        while True:
            for index, frame in enumerate(client.waiting):
                updates = frame.get("updates") or [frame]
                for update in updates:
                    if (update.get("userId"), update.get("status")) == (user, status) and "previousStatus" in update:
                        updates.remove(update)
                        if not frame.get("updates"):
                            del client.waiting[index]
                        return update
            frame = client.next_arrival(max(0.001, end - time.monotonic()))
            client.waiting.append(frame)

    def silent(self, client, kinds=("PRESENCE_UPDATE", "PRESENCE_BATCH")):
        time.sleep(2 * TICK)
        client.request("PING")
        self.assertEqual([frame for frame in client.waiting if frame["type"] in kinds], [])

    def seen_by(self, user):
        """What a new connection of the user is shown."""
        tab = Client(self.server, user, hello=False)
        tab.send("HELLO", version=1)
        return tab.wait("PRESENCE_SNAPSHOT")


class Contacts(PresenceCase):
    OPTIONS = {"PRESENCE_OFFLINE_GRACE_MS": 1000}

    def test_a_stranger_sees_nobody_and_is_not_seen(self):
        ann, bob = self.client("ann"), self.client("bob")
        ann.say(bob.user)  # one side only
        bob.close()
        self.silent(ann)
        self.assertEqual(self.seen_by(bob.user)["users"], {})

    def test_users_who_become_contacts_are_told_of_each_other(self):
        ann, bob = self.client("ann"), self.client("bob")
        ann.say(bob.user)
        start = time.monotonic()
        bob.say(ann.user)
        for one, other in ((ann, bob), (bob, ann)):
            update = one.wait("PRESENCE_UPDATE")
            self.assertEqual({key: update[key] for key in ("userId", "status", "previousStatus")},
                             {"userId": other.user, "status": "online", "previousStatus": "offline"})
        self.assertLess(time.monotonic() - start, 10)
        self.silent(ann)

    def test_leaving_with_1000_is_told_at_once_and_a_cut_after_the_grace(self):
        ann, bob, carl = self.contacts("ann", "bob", "carl")
        start = time.monotonic()
        bob.close()
        update = self.news(ann, bob, "offline")
        self.assertEqual(update["previousStatus"], "online")
        self.assertLess(abs(update["lastSeen"] - time.time() * 1000), 10000)
        self.assertLess(time.monotonic() - start, 0.9, "the grace is a second")
        start = time.monotonic()
        carl.close(code=1001)
        self.news(ann, carl, "offline")
        self.assertGreater(time.monotonic() - start, 0.95)

    def test_a_return_within_the_grace_is_no_transition(self):
        ann, bob = self.contacts("ann", "bob")
        bob.close(code=None)
        time.sleep(0.3)
        again = self.client("bob")
        time.sleep(1)
        self.silent(ann)
        again.close()
        self.news(ann, again, "offline")

    def test_a_second_tab_changes_nothing(self):
        ann, bob = self.contacts("ann", "bob")
        tab = self.client("bob")
        bob.close()
        self.silent(ann)
        tab.close()
        self.news(ann, tab, "offline")

    def test_the_snapshot_shows_who_is_online_now_without_oneself(self):
        ann, bob, carl = self.contacts("ann", "bob", "carl")
        carl.close()
        self.news(ann, carl, "offline")
        snapshot = self.seen_by(ann.user)
        self.assertEqual(set(snapshot["users"]), {bob.user})
        shown = snapshot["users"][bob.user]
        self.assertEqual((shown["status"], set(shown)), ("online", {"status", "lastSeen"}))
        self.assertNotIn("truncated", snapshot)

    def test_coming_online_is_told_to_contacts_and_not_to_oneself(self):
        ann, bob = self.contacts("ann", "bob")
        bob.close()
        self.news(ann, bob, "offline")
        again = self.client("bob")
        update = self.news(ann, again, "online")
        self.assertEqual(update["previousStatus"], "offline")
        self.silent(again)

    def test_presence_ping_changes_nothing(self):
        ann, bob = self.contacts("ann", "bob")
        for status in ("away", "busy", "offline"):
            pong = bob.request("PRESENCE_PING", status=status)
            self.assertEqual((pong["type"], pong["status"], pong["userId"]), ("PRESENCE_PONG", status, bob.user))
        self.silent(ann)
        self.assertEqual(self.seen_by(ann.user)["users"][bob.user]["status"], "online")


class Batches(PresenceCase):
    OPTIONS = {"PRESENCE_OFFLINE_GRACE_MS": 0}

    def test_several_at_once_are_one_frame_with_seq_and_single_ones_without(self):
        names = [f"bob{number}" for number in range(12)]
        ann = self.client("ann", caps=["seq"])
        old = self.client("ann")
        others = [self.client(name) for name in names]
        for other in others:
            ann.say(other.user)
            other.say(ann.user)
        for client in (ann, old):
            for other in others:
                self.news(client, other, "online")
            client.settle()
        for other in others:
            other.stream.close()
        seen = [self.news_frames(ann, len(names)), self.news_frames(old, len(names))]
        self.assertLess(len(seen[0]), len(names))
        self.assertIn("PRESENCE_BATCH", [frame["type"] for frame in seen[0]])
        for frame in seen[0]:
            self.assertGreater(len(frame.get("updates", [1, 2])), 1, "a batch has at least two")
        self.assertEqual([frame["type"] for frame in seen[1]], ["PRESENCE_UPDATE"] * len(names))

    def news_frames(self, client, transitions):
        frames, told = [], 0
        while told < transitions:
            frames.append(client.wait("PRESENCE_UPDATE", "PRESENCE_BATCH"))
            told += len(frames[-1].get("updates", [1]))
        return frames


class Everybody(PresenceCase):
    OPTIONS = {"WS_PRESENCE_AUDIENCE": "all", "PRESENCE_OFFLINE_GRACE_MS": 0}

    def test_strangers_are_told(self):
        ann = self.client("ann")
        bob = self.client("bob")
        self.news(ann, bob, "online")
        self.assertIn(bob.user, self.seen_by(ann.user)["users"])
        bob.close(code=1001)
        self.news(ann, bob, "offline")
        self.assertNotIn(ann.user, self.seen_by(ann.user)["users"])
        ann.say(self.user("nobody"))
        self.assertEqual(ann.wait("DELIVERY_STATUS")["status"], "RECIPIENT_OFFLINE")


class Nobody(PresenceCase):
    OPTIONS = {"WS_PRESENCE_AUDIENCE": "none", "PRESENCE_OFFLINE_GRACE_MS": 0}

    def test_nobody_is_told(self):
        ann, bob = self.client("ann"), self.client("bob")
        ann.say(bob.user)
        bob.say(ann.user)
        ann.settle()
        self.assertEqual(self.seen_by(ann.user)["users"], {})
        bob.close()
        self.silent(ann)
        ann.say(bob.user)
        self.silent(ann, ("DELIVERY_STATUS", "PRESENCE_UPDATE"))


class Shutdown(unittest.TestCase):
    def test_nobody_is_told_that_everybody_leaves(self):
        with Server(PRESENCE_OFFLINE_GRACE_MS=0) as server:
            ann, bob = Client(server, "ann"), Client(server, "bob")
            ann.say("bob")
            bob.say("ann")
            ann.wait("PRESENCE_UPDATE")
            server.signal(15)
            bob.closed()
            self.assertEqual(ann.closed().code, 1001)
            self.assertEqual([frame for frame in ann.waiting if frame["type"].startswith("PRESENCE")], [])
            self.assertEqual(server.wait(), 0)


if __name__ == "__main__":
    unittest.main()
