#!/usr/bin/env python3
"""What was said in rooms, and what became of it: edits, deletions, HISTORY, SNAPSHOT, replays; now, later, after a restart."""
import json
import unittest

from test_rooms import RoomCase, kinds

CAPS = ["seq", "cumack"]
UNKNOWN = "019ee991-d488-7009-8a10-000000000009"


class HistoryCase(RoomCase):
    def people(self, *names):
        return [self.client(name, caps=CAPS) for name in names]

    def edit(self, client, message, content):
        return client.request("MESSAGE_EDIT", messageId=message["messageId"], content=content)

    def delete(self, client, message):
        return client.request("MESSAGE_DELETE", messageId=message["messageId"])

    def refused(self, reply, code, action):
        self.assertEqual({key: reply.get(key) for key in ("type", "success", "action", "code", "retryable")},
                         {"type": "MESSAGE_MUTATION_ACK", "success": False, "action": action, "code": code, "retryable": False})
        return reply

    def page(self, client, room, **fields):
        """(contents, hasMore); None stands for what was deleted."""
        reply = client.request("HISTORY", chatId="room:" + room, **fields)
        self.assertEqual((reply["type"], reply["chatId"]), ("HISTORY_RESPONSE", "room:" + room), reply)
        return [message["content"] for message in reply["messages"]], reply["hasMore"]

    def snapshots(self, client):
        client.settle()
        frames = client.resume(epoch="another", seq=1)[1:-2]
        self.assertEqual({frame["type"] for frame in frames}, {"SNAPSHOT"})
        self.assertEqual([frame["more"] for frame in frames], [True] * (len(frames) - 1) + [False])
        return frames

    def conversations(self, client):
        return [each for frame in self.snapshots(client) for each in frame["conversations"]]

    def standing(self, client, room):
        """(headChatSeq, readChatSeq, unread, content of the last message) as SNAPSHOT shows the room."""
        each, = [each for each in self.conversations(client) if each["chatId"] == "room:" + room]
        last = each["lastMessage"]
        return each["headChatSeq"], each["readChatSeq"], each["unread"], last and last["content"]


class Mutations(HistoryCase):
    def test_edit_reaches_whoever_sees_the_message(self):
        ann, bob, tab, gone, late = self.people("ann", "bob", "bob", "gone", "late")
        room = self.make(ann, bob, gone)
        message = self.post(bob, room, "one", clientMessageId="k")
        gone.request("ROOM_LEAVE", roomId=room)
        late.request("ROOM_JOIN", roomId=room)
        reply = self.edit(bob, message, "two")
        self.assertEqual({key: reply[key] for key in reply if key not in ("serverTs", "correlationId")},
                         {"type": "MESSAGE_MUTATION_ACK", "action": "edit", "messageId": message["messageId"], "success": True,
                          "editedAt": reply["editedAt"]})
        event = {"type": "MESSAGE_MUTATION", "action": "edit", "messageId": message["messageId"], "chatId": "room:" + room,
                 "chatSeq": 1, "senderId": bob.user, "roomId": room, "content": "two", "editedAt": reply["editedAt"],
                 "deleted": False, "deletedAt": None, "by": bob.user, "serverTs": reply["editedAt"]}
        for client in (ann, bob, tab):
            self.assertEqual(client.wait("MESSAGE_MUTATION"), event | {"seq": 5})
        for client in (gone, late):
            self.assertNotIn("MESSAGE_MUTATION", kinds(client.settle()))
        self.assertTrue(self.edit(bob, message, "two")["success"])
        self.assertTrue(self.edit(bob, message, "one")["success"])  # back to the original
        self.assertEqual(ann.wait("MESSAGE_MUTATION")["content"], "one")
        self.assertNotIn("MESSAGE_MUTATION", kinds(ann.settle()))
        again = self.post(bob, room, "one", clientMessageId="k")
        self.assertEqual((again["messageId"], again["duplicate"]), (message["messageId"], True))
        self.edit(bob, message, "three")
        self.assertTrue(self.post(bob, room, "one", clientMessageId="k")["duplicate"])
        conflict = bob.request("ROOM_MESSAGE", roomId=room, content="three", clientMessageId="k")
        self.error(conflict, "ROOM_MESSAGE_RESPONSE", "CLIENT_ID_CONFLICT")

    def test_delete_by_those_who_run_the_room(self):
        ann, bob, eve = self.people("ann", "bob", "eve")
        room = self.make(ann, bob, eve)
        ann.request("ROOM_SET_ROLE", roomId=room, userId=bob.user, role="ADMIN")
        for by in (ann, bob, eve):
            message = self.post(eve, room, "secret")
            for client in (ann, bob):  # who has not got it yet never will
                client.wait("ROOM_MESSAGE", messageId=message["messageId"])
            reply = self.delete(by, message)
            self.assertEqual((reply["success"], reply["action"]), (True, "delete"))
            for client in (ann, bob, eve):
                event = client.wait("MESSAGE_MUTATION", messageId=message["messageId"])
                self.assertEqual({key: event.get(key) for key in ("action", "senderId", "by", "deleted", "deletedAt", "content")},
                                 {"action": "delete", "senderId": eve.user, "by": by.user, "deleted": True,
                                  "deletedAt": reply["deletedAt"], "content": None})
            again = self.delete(eve, message)
            self.assertEqual((again["success"], again["deletedAt"]), (True, reply["deletedAt"]))
            self.refused(self.edit(eve, message, "x"), "NOT_FOUND", "edit")
        self.assertNotIn("MESSAGE_MUTATION", kinds(ann.settle()))

    def test_refusals(self):
        ann, bob, eve, late = self.people("ann", "bob", "eve", "late")
        room = self.make(ann, bob)
        message, own = self.post(ann, room), self.post(bob, room)
        late.request("ROOM_JOIN", roomId=room)
        changes = (("edit", lambda client, what: self.edit(client, what, "x")), ("delete", self.delete))
        for action, change in changes:
            self.refused(change(bob, message), "FORBIDDEN", action)
            unknown = self.refused(change(eve, {"messageId": UNKNOWN}), "NOT_FOUND", action)
            for client in (eve, late):  # no member, or not yet when it was said
                self.assertEqual(self.refused(change(client, message), "NOT_FOUND", action)["message"], unknown["message"])
        self.refused(self.edit(ann, own, "x"), "FORBIDDEN", "edit")  # an owner may delete it, no more
        self.refused(self.edit(ann, message, " \n"), "VALIDATION_ERROR", "edit")
        ann.request("ROOM_REMOVE_MEMBER", roomId=room, userId=bob.user)
        for again in (False, True):  # an own message, too, is no more one's own after leaving, nor after coming back
            if again:
                ann.request("ROOM_ADD_MEMBERS", roomId=room, userIds=[bob.user])
            for action, change in changes:
                self.refused(change(bob, own), "NOT_FOUND", action)


class History(HistoryCase):
    def test_what_was_said_since_one_came(self):
        ann, bob = self.people("ann", "bob")
        room = self.make(ann)
        for number in range(30):
            self.post(ann, room, str(number))
        bob.request("ROOM_JOIN", roomId=room)
        self.assertEqual(self.page(bob, room), ([], False))
        for number in range(30, 60):
            self.post(ann, room, str(number))
        names = [str(number) for number in range(60)]
        self.assertEqual(self.page(ann, room, limit=200), (names, False))
        self.assertEqual(self.page(bob, room, limit=200), (names[30:], False))
        self.assertEqual(self.page(bob, room, limit=20), (names[40:], True))
        self.assertEqual(self.page(bob, room, beforeChatSeq=41), (names[30:40], False))
        self.assertEqual(self.page(bob, room, beforeChatSeq=31), ([], False))
        self.assertEqual(self.page(bob, room, afterChatSeq=0, limit=10), (names[30:40], True))
        self.assertEqual(self.page(bob, room, afterChatSeq=55), (names[56 - 1:], False))

    def test_nobody_else_sees_it(self):
        ann, bob, eve = self.people("ann", "bob", "eve")
        room = self.make(ann, bob)
        self.post(ann, room)
        never = eve.request("HISTORY", chatId="room:never")
        self.error(never, "MESSAGE_ERROR", "NOT_FOUND")
        ann.request("ROOM_REMOVE_MEMBER", roomId=room, userId=bob.user)
        for client in (eve, bob):
            reply = client.request("HISTORY", chatId="room:" + room)
            self.assertEqual({key: reply[key] for key in reply if key != "correlationId"},
                             {key: never[key] for key in never if key != "correlationId"})
        ann.request("ROOM_DELETE", roomId=room)
        self.error(ann.request("HISTORY", chatId="room:" + room), "MESSAGE_ERROR", "NOT_FOUND")

    def test_message_as_the_reader_is_to_see_it(self):
        ann, bob = self.people("ann", "bob")
        room = self.make(ann, bob)
        sent = self.post(ann, room, "hi", clientMessageId="c", messageType="note")
        bob.request("MESSAGE_ACK", messageId=sent["messageId"])
        edited = self.edit(ann, sent, "hello")
        expected = {"messageId": sent["messageId"], "chatId": "room:" + room, "chatSeq": 1, "senderId": ann.user, "roomId": room,
                    "messageType": "note", "content": "hello", "timestamp": sent["timestamp"], "state": "delivered",
                    "edited": True, "editedAt": edited["editedAt"], "deleted": False, "deletedAt": None}
        own = expected | {"state": "sent", "clientMessageId": "c", "deliveredCount": 1, "readCount": 0, "totalCount": 1}
        self.assertEqual(bob.request("HISTORY", chatId="room:" + room)["messages"], [expected])
        self.assertEqual(ann.request("HISTORY", chatId="room:" + room)["messages"], [own])
        self.assertEqual(self.conversations(ann)[0]["lastMessage"], own)
        deleted = self.delete(ann, sent)
        tombstone = expected | {"content": None, "deleted": True, "deletedAt": deleted["deletedAt"]}
        self.assertEqual(bob.request("HISTORY", chatId="room:" + room)["messages"], [tombstone])
        self.assertEqual(self.conversations(bob)[0]["lastMessage"], tombstone)

    def test_bounded_by_bytes(self):
        ann, = self.people("ann")
        room = self.make(ann)
        for number in range(40):
            self.post(ann, room, f"{number} " + "x" * 9900)
        contents, more = self.page(ann, room)
        self.assertTrue(more)
        self.assertIn(len(contents), range(21, 28))
        self.assertTrue(contents[-1].startswith("39 "))


class Snapshots(HistoryCase):
    def test_rooms_and_direct_chats_by_last_activity(self):
        ann, bob = self.people("ann", "bob")
        first, second = self.make(ann, bob), self.make(ann, bob)
        ann.say(bob.user, "direct")
        self.post(ann, first, "in the first")
        self.assertEqual([each["chatId"] for each in self.conversations(bob)],
                         ["room:" + first, f"dm:{ann.user}:{bob.user}", "room:" + second])
        self.assertEqual(self.standing(bob, first), (1, 0, 1, "in the first"))
        self.assertEqual(self.standing(bob, second), (0, 0, 0, None))

    def test_unread(self):
        ann, bob, late = self.people("ann", "bob", "late")
        room = self.make(ann, bob)
        sent = [self.post((ann, bob)[number % 2], room, str(number)) for number in range(20)]
        self.assertEqual(self.standing(bob, room), (20, 0, 10, "19"))
        bob.request("MESSAGE_ACK", messageId=sent[18]["messageId"])
        bob.request("MESSAGE_READ", messageId=sent[8]["messageId"])
        self.assertEqual(self.standing(bob, room), (20, 9, 5, "19"))
        self.delete(ann, sent[10])
        bob.wait("MESSAGE_MUTATION", messageId=sent[10]["messageId"])
        self.assertEqual(self.standing(bob, room), (20, 9, 4, "19"))
        late.request("ROOM_JOIN", roomId=room)
        self.assertEqual(self.standing(late, room), (20, 20, 0, None))
        self.post(ann, room, "20")
        late.wait("ROOM_MESSAGE", content="20")
        self.assertEqual(self.standing(late, room), (21, 20, 1, "20"))

    def test_many_rooms_and_chats_come_in_several_frames(self):
        bob, = self.people("bob")
        names = []
        for number in range(120):
            bob.send("ROOM_JOIN", roomId=f"{bob.user}-{number}")
            bob.send("ROOM_MESSAGE", roomId=f"{bob.user}-{number}", content=str(number))
            bob.send("MESSAGE_SEND", recipientId=f"{bob.user}-{number}", content=str(number))
            names += [f"room:{bob.user}-{number}", f"dm:{bob.user}:{bob.user}-{number}"]
        for _ in range(120):
            bob.wait("MESSAGE_ACK")
        bob.settle()
        frames = self.snapshots(bob)
        self.assertEqual([len(frame["conversations"]) for frame in frames], [200, 40])
        self.assertEqual([each["chatId"] for frame in frames for each in frame["conversations"]], names[::-1])

    def test_large_rooms_come_in_several_frames(self):
        bob, = self.people("bob")
        for number in range(20):
            bob.send("ROOM_JOIN", roomId=f"{bob.user}-{number}")
            bob.request("ROOM_MESSAGE", roomId=f"{bob.user}-{number}", content="\x01" * 9000)  # 54,000 octets in JSON
        frames = self.snapshots(bob)
        self.assertEqual(sum(len(frame["conversations"]) for frame in frames), 20)
        self.assertLessEqual(max(len(json.dumps(frame, separators=(",", ":"))) for frame in frames), 256 * 1024)
        self.assertGreater(len(frames), 1)


class Replays(HistoryCase):
    def missed(self, bob, **cursor):
        """What a resume replays, each as `type seq`; skips as `EVENT_SKIP from-to`."""
        bob.settle()
        frames = bob.resume(**cursor)[1:-2]
        self.assertTrue(all(frame["isReplay"] for frame in frames))
        return [f"{frame['type']} {frame['fromSeq']}-{frame['seq']}" if frame["type"] == "EVENT_SKIP" else
                f"{frame['type']} {frame['seq']} {frame.get('action') or frame.get('reason')} {frame.get('content')}"
                for frame in frames]

    def test_changes_while_away(self):
        ann, bob = self.people("ann", "bob")
        room = self.make(ann, bob)                   # 1
        old = self.post(ann, room, "old")            # 2
        bob.wait("ROOM_MESSAGE")
        bob.close()
        edited, deleted = self.post(ann, room, "e0"), self.post(ann, room, "secret")  # 3, 4
        self.edit(ann, edited, "e1")                 # 5
        self.delete(ann, deleted)                    # 6
        self.edit(ann, old, "old1")                  # 7
        self.edit(ann, old, "old2")                  # 8
        bob, = self.people("bob")
        epoch = bob.hello_ack["epoch"]
        expected = ["ROOM_MESSAGE 3 None e1", "MESSAGE_MUTATION 4 delete None", "EVENT_SKIP 5-7",
                    "MESSAGE_MUTATION 8 edit old2"]
        self.assertEqual(self.missed(bob, epoch=epoch, seq=2), expected)
        self.assertEqual(self.missed(bob, lastSeenMessageId=old["messageId"]), expected)
        self.assertEqual(self.missed(bob, lastSeenMessageId=edited["messageId"])[0], "MESSAGE_MUTATION 4 delete None")
        old_client = self.client("bob", caps=["cumack"])
        self.assertEqual(kinds(old_client.resume(epoch=epoch, seq=2)[1:-2]), ["ROOM_MESSAGE", "MESSAGE_MUTATION",
                                                                              "MESSAGE_MUTATION"])
        bob.send("MESSAGE_REPLAY", lastMessageId=old["messageId"])
        end = bob.wait("MESSAGE_REPLAY_COMPLETE")
        self.assertEqual((end["messageCount"], end["lastMessageId"], end["upTo"]), (1, edited["messageId"], 8))

    def test_removed_and_added_again_while_away(self):
        ann, bob = self.people("ann", "bob")
        room = self.make(ann, bob)                                     # 1
        before = self.post(ann, room, "before")                        # 2
        bob.wait("ROOM_MESSAGE")
        bob.close()
        self.edit(ann, before, "edited")                               # 3
        ann.request("ROOM_REMOVE_MEMBER", roomId=room, userId=bob.user)  # 4
        self.post(ann, room, "between")
        bob, = self.people("bob")
        epoch = bob.hello_ack["epoch"]
        self.assertEqual(self.missed(bob, epoch=epoch, seq=1), ["EVENT_SKIP 2-3", "ROOM_MEMBER_LEFT 4 removed None"])
        ann.request("ROOM_ADD_MEMBERS", roomId=room, userIds=[bob.user])  # 5
        after = self.post(ann, room, "after")                          # 6
        self.edit(ann, before, "edited again")                         # not for bob
        self.edit(ann, after, "after1")                                # 7
        bob, = self.people("bob")
        self.assertEqual(bob.hello_ack["head"], 7)
        self.assertEqual(self.missed(bob, epoch=epoch, seq=1),
                         ["EVENT_SKIP 2-3", "ROOM_MEMBER_LEFT 4 removed None", "ROOM_MEMBER_JOINED 5 added None",
                          "ROOM_MESSAGE 6 None after1", "EVENT_SKIP 7-7"])
        self.assertEqual(self.page(bob, room), (["after1"], False))
        sync = bob.request("STATE_SYNC")
        self.assertEqual(sync["undeliveredCount"], 1)

    def test_live_entries_follow_the_same_rules(self):
        """A member that is behind when it is removed gets nothing more of the room."""
        ann, bob = self.people("ann", "bob")
        room = self.make(ann, bob)
        for number in range(3):
            self.edit(ann, self.post(ann, room, "a"), str(number))
        bob.settle()
        ann.request("ROOM_REMOVE_MEMBER", roomId=room, userId=bob.user)
        secret = self.post(ann, room, "secret")
        self.edit(ann, secret, "more secret")
        self.delete(ann, secret)
        self.assertEqual([kind for kind in kinds(bob.settle()) if kind != "ROOM_MEMBERS_UPDATED"], ["ROOM_MEMBER_LEFT"])

    def test_all_of_it_survives_a_restart(self):
        ann, bob = self.people("ann", "bob")
        room = self.make(ann, bob)
        kept, gone = self.post(ann, room, "kept"), self.post(bob, room, "secret")
        self.edit(ann, kept, "edited")
        self.delete(ann, gone)
        bob.settle()
        before = self.conversations(bob)
        self.server.restart()
        ann, bob = self.people("ann", "bob")
        self.assertEqual(self.conversations(bob), before)
        self.assertEqual(self.page(bob, room), (["edited", None], False))
        self.assertEqual(self.missed(bob, epoch=bob.hello_ack["epoch"], seq=1),
                         ["ROOM_MESSAGE 2 None edited", "MESSAGE_MUTATION 3 delete None", "EVENT_SKIP 4-5"])
        deletion = bob.resume(epoch=bob.hello_ack["epoch"], seq=2)[1]
        self.assertEqual((deletion["by"], deletion["senderId"]), (ann.user, bob.user))
        self.assertEqual(self.delete(bob, gone)["deletedAt"], deletion["deletedAt"])


class InMemory(Mutations):
    OPTIONS = {"WS_STORE": "memory", "WS_THREADS": 1}


if __name__ == "__main__":
    unittest.main()
