#!/usr/bin/env python3
"""Rooms over real sockets: every frame, every code, what members see live, on resuming and after a restart."""
import time
import unittest

from test_chat import ChatCase
from wsd_process import Server


def kinds(frames):
    return [frame["type"] for frame in frames]


class RoomCase(ChatCase):
    rooms = 0

    def room(self):
        RoomCase.rooms += 1
        return f"room-{RoomCase.rooms}"

    def make(self, owner, *members, **fields):
        reply = owner.request("ROOM_CREATE", roomId=self.room(), memberIds=[each.user for each in members], **fields)
        self.assertEqual(reply["type"], "ROOM_CREATED", reply)
        for each in (owner, *members):
            each.wait("ROOM_MEMBER_JOINED", roomId=reply["room"]["id"], userId=each.user)
        return reply["room"]["id"]

    def post(self, author, room, content="hello", **fields):
        reply = author.request("ROOM_MESSAGE", roomId=room, content=content, **fields)
        self.assertEqual((reply["type"], reply["success"]), ("ROOM_MESSAGE_RESPONSE", True), reply)
        return reply


class Posting(RoomCase):
    def test_a_message_reaches_every_device_of_every_member_once(self):
        ann, bob, tab, eve = self.client("ann"), self.client("bob"), self.client("bob"), self.client("eve")
        room = self.make(ann, bob)
        reply = self.post(ann, room, clientMessageId="c1")
        self.assertEqual({key: reply[key] for key in reply if key not in ("timestamp", "messageId", "correlationId")},
                         {"type": "ROOM_MESSAGE_RESPONSE", "success": True, "roomId": room, "clientMessageId": "c1",
                          "roomMessageId": reply["messageId"], "chatId": "room:" + room, "seq": 2, "chatSeq": 1,
                          "memberCount": 2, "durability": "os"})
        expected = {"type": "ROOM_MESSAGE", "seq": 2, "messageId": reply["messageId"], "roomMessageId": reply["messageId"],
                    "roomId": room, "chatId": "room:" + room, "chatSeq": 1, "senderId": ann.user, "content": "hello",
                    "messageType": "text", "timestamp": reply["timestamp"], "state": "sent"}
        self.assertEqual(bob.wait("ROOM_MESSAGE"), expected)
        self.assertEqual(tab.wait("ROOM_MESSAGE"), expected)
        self.assertEqual(ann.wait("ROOM_MESSAGE"), expected | {"clientMessageId": "c1"})
        self.assertEqual(eve.settle(), [])

    def test_a_burst_is_answered_in_order_and_seen_in_one_order(self):
        ann, bob = self.pair()
        room = self.make(ann, bob)
        for number in range(40):
            (ann, bob)[number % 2].send("ROOM_MESSAGE", roomId=room, content=str(number), correlationId=str(number))
        for client, first in ((ann, 0), (bob, 1)):
            replies = [client.wait("ROOM_MESSAGE_RESPONSE")["correlationId"] for _ in range(20)]
            self.assertEqual(replies, [str(number) for number in range(first, 40, 2)])
        orders = [[client.wait("ROOM_MESSAGE") for _ in range(40)] for client in (ann, bob)]
        self.assertEqual([frame["chatSeq"] for frame in orders[0]], list(range(1, 41)))
        self.assertEqual(*[[frame["content"] for frame in order] for order in orders])

    def test_refusals(self):
        ann, eve = self.client("ann"), self.client("eve")
        room = self.make(ann)
        first = self.post(ann, room, "x", clientMessageId="k")
        again = self.post(ann, room, "x", clientMessageId="k")
        self.assertEqual((again["messageId"], again["seq"], again["duplicate"]), (first["messageId"], first["seq"], True))
        for client, fields, code in ((eve, {"content": "x"}, "NOT_FOUND"), (ann, {"content": " \n"}, "VALIDATION_ERROR"),
                                     (ann, {"content": "y", "clientMessageId": "k"}, "CLIENT_ID_CONFLICT")):
            reply = client.request("ROOM_MESSAGE", roomId=room, **fields)
            self.error(reply, "ROOM_MESSAGE_RESPONSE", code, roomId=room, success=False)
        self.error(ann.request("ROOM_MESSAGE", roomId=room, content="x", toUserId="bob"), "MESSAGE_ERROR", "INVALID_PAYLOAD")

    def test_receipts_are_positions(self):
        ann, bob = self.pair()
        room = self.make(ann, bob)
        one, two = self.post(ann, room), self.post(ann, room)
        other = self.client("bob")
        self.error(bob.request("MESSAGE_READ", messageId=one["messageId"]), "MESSAGE_ERROR", "INVALID_TRANSITION", True,
                   currentState="sent")
        self.assertEqual(bob.request("MESSAGE_ACK", messageId=two["messageId"])["state"], "delivered")
        self.assertTrue(bob.request("MESSAGE_ACK", messageId=one["messageId"])["alreadyInState"])
        self.assertEqual(bob.request("MESSAGE_READ", messageId=one["messageId"])["state"], "read")
        self.assertEqual(other.wait("READ_STATE")["readChatSeq"], 1)
        self.error(ann.request("MESSAGE_ACK", messageId=one["messageId"]), "MESSAGE_ERROR", "NOT_AUTHORIZED")
        eve = self.client("eve")
        self.error(eve.request("MESSAGE_ACK", messageId=one["messageId"]), "MESSAGE_ERROR", "MESSAGE_NOT_FOUND")


class Members(RoomCase):
    def test_creating(self):
        ann, bob = self.pair()
        room = self.room()
        created = ann.request("ROOM_CREATE", roomId=room, name="  Team ", thumbnailUrl="http://t", joinPolicy="invite",
                              memberIds=[bob.user, ann.user, bob.user], metadata={"any": 1})
        state = created["room"]
        self.assertEqual((state["id"], state["version"], state["memberCount"], state["members"]),
                         (room, 2, 2, [ann.user, bob.user]))
        self.assertEqual(state["roles"], {ann.user: "OWNER", bob.user: "MEMBER"})
        self.assertEqual({key: state["meta"][key] for key in ("name", "thumbnailUrl", "joinPolicy", "createdBy")},
                         {"name": "Team", "thumbnailUrl": "http://t", "joinPolicy": "invite", "createdBy": ann.user})
        self.assertEqual(bob.wait("ROOM_MEMBERS_UPDATED")["members"], [ann.user, bob.user])
        joined = bob.wait("ROOM_MEMBER_JOINED")
        self.assertEqual((joined["userId"], joined["by"], joined["reason"], joined["seq"]), (bob.user, ann.user, "created", 1))
        self.assertEqual([f["userId"] for f in ann.settle() if f["type"] == "ROOM_MEMBER_JOINED"], [ann.user])
        self.error(bob.request("ROOM_CREATE", roomId=room), "ERROR", "VALIDATION_ERROR")
        named_by_wsd = ann.request("ROOM_CREATE")["room"]
        self.assertEqual(named_by_wsd["meta"]["name"], named_by_wsd["id"])
        for question in ("ROOM_INFO", "ROOM_MEMBERS"):
            self.assertEqual(bob.request(question, roomId=room)["room"], state)
            self.error(self.client("eve").request(question, roomId=room), "ERROR", "NOT_FOUND")

    def test_joining_and_leaving(self):
        ann, bob = self.pair()
        room = self.room()
        made = ann.request("ROOM_JOIN", roomId=room)
        self.assertEqual((made["alreadyMember"], made["roomInfo"]["version"], made["roomInfo"]["name"]), (False, 1, room))
        self.assertEqual(ann.wait("ROOM_MEMBER_JOINED")["reason"], "created")
        joined = bob.request("ROOM_JOIN", roomId=room)
        self.assertEqual((joined["alreadyMember"], joined["members"]), (False, [ann.user, bob.user]))
        self.assertEqual(ann.wait("ROOM_MEMBER_JOINED")["reason"], "joined")
        self.assertTrue(bob.request("ROOM_JOIN", roomId=room)["alreadyMember"])
        self.assertEqual(ann.request("ROOM_LEAVE", roomId=room)["type"], "ROOM_LEAVE_RESPONSE")
        self.assertEqual(bob.wait("ROOM_MEMBER_LEFT")["userId"], ann.user)
        self.assertEqual(bob.wait("ROOM_MEMBERS_UPDATED", version=4)["roles"], {bob.user: "OWNER"})
        self.error(ann.request("ROOM_LEAVE", roomId=room), "ERROR", "NOT_FOUND")
        self.assertEqual(bob.request("ROOM_LEAVE", roomId=room)["type"], "ROOM_LEAVE_RESPONSE")
        self.error(bob.request("ROOM_INFO", roomId=room), "ERROR", "NOT_FOUND")

    def test_administration(self):
        ann, bob, eve = self.client("ann"), self.client("bob"), self.client("eve")
        room = self.make(ann, bob)
        self.error(bob.request("ROOM_ADD_MEMBERS", roomId=room, userIds=[eve.user]), "ERROR", "FORBIDDEN")
        self.error(bob.request("ROOM_UPDATE_META", roomId=room, patch={"name": "x"}), "ERROR", "FORBIDDEN")
        self.error(bob.request("ROOM_SET_ROLE", roomId=room, userId=bob.user, role="ADMIN"), "ERROR", "FORBIDDEN")
        self.error(bob.request("ROOM_DELETE", roomId=room), "ERROR", "FORBIDDEN")
        self.error(eve.request("ROOM_DELETE", roomId=room), "ERROR", "NOT_FOUND")
        promoted = ann.request("ROOM_SET_ROLE", roomId=room, userId=bob.user, role="ADMIN")
        self.assertEqual((promoted["type"], promoted["roles"][bob.user]), ("ROOM_MEMBERS_UPDATED", "ADMIN"))
        added = bob.request("ROOM_ADD_MEMBERS", roomId=room, userIds=[eve.user, ann.user])
        self.assertEqual((added["memberCount"], added["version"]), (3, 4))
        self.assertEqual(eve.wait("ROOM_MEMBER_JOINED")["reason"], "added")
        self.assertEqual(bob.request("ROOM_ADD_MEMBERS", roomId=room, userIds=[eve.user])["version"], 4)
        updated = bob.request("ROOM_UPDATE_META", roomId=room, patch={"name": " New ", "thumbnailUrl": None})
        self.assertEqual((updated["patch"], updated["version"]), ({"name": "New"}, 5))
        self.assertEqual(eve.wait("ROOM_UPDATED")["patch"], {"name": "New"})
        self.assertEqual(bob.request("ROOM_UPDATE_META", roomId=room, patch={"name": "New"})["patch"], {})
        for patch in ({}, {"other": 1}, {"name": " "}):
            self.error(ann.request("ROOM_UPDATE_META", roomId=room, patch=patch), "ERROR", "VALIDATION_ERROR")
        self.error(bob.request("ROOM_REMOVE_MEMBER", roomId=room, userId=bob.user), "ERROR", "VALIDATION_ERROR")
        self.error(bob.request("ROOM_REMOVE_MEMBER", roomId=room, userId=ann.user), "ERROR", "FORBIDDEN")
        self.assertEqual(bob.request("ROOM_REMOVE_MEMBER", roomId=room, userId=eve.user)["memberCount"], 2)
        self.assertEqual(eve.wait("ROOM_MEMBER_LEFT")["reason"], "removed")
        self.assertEqual(eve.wait("ROOM_MEMBERS_UPDATED", version=6)["memberCount"], 2)
        self.error(eve.request("ROOM_JOIN", roomId=room), "ERROR", "FORBIDDEN")
        self.assertEqual(ann.request("ROOM_DELETE", roomId=room)["type"], "ROOM_DELETED")
        self.assertEqual(bob.wait("ROOM_DELETED")["by"], ann.user)
        self.assertNotIn("ROOM_DELETED", kinds(eve.settle()))

    def test_news_that_wait_come_in_order_and_not_after_the_end(self):
        ann, bob = self.client("ann"), self.client("bob")
        room = self.make(ann, bob)
        time.sleep(0.6)  # what is broadcast now is the first of an interval
        bob.settle()
        for user in ("first", "second"):
            ann.request("ROOM_ADD_MEMBERS", roomId=room, userIds=[user])
        ann.request("ROOM_UPDATE_META", roomId=room, patch={"name": "new"})
        bob.wait("ROOM_UPDATED", version=5)
        versions = [frame["version"] for frame in bob.waiting if frame["type"] == "ROOM_MEMBERS_UPDATED"]
        self.assertEqual(versions, [3, 4])
        bob.waiting.clear()
        ann.request("ROOM_ADD_MEMBERS", roomId=room, userIds=["third"])
        ann.request("ROOM_ADD_MEMBERS", roomId=room, userIds=["fourth"])
        ann.request("ROOM_DELETE", roomId=room)
        bob.wait("ROOM_DELETED")
        bob.waiting.clear()
        time.sleep(0.8)
        self.assertEqual(kinds(bob.settle()), [])

    def test_bounds_of_what_names_a_room(self):
        ann = self.client("ann")

        def created(**fields):
            reply = ann.request("ROOM_CREATE", **fields)
            return reply["room"]["meta"] if reply["type"] == "ROOM_CREATED" else reply["code"]

        for name in ("x" * 200, " " * 60 + "é" * 200 + "\u2003"):
            self.assertEqual(created(name=name)["name"], name.strip())
        self.assertEqual(created(name="x" * 201), "INVALID_PAYLOAD")
        self.assertEqual(len(created(thumbnailUrl="u" * 2048)["thumbnailUrl"]), 2048)
        self.assertEqual(created(thumbnailUrl="u" * 2049), "INVALID_PAYLOAD")
        self.assertIsNone(created(thumbnailUrl=" ")["thumbnailUrl"])
        for room in ("r" * 128, "é" * 64):
            self.assertEqual(created(roomId=room)["name"], room)
        for room in ("r" * 129, "é" * 65, "a\u0001", "a\u007f", ""):
            self.assertEqual(created(roomId=room), "INVALID_PAYLOAD")
        self.assertEqual(created(memberIds=["bob"] * 1000)["createdBy"], ann.user)
        self.assertEqual(created(memberIds=["bob"] * 1001), "INVALID_PAYLOAD")

    def test_lists(self):
        ann = self.client("ann")
        rooms = [self.make(ann) for _ in range(3)]
        listed = ann.request("ROOM_LIST")
        self.assertEqual((sorted(each["id"] for each in listed["rooms"]), listed["count"], listed["hasMore"]),
                         (sorted(rooms), 3, False))
        self.assertEqual({each["myRole"] for each in listed["rooms"]}, {"OWNER"})
        self.error(ann.request("ROOM_LIST", includeAll=True), "ERROR", "FORBIDDEN")
        admin = self.client("root", claims={"role": "ADMIN"})
        everything = admin.request("ROOM_LIST", includeAll=True)["rooms"]
        self.assertLessEqual(set(rooms), {each["roomId"] for each in everything})
        self.error(admin.request("ROOM_INFO", roomId=rooms[0]), "ERROR", "NOT_FOUND")


class Coming(RoomCase):
    def test_a_resume_shows_what_was_missed_in_rooms(self):
        ann, bob = self.pair()
        room = self.make(ann, bob)
        bob.close()
        ann.say(bob.user, "direct")
        self.post(ann, room, "in the room")
        ann.request("ROOM_ADD_MEMBERS", roomId=room, userIds=["other"])
        bob = self.client("bob", caps=["seq"])
        series = bob.resume(epoch=bob.hello_ack["epoch"], seq=1)
        self.assertEqual(kinds(series), ["RESYNC_START", "MESSAGE_RECEIVE", "ROOM_MESSAGE", "ROOM_MEMBER_JOINED",
                                         "RESYNC_COMPLETE", "ROOMS_SNAPSHOT"])
        self.assertEqual([frame["seq"] for frame in series[1:4]], [2, 3, 4])
        self.assertTrue(all(frame["isReplay"] for frame in series[1:4]))
        self.assertEqual(series[4]["messageCount"], 2)
        self.assertEqual([(each["id"], each["myRole"], each["memberCount"]) for each in series[5]["rooms"]],
                         [(room, "MEMBER", 3)])
        self.assertEqual(bob.resume(lastSeenMessageId=series[2]["messageId"])[1]["type"], "ROOM_MEMBER_JOINED")

    def test_what_was_missed_in_a_room_that_one_was_removed_from_is_skipped(self):
        ann, bob = self.pair()
        room = self.make(ann, bob)
        bob.close()
        self.post(ann, room, "1")
        self.post(ann, room, "2")
        ann.request("ROOM_REMOVE_MEMBER", roomId=room, userId=bob.user)
        for caps, skipped in ((["seq"], ["EVENT_SKIP"]), ([], [])):
            back = self.client("bob", caps=caps)
            series = back.resume(epoch=back.hello_ack["epoch"], seq=1)
            self.assertEqual(kinds(series), ["RESYNC_START", *skipped, "ROOM_MEMBER_LEFT", "RESYNC_COMPLETE",
                                             "ROOMS_SNAPSHOT"])
            self.assertEqual(series[-1]["rooms"], [])
            if skipped:
                self.assertEqual((series[1]["fromSeq"], series[1]["seq"]), (2, 3))

    def test_rooms_survive_a_crash(self):
        with Server(**self.OPTIONS) as server:
            self.server, kept = server, self.server
            self.addCleanup(setattr, self, "server", kept)
            ann, bob = self.pair()
            room = self.make(ann, bob, name="Kept")
            sent = [self.post(ann, room, str(number), clientMessageId=str(number)) for number in range(20)]
            bob.request("MESSAGE_ACK", messageId=sent[9]["messageId"])
            server.kill()
            server.start()
            ann, bob = self.pair()
            self.assertEqual(ann.request("ROOM_INFO", roomId=room)["room"]["meta"]["name"], "Kept")
            again = self.post(ann, room, "3", clientMessageId="3")
            self.assertEqual((again["messageId"], again["duplicate"]), (sent[3]["messageId"], True))
            series = bob.resume()
            self.assertEqual([frame["content"] for frame in series[1:-2]], [str(number) for number in range(10, 20)])
            self.assertEqual(self.post(ann, room, "next")["chatSeq"], 21)


class Limited(RoomCase):
    OPTIONS = {"WS_MAX_MEMBERS_PER_ROOM": 2, "WS_MAX_ROOMS_PER_USER": 2, "WS_MAX_ROOMS": 3, "WS_ROOM_AUTO_CREATE": "false"}

    def test_limits(self):
        ann, bob, eve = self.client("ann"), self.client("bob"), self.client("eve")
        self.error(ann.request("ROOM_JOIN", roomId="unknown"), "ERROR", "NOT_FOUND")
        self.error(ann.request("ROOM_CREATE", memberIds=["x", "y"]), "ERROR", "CREATE_FAILED")
        room = self.make(ann, bob)
        self.error(eve.request("ROOM_JOIN", roomId=room), "ERROR", "JOIN_FAILED")
        self.error(ann.request("ROOM_ADD_MEMBERS", roomId=room, userIds=[eve.user]), "ERROR", "JOIN_FAILED", added=0)
        self.make(ann)
        self.error(ann.request("ROOM_CREATE"), "ERROR", "CREATE_FAILED")
        self.error(eve.request("ROOM_CREATE", memberIds=[ann.user]), "ERROR", "CREATE_FAILED")
        self.make(eve)
        self.error(eve.request("ROOM_CREATE"), "ERROR", "CREATE_FAILED")


if __name__ == "__main__":
    unittest.main()
