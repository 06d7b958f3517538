#!/usr/bin/env python3
"""Receipts for messages in rooms over real sockets: every frame, whom they are told to and when, and after a restart."""
import time
import unittest
import urllib.request

from test_rooms import RoomCase, kinds
from wsd_process import PATIENCE, Server


class ReceiptCase(RoomCase):
    def counts(self, client, message):
        """The next ROOM_DELIVERY_UPDATE of the author, which must be about this message."""
        frame = client.wait("ROOM_DELIVERY_UPDATE")
        self.assertEqual((frame["roomId"], frame["roomMessageId"]), (message["roomId"], message["messageId"]))
        return frame["deliveredCount"], frame["readCount"], frame["totalCount"]

    def silent(self, *clients, about="ROOM_DELIVERY_UPDATE"):
        for client in clients:
            self.assertNotIn(about, kinds(client.settle()))


class EveryFrame(ReceiptCase):
    def test_each_receipt_is_answered_and_the_author_told(self):
        ann, bob, eve, out = self.client("ann"), self.client("bob"), self.client("eve"), self.client("out")
        room = self.make(ann, bob, eve)
        first, second = self.post(ann, room), self.post(ann, room)
        names = (first["messageId"], second["messageId"])

        refused = bob.request("MESSAGE_READ", messageId=names[0])
        self.error(refused, "MESSAGE_ERROR", "INVALID_TRANSITION", True, currentState="sent", messageId=names[0])
        reply = bob.request("MESSAGE_DELIVERED_CONFIRM", messageId=names[1])
        self.assertEqual((reply["type"], reply["state"], reply["success"]), ("MESSAGE_ACK", "delivered", True))
        self.assertNotIn("alreadyInState", reply)
        self.assertEqual(self.counts(ann, second), (1, 0, 2))
        reply = bob.request("MESSAGE_ACK", messageId=names[0])
        self.assertEqual((reply["state"], reply["alreadyInState"]), ("delivered", True))
        reply = bob.request("MESSAGE_READ_CONFIRM", messageId=names[1])
        self.assertEqual((reply["type"], reply["state"]), ("MESSAGE_ACK", "read"))
        reply = bob.request("CLIENT_ACK", messageId=names[0], ackType="delivered")
        self.assertEqual((reply["type"], reply["state"], reply["alreadyInState"]), ("ACK_RESPONSE", "read", True))
        refused = eve.request("CLIENT_ACK", messageId=names[0], ackType="read")
        self.error(refused, "ACK_ERROR", "INVALID_TRANSITION", True, currentState="sent")
        reply = eve.request("CLIENT_ACK", messageId=names[1], ackType="delivered")
        self.assertEqual((reply["state"], reply["alreadyInState"]), ("delivered", False))
        self.assertEqual(self.counts(ann, second), (2, 1, 2))  # at once: all of them have it
        self.assertEqual(eve.request("MESSAGE_READ", messageId=names[1])["state"], "read")
        self.assertEqual(self.counts(ann, second), (2, 2, 2))
        time.sleep(1.2)
        self.silent(ann, bob, eve, out)

        for client, code in ((ann, "NOT_AUTHORIZED"), (out, "MESSAGE_NOT_FOUND")):
            for kind in ("MESSAGE_ACK", "MESSAGE_DELIVERED_CONFIRM", "MESSAGE_READ", "MESSAGE_READ_CONFIRM"):
                self.error(client.request(kind, messageId=names[0]), "MESSAGE_ERROR", code)
            for way in ("delivered", "read"):
                self.error(client.request("CLIENT_ACK", messageId=names[0], ackType=way), "ACK_ERROR", code)
        self.error(bob.request("CLIENT_ACK", messageId=names[0], ackType="seen"), "ACK_ERROR", "INVALID_ACK_TYPE")

    def test_cumulative_over_rooms_and_direct_messages(self):
        ann, bob = self.client("ann", caps=["seq"]), self.client("bob", caps=["cumack"])
        other = self.client("bob")
        one, two = self.make(ann, bob), self.make(ann, bob)
        said = [self.post(ann, room) for room in (one, two, one)]
        direct = ann.say(bob.user)
        head = bob.wait("MESSAGE_RECEIVE")["seq"]
        self.error(bob.request("MESSAGE_ACK", upTo=head + 1), "MESSAGE_ERROR", "CURSOR_AHEAD")
        reply = bob.request("MESSAGE_ACK", upTo=head)
        self.assertEqual((reply["upTo"], reply["state"]), (head, "delivered"))
        updates = [ann.wait("ROOM_DELIVERY_UPDATE") for _ in range(2)]
        self.assertEqual({(each["roomMessageId"], each["deliveredCount"], each["totalCount"]) for each in updates},
                         {(said[2]["messageId"], 1, 1), (said[1]["messageId"], 1, 1)})
        self.assertEqual(ann.wait("MESSAGE_STATE_UPDATE")["messageId"], direct["messageId"])
        self.assertTrue(bob.request("MESSAGE_ACK", messageId=said[0]["messageId"])["alreadyInState"])
        bob.request("MESSAGE_READ", messageId=said[2]["messageId"])
        bob.request("MESSAGE_READ", messageId=direct["messageId"])
        self.assertEqual([(frame["chatId"], frame["readChatSeq"]) for frame in (other.wait("READ_STATE") for _ in range(2))],
                         [("room:" + one, 2), (direct["chatId"], 1)])
        self.silent(bob, other, about="READ_STATE")
        self.assertEqual(bob.request("MESSAGE_READ", messageId=said[0]["messageId"])["alreadyInState"], True)
        self.silent(other, about="READ_STATE")
        state = bob.request("STATE_SYNC")
        self.assertEqual((state["undeliveredCount"], state["deliveredMessageIds"], state["readMessageIds"]),
                         (0, [said[1]["messageId"]], [said[0]["messageId"], said[2]["messageId"], direct["messageId"]]))

    def test_who_comes_late_or_has_gone_does_not_count(self):
        ann, bob, eve, dan = (self.client(name) for name in ("ann", "bob", "eve", "dan"))
        room = self.make(ann, bob, eve, dan)
        first = self.post(ann, room)
        bob.request("MESSAGE_ACK", messageId=first["messageId"])
        self.assertEqual(self.counts(ann, first), (1, 0, 3))
        new = self.client("new")
        new.request("ROOM_JOIN", roomId=room)
        self.error(new.request("MESSAGE_ACK", messageId=first["messageId"]), "MESSAGE_ERROR", "MESSAGE_NOT_FOUND")
        ann.request("ROOM_REMOVE_MEMBER", roomId=room, userId=dan.user)
        for kind in ("MESSAGE_ACK", "MESSAGE_READ"):
            self.error(dan.request(kind, messageId=first["messageId"]), "MESSAGE_ERROR", "MESSAGE_NOT_FOUND")
        eve.request("MESSAGE_ACK", messageId=first["messageId"])
        self.assertEqual(self.counts(ann, first), (2, 0, 2))
        # An author who has left is told nothing; one who came back, nothing about before.
        ann.request("ROOM_LEAVE", roomId=room)
        ann.request("ROOM_JOIN", roomId=room)
        bob.request("MESSAGE_READ", messageId=first["messageId"])
        time.sleep(1.2)
        self.silent(ann)
        self.error(ann.request("MESSAGE_ACK", messageId=first["messageId"]), "MESSAGE_ERROR", "MESSAGE_NOT_FOUND")

    def test_updates_of_one_second_are_merged(self):
        ann, bob, eve = self.client("ann"), self.client("bob"), self.client("eve")
        room = self.make(ann, bob, eve)
        said = [self.post(ann, room) for _ in range(20)]
        begin = time.monotonic()
        for message in said:
            bob.request("MESSAGE_ACK", messageId=message["messageId"])
        took = time.monotonic() - begin
        self.assertEqual(self.counts(ann, said[0]), (1, 0, 2))
        frames = []
        while not frames or frames[-1]["roomMessageId"] != said[-1]["messageId"]:
            frames.append(ann.wait("ROOM_DELIVERY_UPDATE"))
        self.assertLessEqual(len(frames), 1 + took)
        self.assertEqual(frames[-1]["deliveredCount"], 1)
        if took < 0.9:
            self.assertGreaterEqual(time.monotonic() - begin, 1)

    def test_what_was_replayed_without_cumack_is_delivered(self):
        ann, bob = self.pair()
        room = self.make(ann, bob)
        bob.close()
        said = self.post(ann, room)
        careful = self.client("bob", caps=["cumack"])
        self.assertEqual(careful.resume()[1]["messageId"], said["messageId"])
        self.error(careful.request("MESSAGE_READ", messageId=said["messageId"]), "MESSAGE_ERROR", "INVALID_TRANSITION", True)
        self.silent(ann)
        old = self.client("bob")
        self.assertEqual(old.resume()[1]["messageId"], said["messageId"])
        self.assertEqual(self.counts(ann, said), (1, 0, 1))
        self.assertEqual(old.request("MESSAGE_READ", messageId=said["messageId"])["state"], "read")


class Restarts(ReceiptCase):
    def test_receipts_are_as_acknowledged_before(self):
        for ending in ("restart", "kill"):
            with self.subTest(ending), Server(**self.OPTIONS) as server:
                self.server, kept = server, self.server
                self.addCleanup(setattr, self, "server", kept)
                ann, bob, eve = self.client("ann"), self.client("bob"), self.client("eve")
                room = self.make(ann, bob, eve)
                said = [self.post(ann, room)["messageId"] for _ in range(4)]
                bob.request("MESSAGE_ACK", messageId=said[2])
                bob.request("MESSAGE_READ", messageId=said[1])
                eve.request("MESSAGE_ACK", messageId=said[0])
                if ending == "kill":
                    server.kill()
                    server.start()
                else:
                    for client in (ann, bob, eve):
                        client.close()
                    server.restart()
                ann, bob, eve = self.client("ann"), self.client("bob"), self.client("eve")
                states = [bob.request("MESSAGE_ACK", messageId=each) for each in said[:3]]
                self.assertEqual([(each["state"], each["alreadyInState"]) for each in states],
                                 [("read", True), ("read", True), ("delivered", True)])
                self.assertTrue(eve.request("MESSAGE_ACK", messageId=said[0])["alreadyInState"])
                self.error(bob.request("MESSAGE_READ", messageId=said[3]), "MESSAGE_ERROR", "INVALID_TRANSITION", True)
                self.silent(ann)
                eve.request("MESSAGE_ACK", messageId=said[2])
                update = ann.wait("ROOM_DELIVERY_UPDATE")
                self.assertEqual((update["roomMessageId"], update["deliveredCount"], update["readCount"]), (said[2], 2, 0))
                eve.request("MESSAGE_READ", messageId=said[1])
                update = ann.wait("ROOM_DELIVERY_UPDATE", roomMessageId=said[1])
                self.assertEqual((update["deliveredCount"], update["readCount"]), (2, 2))
                self.server = kept


class Watched(ReceiptCase):
    OPTIONS = {"DELIVERY_ACK_TIMEOUT_MS": 1000}

    def timeouts(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.server.admin_port}/metrics", timeout=PATIENCE) as answer:
            lines = answer.read().decode().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("wsd_delivery_ack_timeouts_total "))

    def test_unconfirmed_messages_are_counted(self):
        ann, bob, eve = self.client("ann"), self.client("bob"), self.client("eve")
        room = self.make(ann, bob, eve)
        said = self.post(ann, room)
        ann.say(bob.user)
        bob.wait("MESSAGE_RECEIVE")
        eve.request("MESSAGE_ACK", messageId=said["messageId"])
        self.assertEqual(self.counts(ann, said), (1, 0, 2))
        end = time.monotonic() + PATIENCE
        while self.timeouts() < 2 and time.monotonic() < end:
            time.sleep(0.05)
        time.sleep(0.3)
        self.assertEqual(self.timeouts(), 2)
        self.silent(ann, bob)


if __name__ == "__main__":
    unittest.main()
