#!/usr/bin/env python3
"""What is not kept for ever: messages older than WS_HISTORY_RETENTION_DAYS, and those of rooms that have ended."""
import sqlite3
import time
import unittest

from stored_rows import age_messages
from test_rooms import RoomCase
from wsd_process import PATIENCE, Server

DAY = 86400000


class RetentionCase(RoomCase):
    """A server of its own for each test, whose database the test looks into."""

    OPTIONS = {}

    @classmethod
    def setUpClass(cls):
        pass

    def setUp(self):
        self.server = self.enterContext(Server(**self.OPTIONS))

    def database(self, statement):
        with sqlite3.connect(self.server.data + "/wsd.db", timeout=PATIENCE) as database:
            return database.execute(statement).fetchall()

    def until(self, what, holds):
        end = time.monotonic() + PATIENCE
        while not holds():
            self.assertLess(time.monotonic(), end, f"not in time: {what}")
            time.sleep(0.05)

    def contents(self, client, chat, **fields):
        reply = client.request("HISTORY", chatId=chat, **fields)
        return [message["content"] for message in reply["messages"]] if "messages" in reply else None


class OldMessages(RetentionCase):
    OPTIONS = {"WS_LOG_RETENTION_DAYS": 1, "WS_HISTORY_RETENTION_DAYS": 1}

    def test_they_are_as_if_they_had_never_been(self):
        ann, bob = self.pair(caps=["seq", "cumack"])
        room = self.make(ann, bob)
        direct = f"dm:{ann.user}:{bob.user}"
        old = ann.say(bob.user, "old", clientMessageId="k")
        old_post = self.post(ann, room, "old", clientMessageId="k")
        last_old, = self.database("SELECT max(id) FROM messages")[0]
        young = ann.say(bob.user, "young", clientMessageId="k2")
        self.post(ann, room, "young")
        self.server.stop()
        with sqlite3.connect(self.server.data + "/wsd.db") as database:  # two days have gone by
            age_messages(database, 2 * DAY, f"id<={last_old}")
        database.close()
        self.server.start()
        ann, bob = self.pair(caps=["seq", "cumack"])
        for chat in (direct, "room:" + room):
            self.until("old messages go", lambda chat=chat: self.contents(bob, chat) == ["young"])
            self.assertEqual(self.contents(bob, chat, beforeChatSeq=2), [])
        for message in (old, old_post):
            self.error(bob.request("MESSAGE_ACK", messageId=message["messageId"]), "MESSAGE_ERROR", "MESSAGE_NOT_FOUND")
            self.error(ann.request("MESSAGE_EDIT", messageId=message["messageId"], content="x"), "MESSAGE_MUTATION_ACK",
                       "NOT_FOUND")
        self.assertEqual(bob.request("MESSAGE_ACK", messageId=young["messageId"])["state"], "delivered")
        self.assertTrue(ann.say(bob.user, "young", clientMessageId="k2")["duplicate"])
        again = ann.say(bob.user, "old", clientMessageId="k")
        self.assertEqual((again.get("duplicate"), again["chatSeq"]), (None, 3))
        again = self.post(ann, room, "old", clientMessageId="k")
        self.assertEqual((again.get("duplicate"), again["chatSeq"]), (None, 3))
        self.assertEqual(self.database("SELECT count(*) FROM messages WHERE id<=" + str(last_old)), [(0,)])
        self.server.kill()
        self.server.start()
        bob = self.client("bob")
        self.assertEqual(self.contents(bob, direct), ["young", "old"])
        self.assertEqual(self.contents(bob, "room:" + room), ["young", "old"])


class OldMessagesAreKept(RetentionCase):
    OPTIONS = {"WS_LOG_RETENTION_DAYS": 1}

    def test_without_the_option(self):
        ann, bob = self.pair()
        ann.say(bob.user, "old")
        self.server.restart()
        time.sleep(1)
        self.assertEqual(self.contents(self.client("bob"), f"dm:{ann.user}:{bob.user}"), ["old"])


class EndedRooms(RetentionCase):
    def left(self):
        return self.database("SELECT count(*) FROM messages WHERE content LIKE 'secret%'")[0][0]

    def test_a_big_room_is_emptied_in_portions_also_after_a_crash(self):
        ann, bob = self.pair(caps=["seq", "cumack"])
        room = self.make(ann, bob)
        count = 3000
        for first in range(0, count, 500):
            for number in range(first, first + 500):
                ann.send("ROOM_MESSAGE", roomId=room, content=f"secret {number}", clientMessageId=str(number))
            for _ in range(500):
                ann.wait("ROOM_MESSAGE_RESPONSE")
            ann.waiting.clear()
        self.assertEqual(ann.request("ROOM_DELETE", roomId=room)["type"], "ROOM_DELETED")
        self.assertGreater(self.left(), 0)
        self.server.kill()
        self.server.start()
        ann = self.client("ann", caps=["seq", "cumack"], pending=["2999"])
        self.error(ann.request("HISTORY", chatId="room:" + room), "MESSAGE_ERROR", "NOT_FOUND")
        series = ann.resume(epoch=ann.hello_ack["epoch"], seq=1, pending=["0", "2999"])
        self.assertEqual(series[0]["pendingStatus"], {"0": None, "2999": None})
        self.assertEqual([frame["type"] for frame in series if frame["type"] == "ROOM_MESSAGE"], [])
        ann.request("ROOM_JOIN", roomId=room)  # the next room of that name sees and repeats nothing of the first
        self.assertEqual(self.contents(ann, "room:" + room), [])
        fresh = self.post(ann, room, "secret", clientMessageId="2999")
        self.assertEqual((fresh.get("duplicate"), fresh["chatSeq"]), (None, count + 1))
        self.until("all but the new message is empty", lambda: self.left() == 1)
        self.assertEqual(self.contents(ann, "room:" + room), ["secret"])


if __name__ == "__main__":
    unittest.main()
