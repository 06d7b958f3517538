#!/usr/bin/env python3
"""Presence and typing by rooms, and leaving rooms by going offline."""
import time
import unittest

from test_presence import TICK, PresenceCase
from test_pressure import TinyDisk
from ws_client import Client, connect, read_response
from wsd_process import Server


class RoomPresenceCase(PresenceCase):
    rooms = 0

    def room(self, owner, *members):
        RoomPresenceCase.rooms += 1
        room = f"room-{RoomPresenceCase.rooms}"
        reply = owner.request("ROOM_CREATE", roomId=room, memberIds=[each.user for each in members])
        self.assertEqual(reply["type"], "ROOM_CREATED", reply)
        return room

    def meet(self, *clients):
        """They share a room and know it."""
        room = self.room(*clients)
        for one in clients:
            for other in clients:
                if one.user != other.user:
                    self.news(one, other, "online")
        return room


class ByRooms(RoomPresenceCase):
    OPTIONS = {"PRESENCE_OFFLINE_GRACE_MS": 200}

    def test_members_are_told_of_each_other_and_strangers_of_nobody(self):
        ann, bob, eve = self.client("ann"), self.client("bob"), self.client("eve")
        room = self.meet(ann, bob)
        self.assertEqual(set(self.seen_by(ann.user)["users"]), {bob.user})
        carl = self.client("carl")
        start = time.monotonic()
        carl.request("ROOM_JOIN", roomId=room)
        for one, other in ((ann, carl), (bob, carl), (carl, ann), (carl, bob)):
            update = self.news(one, other, "online")
            self.assertEqual(update["previousStatus"], "offline")
        self.assertLess(time.monotonic() - start, 10)
        carl.close()
        self.news(ann, carl, "offline")
        again = self.client("carl")
        self.news(bob, again, "online")
        self.silent(eve)
        self.assertEqual(self.seen_by(eve.user)["users"], {})

    def test_contacts_end_with_the_last_room(self):
        ann, bob = self.client("ann"), self.client("bob")
        one, two = self.meet(ann, bob), self.room(ann, bob)
        self.silent(bob)  # the second room is no news
        bob.request("ROOM_LEAVE", roomId=one)
        self.assertEqual(set(self.seen_by(ann.user)["users"]), {bob.user})
        ann.request("ROOM_DELETE", roomId=two)
        self.assertEqual(self.seen_by(ann.user)["users"], {})
        bob.close()
        self.silent(ann)

    def test_members_are_contacts_after_a_restart(self):
        with Server(**self.OPTIONS) as server:
            ann, bob = Client(server, "ann"), Client(server, "bob")
            ann.request("ROOM_CREATE", roomId="kept", memberIds=["bob"])
            self.news(ann, bob, "online")
            server.kill()
            server.start()
            ann = Client(server, "ann")
            bob = Client(server, "bob")
            self.news(ann, bob, "online")
            ann.send("TYPING_START", roomId="kept")
            self.assertEqual(bob.wait("TYPING_START")["roomId"], "kept")

    def test_the_recipient_of_a_message_is_told_to_be_offline_to_who_shares_a_room(self):
        ann, bob = self.client("ann"), self.client("bob")
        self.meet(ann, bob)
        bob.close()
        self.news(ann, bob, "offline")
        ann.say(bob.user)
        status = ann.wait("DELIVERY_STATUS")
        self.assertEqual((status["status"], status["recipientId"]), ("RECIPIENT_OFFLINE", bob.user))

    def test_many_who_join_at_once_cost_few_frames(self):
        count = 40
        clients = [self.client(f"many{number}", caps=["seq"]) for number in range(count)]
        RoomPresenceCase.rooms += 1
        for client in clients:
            client.send("ROOM_JOIN", roomId=f"room-{RoomPresenceCase.rooms}")
        frames = 0
        for client in clients:
            known = set()
            while len(known) < count - 1:
                frame = client.wait("PRESENCE_UPDATE", "PRESENCE_BATCH")
                frames += 1
                for update in frame.get("updates") or [frame]:
                    self.assertEqual(update["status"], "online")
                    self.assertNotIn(update["userId"], known)
                    known.add(update["userId"])
            self.assertNotIn(client.user, known)
        self.assertLess(frames, count * count / 4)


class Typing(RoomPresenceCase):
    OPTIONS = {"WS_THREADS": 2}  # members live on several shards

    def typing(self, client):
        return [frame for frame in client.settle() if frame["type"].startswith("TYPING")]

    def test_typing_reaches_the_other_members(self):
        ann, tab, bob = self.client("ann"), self.client("ann"), self.client("bob")
        others = [self.client(f"more{number}") for number in range(6)]
        room = self.room(ann, bob, *others)
        ann.send("TYPING_START", roomId=room, targetUserId="somebody", correlationId="t")
        for client in (bob, *others):
            frame = client.wait("TYPING_START")
            self.assertEqual({key: frame[key] for key in frame if key != "timestamp"},
                             {"type": "TYPING_START", "userId": ann.user, "roomId": room})
        ann.send("TYPING_STOP", roomId=room)
        self.assertEqual(bob.wait("TYPING_STOP")["roomId"], room)
        self.assertEqual(self.typing(ann) + self.typing(tab), [])

    def test_typing_of_a_stranger_or_of_who_was_removed_reaches_nobody(self):
        ann, bob, eve = self.client("ann"), self.client("bob"), self.client("eve")
        room = self.room(ann, bob)
        ann.request("ROOM_REMOVE_MEMBER", roomId=room, userId=bob.user)
        bob.wait("ROOM_MEMBER_LEFT")
        for client in (bob, eve):
            client.send("TYPING_START", roomId=room)
            client.request("PING")
        time.sleep(TICK)
        for client in (ann, bob, eve):
            self.assertEqual(self.typing(client), [])

    def test_more_than_four_within_two_seconds_are_dropped_and_counted(self):
        ann, bob = self.client("ann"), self.client("bob")
        room = self.room(ann, bob)
        bob.wait("ROOM_MEMBER_JOINED")
        before = self.dropped()
        for _ in range(7):
            ann.send("TYPING_START", roomId=room)
        ann.settle()
        time.sleep(TICK)
        self.assertEqual(len(self.typing(bob)), 4)
        self.assertEqual(self.dropped() - before, 3)

    def dropped(self):
        with connect(self.server.admin_port) as stream:
            stream.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            text = read_response(stream).raw_body.decode()
        return sum(int(line.split(" ")[1]) for line in text.splitlines() if line.startswith("wsd_typing_dropped_total"))


class LeavingOnDisconnect(RoomPresenceCase):
    OPTIONS = {"PRESENCE_OFFLINE_GRACE_MS": 1000, "WS_ROOM_LEAVE_ON_DISCONNECT": "true"}

    def test_going_offline_leaves_all_rooms(self):
        ann, bob = self.client("ann"), self.client("bob")
        one, two = self.room(bob, ann), self.room(ann, bob)
        alone = self.room(bob)
        start = time.monotonic()
        bob.close(code=None)
        left = [ann.wait("ROOM_MEMBER_LEFT") for _ in range(2)]
        self.assertGreater(time.monotonic() - start, 0.9, "the grace is a second")
        self.assertEqual({frame["roomId"] for frame in left}, {one, two})
        for frame in left:
            self.assertEqual((frame["userId"], frame["by"], frame["reason"]), (bob.user, bob.user, "disconnect"))
        updated = ann.wait("ROOM_MEMBERS_UPDATED", roomId=one, memberCount=1)
        self.assertEqual(updated["roles"], {ann.user: "OWNER"})
        bob = self.client("bob")
        self.assertEqual(bob.request("ROOM_LIST")["count"], 0)
        self.assertEqual(bob.request("ROOM_INFO", roomId=alone)["code"], "NOT_FOUND")
        self.assertFalse(bob.request("ROOM_JOIN", roomId=one)["alreadyMember"])
        series = bob.resume(epoch=bob.hello_ack["epoch"], seq=0)
        reasons = [frame["reason"] for frame in series if frame["type"] == "ROOM_MEMBER_LEFT"]
        self.assertEqual(reasons, ["disconnect"] * 3)

    def test_a_return_within_the_grace_stays(self):
        ann, bob = self.client("ann"), self.client("bob")
        room = self.meet(ann, bob)
        bob.close(code=None)
        bob = self.client("bob")
        time.sleep(1.5)
        self.assertEqual(ann.request("ROOM_INFO", roomId=room)["room"]["memberCount"], 2)

    def test_who_goes_while_the_log_can_not_be_written_leaves_when_it_can(self):
        with TinyDisk(**self.OPTIONS) as server:
            ann, bob = Client(server, "ann"), Client(server, "bob")
            ann.request("ROOM_CREATE", roomId="r", memberIds=["bob"])
            server.fill()
            self.assertEqual(ann.request("MESSAGE_SEND", recipientId="carol", content="x")["code"], "PERSISTENCE_ERROR")
            bob.close()
            time.sleep(1)  # two ticks are enough to be offline
            self.assertEqual(ann.request("ROOM_INFO", roomId="r")["room"]["memberCount"], 2)
            server.grow()
            left = ann.wait("ROOM_MEMBER_LEFT")
            self.assertEqual((left["userId"], left["reason"]), ("bob", "disconnect"))

    def test_nobody_leaves_at_a_shutdown(self):
        with Server(**self.OPTIONS | {"PRESENCE_OFFLINE_GRACE_MS": 0}) as server:
            ann, bob = Client(server, "ann"), Client(server, "bob")
            ann.request("ROOM_CREATE", roomId="kept", memberIds=["bob"])
            server.signal(15)
            ann.closed()
            bob.closed()
            self.assertEqual(server.wait(), 0)
            server.start()
            ann = Client(server, "ann")
            self.assertEqual(ann.request("ROOM_INFO", roomId="kept")["room"]["memberCount"], 2)


if __name__ == "__main__":
    unittest.main()
