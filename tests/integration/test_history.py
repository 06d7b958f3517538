#!/usr/bin/env python3
"""HISTORY, MESSAGE_REPLAY and STATE_SYNC over real sockets."""
import struct
import time
import unittest

from test_resume import ResumeCase
from ws_client import CLOSE


class History(ResumeCase):
    def page(self, client, chat, **fields):
        reply = client.request("HISTORY", chatId=chat, **fields)
        self.assertEqual((reply["type"], reply["chatId"]), ("HISTORY_RESPONSE", chat))
        return [message["content"] for message in reply["messages"]], reply["hasMore"]

    def test_pages_in_both_directions(self):
        self.wrote(120)
        ann, bob = self.client("ann"), self.client("bob")
        chat = f"dm:{ann.user}:{bob.user}"
        names = [str(number) for number in range(120)]
        for client in (ann, bob):
            self.assertEqual(self.page(client, chat), (names[70:], True))
            self.assertEqual(self.page(client, chat, limit=3), (names[117:], True))
            self.assertEqual(self.page(client, chat, beforeChatSeq=71, limit=200), (names[:70], False))
            self.assertEqual(self.page(client, chat, beforeChatSeq=1), ([], False))
            self.assertEqual(self.page(client, chat, afterChatSeq=0, limit=119), (names[:119], True))
            self.assertEqual(self.page(client, chat, afterChatSeq=118), (names[118:], False))
            self.assertEqual(self.page(client, chat, afterChatSeq=2**53 - 1), ([], False))
            self.assertEqual(self.page(client, chat, limit=-7), (names[119:], True))
            self.assertEqual(len(self.page(client, chat, limit=100000)[0]), 120)

    def test_message_as_the_reader_is_to_see_it(self):
        ann, bob = self.client("ann"), self.client("bob", caps=["cumack"])
        sent = ann.say(bob.user, "hi", clientMessageId="c")
        bob.request("MESSAGE_ACK", messageId=sent["messageId"])
        expected = {"messageId": sent["messageId"], "chatId": sent["chatId"], "chatSeq": 1, "senderId": ann.user,
                    "recipientId": bob.user, "content": "hi", "timestamp": sent["timestamp"], "state": "delivered",
                    "edited": False, "editedAt": None, "deleted": False, "deletedAt": None}
        self.assertEqual(bob.request("HISTORY", chatId=sent["chatId"])["messages"], [expected])
        self.assertEqual(ann.request("HISTORY", chatId=sent["chatId"])["messages"], [expected | {"clientMessageId": "c"}])

    def test_bounded_by_bytes(self):
        ann = self.client("ann")
        for number in range(40):
            ann.say(self.user("bob"), f"{number} " + "x" * 9900)
        chat = f"dm:{ann.user}:{self.user('bob')}"
        contents, more = self.page(ann, chat)
        self.assertTrue(more)
        self.assertLess(20, len(contents))
        self.assertLess(len(contents), 28)
        self.assertTrue(contents[-1].startswith("39 "))

    def test_replies_before_a_close_arrive_before_it(self):
        ann, bob = self.client("ann"), self.client("bob")
        for number in range(30):
            ann.say(bob.user, f"{number} " + "x" * 9000)
        for _ in range(8):
            ann.send("HISTORY", chatId=f"dm:{ann.user}:{bob.user}")
        ann.send_frame(CLOSE, struct.pack("!H", 1000))
        time.sleep(0.3)
        closed = ann.closed()
        pages = [frame["messages"] for frame in ann.waiting if frame["type"] == "HISTORY_RESPONSE"]
        self.assertEqual((closed.code, [len(page) > 20 for page in pages]), (1000, [True] * 8))

    def test_whose_chat(self):
        ann = self.client("ann")
        ann.say(self.user("bob"))
        eve = self.client("eve")
        self.assertEqual(self.page(eve, f"dm:{ann.user}:{eve.user}"), ([], False))
        for chat in (f"dm:{ann.user}:{self.user('bob')}", f"dm:{eve.user}:{eve.user}", f"dm:{eve.user}:{ann.user}", "dm:",
                     "dm:x", "room:nowhere", "room:"):
            with self.subTest(chat):
                reply = eve.request("HISTORY", chatId=chat)
                self.assertEqual((reply["type"], reply["code"], reply["retryable"]), ("MESSAGE_ERROR", "NOT_FOUND", False))
        for fields in ({}, {"chatId": "chat:x"}, {"chatId": ""}, {"chatId": "dm:x", "beforeChatSeq": 0},
                       {"chatId": "dm:x", "afterChatSeq": -1}, {"chatId": "dm:x", "afterChatSeq": 1, "beforeChatSeq": 2}):
            with self.subTest(str(fields)):
                self.assertEqual(eve.request("HISTORY", **fields)["code"], "INVALID_PAYLOAD")


class MessageReplay(ResumeCase):
    def replay(self, client, **fields):
        """(contents, the end) of a replay."""
        client.settle()
        client.send("MESSAGE_REPLAY", correlationId="r", **fields)
        frames = [client.next()]
        while frames[-1]["type"] != "MESSAGE_REPLAY_COMPLETE":
            frames.append(client.next())
        *events, end = frames
        self.assertTrue(all(frame["isReplay"] and "correlationId" not in frame for frame in events))
        self.assertEqual((end["correlationId"], end["messageCount"]), ("r", len(events)))
        self.assertEqual(end["lastMessageId"], events[-1]["messageId"] if events else None)
        return [frame["content"] for frame in events], end

    def test_from_an_id_and_on(self):
        messages = self.wrote(150)
        bob = self.client("bob", caps=["cumack"])
        contents, end = self.replay(bob, lastMessageId=messages[9])
        self.assertEqual(contents, [str(number) for number in range(10, 110)])  # limit 100 is the default
        self.assertEqual({key: end[key] for key in ("requestedAfter", "upTo", "complete")},
                         {"requestedAfter": messages[9], "upTo": 110, "complete": False})
        contents, end = self.replay(bob, lastMessageId=end["lastMessageId"], limit=500)
        self.assertEqual((contents[0], contents[-1], end["upTo"], end["complete"]), ("110", "149", 150, True))
        contents, end = self.replay(bob, lastMessageId=messages[149])
        self.assertEqual((contents, end["upTo"], end["complete"]), ([], 150, True))
        self.assertNotIn("gaps", end)

    def test_without_an_id(self):
        self.wrote(5)
        bob = self.client("bob", caps=["cumack"], device="d")
        for cursor in ({}, {"lastMessageId": None}, {"lastMessageId": ""}):
            contents, end = self.replay(bob, **cursor)
            self.assertEqual((len(contents), end["requestedAfter"]), (5, None))
        bob.request("MESSAGE_ACK", upTo=3)
        self.assertEqual(self.replay(bob)[0], ["3", "4"])
        self.assertEqual(self.replay(self.client("bob", caps=["cumack"]))[0], ["3", "4"])

    def test_unknown_id(self):
        bob = self.client("bob")
        reply = bob.request("MESSAGE_REPLAY", lastMessageId="msg_1")
        self.assertEqual((reply["type"], reply["code"], reply["lastMessageId"]),
                         ("MESSAGE_ERROR", "INVALID_LAST_MESSAGE_ID", "msg_1"))
        self.assertEqual(bob.settle(), [])

    def test_while_a_series_runs(self):
        self.wrote(2000)
        bob = self.client("bob", caps=["cumack"])
        bob.send("RESUME")
        reply = bob.request("MESSAGE_REPLAY")
        self.assertEqual((reply["type"], reply["code"]), ("MESSAGE_ERROR", "RESYNC_IN_PROGRESS"))
        bob.wait("ROOMS_SNAPSHOT")
        self.assertEqual(len(self.replay(bob, limit=500)[0]), 500)

    def test_replay_without_cumack_delivers(self):
        ann = self.client("ann", caps=["seq"])
        message = ann.say(self.user("bob"))["messageId"]
        self.replay(self.client("bob"))
        self.assertEqual(ann.wait("MESSAGE_STATE_UPDATE")["messageId"], message)


class MessageReplayTrimmed(MessageReplay):
    OPTIONS = {"WS_LOG_MAX_ENTRIES_PER_USER": 10}
    test_from_an_id_and_on = test_while_a_series_runs = None

    def test_gap(self):
        self.wrote(3)
        self.client("bob", caps=["cumack"], device="d").request("MESSAGE_ACK", upTo=1)
        self.wrote(20, start=3)
        contents, end = self.replay(self.client("bob", caps=["cumack"], device="d"))
        self.assertEqual(contents, [str(number) for number in range(13, 23)])
        self.assertEqual(end["gaps"], [{"from": 2, "to": 13, "reason": "CURSOR_EXPIRED"}])


class StateSync(ResumeCase):
    def test_what_became_of_messages(self):
        messages = self.wrote(6)
        bob = self.client("bob", caps=["cumack"])
        for number in (0, 1, 2, 4):
            bob.request("MESSAGE_ACK", messageId=messages[number])
        for number in (0, 2):
            bob.request("MESSAGE_READ", messageId=messages[number])
        reply = bob.request("STATE_SYNC")
        seen = reply["presence"].pop("lastSeen")
        self.assertTrue(seen is None or isinstance(seen, int))
        self.assertEqual({key: reply[key] for key in reply if key not in ("timestamp", "correlationId", "epoch")},
                         {"type": "STATE_SYNC_RESPONSE", "presence": {"status": "online", "metadata": {}},
                          "undeliveredCount": 2, "hasMoreMessages": True, "deliveredMessageIds": [messages[1], messages[4]],
                          "deliveredCount": 2, "readMessageIds": [messages[0], messages[2]], "readCount": 2, "head": 6,
                          "floor": 1})
        self.assertEqual(reply["epoch"], bob.hello_ack["epoch"])
        reply = bob.request("STATE_SYNC", lastMessageId=messages[3], lastReadMessageId=messages[0])
        self.assertEqual((reply["undeliveredCount"], reply["deliveredMessageIds"], reply["readMessageIds"]),
                         (1, [messages[4]], [messages[2]]))
        reply = bob.request("STATE_SYNC", lastMessageId=messages[5], lastReadMessageId="")
        self.assertEqual((reply["undeliveredCount"], reply["hasMoreMessages"]), (0, False))

    def test_unknown_ids(self):
        message, = self.wrote(1)
        bob = self.client("bob")
        for fields, unknown in (({"lastMessageId": "x"}, "x"), ({"lastMessageId": message, "lastReadMessageId": "y"}, "y")):
            reply = bob.request("STATE_SYNC", **fields)
            self.assertEqual((reply["type"], reply["code"], reply["lastMessageId"]),
                             ("MESSAGE_ERROR", "INVALID_LAST_MESSAGE_ID", unknown))

    def test_only_the_asking_connection_is_answered(self):
        self.wrote(2)
        bob, tab = self.client("bob", caps=["cumack"]), self.client("bob", caps=["cumack"])
        bob.request("STATE_SYNC")
        bob.request("HISTORY", chatId=f"dm:{self.user('ann')}:{bob.user}")
        bob.send("MESSAGE_REPLAY")
        bob.wait("MESSAGE_REPLAY_COMPLETE")
        self.assertEqual(tab.settle(), [])


if __name__ == "__main__":
    unittest.main()
