#!/usr/bin/env python3
"""What a client is shown that can't be told every entry: SNAPSHOT frames, and gaps where a log was trimmed."""
import json
import unittest

from test_resume import ResumeCase


class Snapshots(ResumeCase):
    def snapshots(self, client):
        """All conversations that a resume with a wrong epoch shows."""
        client.settle()
        frames = client.resume(epoch="another", seq=1)
        self.check_snapshots(frames[1:-2])
        return frames[1:-2]

    def test_nothing_is_one_empty_snapshot(self):
        frames = self.snapshots(self.client("bob", caps=["cumack"]))
        self.assertEqual([(frame["conversations"], frame["more"]) for frame in frames], [([], False)])

    def test_conversations_newest_first(self):
        bob, ann = self.client("bob", caps=["cumack"]), self.client("ann")
        sent = [ann.say(bob.user, text) for text in ("one", "two", "three")]
        reply = bob.say(self.user("eve"), "hello", clientMessageId="c1")
        bob.request("MESSAGE_ACK", upTo=2)
        bob.request("MESSAGE_READ", messageId=sent[0]["messageId"])
        frame, = self.snapshots(bob)
        eve, with_ann = frame["conversations"]
        self.assertEqual({key: eve[key] for key in ("chatId", "headChatSeq", "readChatSeq", "unread")},
                         {"chatId": reply["chatId"], "headChatSeq": 1, "readChatSeq": 0, "unread": 0})
        self.assertEqual(eve["lastMessage"],
                         {"messageId": reply["messageId"], "chatId": reply["chatId"], "chatSeq": 1, "senderId": bob.user,
                          "recipientId": self.user("eve"), "content": "hello", "timestamp": reply["timestamp"],
                          "state": "sent", "edited": False, "editedAt": None, "deleted": False, "deletedAt": None,
                          "clientMessageId": "c1"})
        self.assertEqual({key: with_ann[key] for key in ("chatId", "headChatSeq", "readChatSeq", "unread")},
                         {"chatId": sent[0]["chatId"], "headChatSeq": 3, "readChatSeq": 1, "unread": 2})
        self.assertEqual(with_ann["lastMessage"]["content"], "three")
        self.assertNotIn("clientMessageId", with_ann["lastMessage"])

    def test_many_conversations_come_in_several_frames(self):
        bob = self.client("bob", caps=["cumack"])
        for number in range(450):
            bob.send("MESSAGE_SEND", recipientId=f"{bob.user}-{number}", content=str(number))
        for _ in range(450):
            bob.wait("MESSAGE_ACK")
        bob.settle()
        frames = self.snapshots(bob)
        self.assertEqual([len(frame["conversations"]) for frame in frames], [200, 200, 50])
        shown = [chat["lastMessage"]["content"] for frame in frames for chat in frame["conversations"]]
        self.assertEqual(shown, [str(number) for number in reversed(range(450))])

    def test_large_conversations_come_in_several_frames(self):
        bob = self.client("bob", caps=["cumack"])
        for number in range(20):
            bob.say(f"{bob.user}-{number}", "\x01" * 9000)  # 54,000 octets in JSON
        bob.settle()
        frames = self.snapshots(bob)
        self.assertEqual(sum(len(frame["conversations"]) for frame in frames), 20)
        self.assertLessEqual(max(len(json.dumps(frame, separators=(",", ":"))) for frame in frames), 256 * 1024)
        self.assertLess(len(frames), 8)

    def test_other_requests_are_answered_meanwhile(self):
        bob = self.client("bob", caps=["cumack"])
        bob.say(self.user("ann"))
        bob.send("RESUME", epoch="another", seq=1)
        self.assertEqual(bob.request("PING")["type"], "PONG")
        bob.wait("ROOMS_SNAPSHOT")


class Trimmed(ResumeCase):
    OPTIONS = {"WS_LOG_MAX_ENTRIES_PER_USER": 10}

    def test_cursor_below_the_floor(self):
        self.wrote(25)
        bob = self.client("bob", caps=["cumack"])
        self.assertEqual((bob.hello_ack["head"], bob.hello_ack["floor"]), (25, 16))
        epoch = bob.hello_ack["epoch"]
        for cursor in (0, 4, 14):
            start, *middle, complete, _ = bob.resume(epoch=epoch, seq=cursor)
            self.assertEqual({key: start[key] for key in ("mode", "reason", "from", "to", "count", "gaps")},
                             {"mode": "partial", "reason": "CURSOR_EXPIRED", "from": cursor + 1, "to": 25, "count": 10,
                              "gaps": [{"from": cursor + 1, "to": 15, "reason": "CURSOR_EXPIRED"}]})
            self.check_snapshots([frame for frame in middle if "seq" not in frame])
            self.assertEqual(middle[0]["conversations"][0]["headChatSeq"], 25)
            self.assertEqual([frame["seq"] for frame in middle[1:]], list(range(16, 26)))
            self.assertEqual((complete["upTo"], complete["complete"], complete["messageCount"]), (25, True, 10))
        self.check(bob.resume(epoch=epoch, seq=15), contents=range(15, 25))

    def test_message_id_whose_entry_is_gone(self):
        messages = self.wrote(12)
        bob = self.client("bob", caps=["cumack"])
        error = bob.request("RESUME", lastSeenMessageId=messages[1])
        self.assertEqual((error["type"], error["code"]), ("MESSAGE_ERROR", "INVALID_LAST_MESSAGE_ID"))
        self.check(bob.series(), mode="snapshot", reason="UNKNOWN_MESSAGE_ID", complete=False)
        self.check(bob.resume(lastSeenMessageId=messages[2]), contents=range(3, 12))

    def test_receipts_and_repeats_of_what_left_the_log(self):
        ann, bob = self.client("ann"), self.client("bob", caps=["cumack"])
        first = ann.say(bob.user, "first", clientMessageId="c")
        self.wrote(30)
        self.assertEqual(bob.request("MESSAGE_ACK", messageId=first["messageId"])["state"], "delivered")
        again = ann.say(bob.user, "first", clientMessageId="c")
        self.assertEqual((again["messageId"], again.get("duplicate")), (first["messageId"], True))

    def test_device_position_below_the_floor(self):
        self.wrote(3)
        self.client("bob", caps=["cumack"], device="d").request("MESSAGE_ACK", upTo=2)
        self.wrote(20, start=3)
        frames = self.client("bob", caps=["cumack"], device="d").resume()
        self.assertEqual(frames[0]["gaps"], [{"from": 3, "to": 13, "reason": "CURSOR_EXPIRED"}])

    def test_gap_survives_a_restart(self):
        self.wrote(25)
        self.server.restart()
        bob = self.client("bob", caps=["cumack"])
        self.assertEqual((bob.hello_ack["head"], bob.hello_ack["floor"]), (25, 16))
        self.assertEqual(bob.resume(epoch=bob.hello_ack["epoch"], seq=3)[0]["gaps"][0]["to"], 15)

    def test_trimmed_while_connected_and_behind(self):
        """Everything is either sent or named as a gap, in order; nothing hangs and nothing is closed."""
        ann, bob = self.client("ann"), self.client("bob", caps=["seq", "cumack"])
        text = "x" * 9000
        count = 1500
        for number in range(count):  # more than sockets hold and than the server remembers beside the log
            ann.send("MESSAGE_SEND", recipientId=bob.user, content=f"{number} {text}")
            if number % 30 == 29:
                for _ in range(30):
                    ann.wait("MESSAGE_ACK")
                ann.waiting.clear()
        position, gaps = 0, 0
        while position < count:
            frame = bob.next()
            if frame["type"] == "MESSAGE_RECEIVE":
                self.assertEqual(frame["seq"], position + 1)
                self.assertNotIn("isReplay", frame)
                position += 1
                continue
            self.assertEqual((frame["type"], frame["mode"], frame["reason"], frame["count"], frame["from"]),
                             ("RESYNC_START", "partial", "CURSOR_EXPIRED", 0, position + 1))
            self.assertEqual(frame["gaps"], [{"from": frame["from"], "to": frame["to"], "reason": "CURSOR_EXPIRED"}])
            self.check_snapshots([bob.next()])
            complete = bob.next()
            self.assertEqual((complete["type"], complete["upTo"], complete["complete"], complete["messageCount"]),
                             ("RESYNC_COMPLETE", frame["to"], True, 0))
            position, gaps = frame["to"], gaps + 1
        self.assertGreaterEqual(gaps, 1)
        self.assertEqual(bob.settle(), [])


if __name__ == "__main__":
    unittest.main()
