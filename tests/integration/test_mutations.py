#!/usr/bin/env python3
"""MESSAGE_EDIT and MESSAGE_DELETE of direct messages: what everybody sees, then and later."""
import unittest

from test_resume import ResumeCase


class MutationCase(ResumeCase):
    def setUp(self):
        self.ann = self.client("ann", caps=["seq", "cumack"])
        self.bob = self.client("bob", caps=["seq", "cumack"])

    def sent(self, content="one", **fields):
        return self.ann.say(self.bob.user, content, **fields)

    def edit(self, message, content, client=None):
        return (client or self.ann).request("MESSAGE_EDIT", messageId=message["messageId"], content=content)

    def delete(self, message, client=None):
        return (client or self.ann).request("MESSAGE_DELETE", messageId=message["messageId"])

    def refused(self, reply, code, action):
        self.assertEqual({key: reply.get(key) for key in ("type", "success", "action", "code", "retryable")},
                         {"type": "MESSAGE_MUTATION_ACK", "success": False, "action": action, "code": code, "retryable": False})
        self.assertIsInstance(reply["serverTs"], int)


class Mutations(MutationCase):
    def test_edit(self):
        tab = self.client("ann", caps=["seq"])
        message = self.sent()
        reply = self.edit(message, "two")
        self.assertEqual({key: reply[key] for key in ("type", "action", "messageId", "success")},
                         {"type": "MESSAGE_MUTATION_ACK", "action": "edit", "messageId": message["messageId"], "success": True})
        self.assertGreaterEqual(reply["editedAt"], message["timestamp"])
        self.assertNotIn("deletedAt", reply)
        event = {"type": "MESSAGE_MUTATION", "seq": 2, "action": "edit", "messageId": message["messageId"],
                 "chatId": message["chatId"], "chatSeq": 1, "senderId": self.ann.user, "recipientId": self.bob.user,
                 "content": "two", "editedAt": reply["editedAt"], "deleted": False, "deletedAt": None, "by": self.ann.user,
                 "serverTs": reply["editedAt"]}
        for client in (self.ann, tab, self.bob):
            self.assertEqual(client.wait("MESSAGE_MUTATION"), event)

    def test_delete(self):
        message = self.sent("secret")
        for client in (self.ann, self.bob):
            client.wait("MESSAGE_RECEIVE")  # who has not been sent it is sent what is left of it
        reply = self.delete(message)
        self.assertEqual((reply["success"], reply["action"]), (True, "delete"))
        for client in (self.ann, self.bob):
            event = client.wait("MESSAGE_MUTATION")
            self.assertEqual({key: event.get(key) for key in ("seq", "action", "deleted", "deletedAt", "content", "by")},
                             {"seq": 2, "action": "delete", "deleted": True, "deletedAt": reply["deletedAt"], "content": None,
                              "by": self.ann.user})
        again = self.delete(message)
        self.assertEqual((again["success"], again["deletedAt"]), (True, reply["deletedAt"]))
        self.assertEqual(self.bob.settle(), [])

    def test_the_same_content_is_no_change(self):
        message = self.sent()
        self.bob.wait("MESSAGE_RECEIVE", content="one")  # who gets it later gets what it says then
        self.assertTrue(self.edit(message, "one")["success"])
        edited = self.edit(message, "two")
        self.bob.wait("MESSAGE_MUTATION", content="two")
        self.assertEqual(self.edit(message, "two")["editedAt"], edited["editedAt"])
        self.assertTrue(self.edit(message, "one")["success"])  # back to the original: a change like any other
        self.assertEqual(self.bob.wait("MESSAGE_MUTATION")["content"], "one")
        self.assertEqual(self.bob.settle(), [])

    def test_refusals(self):
        message, eve = self.sent(), self.client("eve")
        for action, change in (("edit", lambda *at: self.edit(at[0], "x", *at[1:])), ("delete", self.delete)):
            self.refused(change(message, self.bob), "FORBIDDEN", action)
            foreign = change(message, eve)
            self.refused(foreign, "NOT_FOUND", action)
            for unknown in ("nothing", "019ee991-d488-7009-8a10-000000000009"):
                reply = change({"messageId": unknown}, eve)
                self.refused(reply, "NOT_FOUND", action)
                self.assertEqual(reply["message"], foreign["message"])  # nothing tells them apart
                self.assertEqual(reply["messageId"], unknown)
        self.refused(self.edit(message, " \u00a0\n"), "VALIDATION_ERROR", "edit")
        self.refused(self.edit(message, " ", self.bob), "FORBIDDEN", "edit")
        self.refused(self.edit(message, " ", eve), "NOT_FOUND", "edit")
        self.delete(message)
        self.refused(self.edit(message, "x"), "NOT_FOUND", "edit")
        for kind, fields in (("MESSAGE_EDIT", {}), ("MESSAGE_EDIT", {"messageId": "x"}), ("MESSAGE_DELETE", {}),
                             ("MESSAGE_EDIT", {"messageId": "x", "content": ""}),
                             ("MESSAGE_EDIT", {"messageId": "x", "content": "x" * 10001})):
            self.assertEqual(self.ann.request(kind, **fields)["code"], "INVALID_PAYLOAD")

    def test_receipts_go_on(self):
        message = self.sent()
        self.edit(message, "two")
        self.assertEqual(self.bob.request("MESSAGE_ACK", messageId=message["messageId"])["state"], "delivered")
        self.delete(message)
        self.assertEqual(self.bob.request("MESSAGE_READ", messageId=message["messageId"])["state"], "read")

    def test_repeat_of_the_send(self):
        message = self.sent("first", clientMessageId="c")
        self.edit(message, "second")
        again = self.sent("first", clientMessageId="c")
        self.assertEqual((again["messageId"], again["duplicate"], again["message"]["content"]),
                         (message["messageId"], True, "second"))
        conflict = self.ann.request("MESSAGE_SEND", recipientId=self.bob.user, content="second", clientMessageId="c")
        self.assertEqual(conflict["code"], "CLIENT_ID_CONFLICT")
        self.delete(message)
        self.server.restart()
        ann = self.client("ann")
        again = ann.say(self.bob.user, "first", clientMessageId="c")
        self.assertEqual((again["messageId"], again["message"]["content"]), (message["messageId"], ""))


class Later(MutationCase):
    OPTIONS = {"WS_BACKPRESSURE_STALL_MS": 600000}  # who does not read for a while, on a busy machine, is not closed

    def away(self):
        """What happens while bob is away: 1 and 2 before, the rest after."""
        one, two = self.sent("one"), self.sent("two")
        self.bob.settle()
        self.bob.close()
        three, four = self.sent("three"), self.sent("four")
        self.edit(one, "one, edited")     # 5
        self.edit(three, "three, edited")  # 6
        self.delete(two)                  # 7
        self.delete(four)                 # 8
        self.edit(one, "one, again")      # 9
        return one, two, three, four

    def words(self, frames):
        return [(frame["type"], frame["seq"], frame.get("content", frame.get("fromSeq"))) for frame in frames]

    def test_edited_and_deleted_while_away(self):
        self.away()
        for caps, skips in ((["seq", "cumack"], True), (["cumack"], False)):
            bob = self.client("bob", caps=caps)
            frames = bob.resume(epoch=bob.hello_ack["epoch"], seq=2)
            self.assertEqual((frames[0]["from"], frames[0]["to"], frames[0]["count"]), (3, 9, 7))
            expected = [("MESSAGE_RECEIVE", 3, "three, edited"), ("MESSAGE_MUTATION", 4, None), ("EVENT_SKIP", 6, 5),
                        ("MESSAGE_MUTATION", 7, None), ("EVENT_SKIP", 8, 8), ("MESSAGE_MUTATION", 9, "one, again")]
            shown = [word for word in expected if skips or word[0] != "EVENT_SKIP"]
            self.assertEqual(self.words(frames[1:-2]), shown)
            self.assertEqual({frame["isReplay"] for frame in frames[1:-2]}, {True})
            self.assertEqual((frames[1]["edited"], frames[2]["action"], frames[-2]["messageCount"]), (True, "delete", 1))

    def test_a_limit_between_two_edits(self):
        self.away()
        bob = self.client("bob", caps=["seq", "cumack"])
        frames = bob.resume(epoch=bob.hello_ack["epoch"], seq=4, limit=2)
        self.assertEqual(self.words(frames[1:-2]), [("MESSAGE_MUTATION", 5, "one, again"), ("MESSAGE_MUTATION", 6, "three, edited")])
        frames = bob.resume(epoch=bob.hello_ack["epoch"], seq=6)
        self.assertEqual(self.words(frames[1:-2]), [("MESSAGE_MUTATION", 7, None), ("MESSAGE_MUTATION", 8, None),
                                                    ("MESSAGE_MUTATION", 9, "one, again")])

    def test_history_snapshot_and_replay(self):
        _, two, _, four = self.away()
        self.server.restart()
        bob = self.client("bob", caps=["cumack"])
        messages = bob.request("HISTORY", chatId=two["chatId"])["messages"]
        self.assertEqual([(message["content"], message["edited"], message["deleted"]) for message in messages],
                         [("one, again", True, False), (None, False, True), ("three, edited", True, False), (None, False, True)])
        snapshot = bob.resume(epoch="another", seq=0)[1]["conversations"][0]
        self.assertEqual((snapshot["lastMessage"]["messageId"], snapshot["lastMessage"]["content"], snapshot["unread"]),
                         (four["messageId"], None, 2))
        bob.send("MESSAGE_REPLAY", lastMessageId=two["messageId"])
        end = bob.wait("MESSAGE_REPLAY_COMPLETE")
        self.assertEqual((end["messageCount"], end["upTo"]), (1, 9))
        self.assertEqual([frame["seq"] for frame in bob.settle()], [3, 4, 7, 9])

    def test_no_frame_shows_what_was_deleted(self):
        for number in range(30):
            self.delete(self.sent(f"secret {number}"))
        self.ann.close()
        bob = self.client("bob")
        frames = bob.resume(epoch=bob.hello_ack["epoch"], seq=0) + bob.resume(epoch="x", seq=0)
        frames.append(bob.request("HISTORY", chatId=f"dm:{self.ann.user}:{bob.user}"))
        self.assertNotIn("secret", str(frames))

    def test_a_deleted_message_left_in_the_log_of_a_slow_reader(self):
        text = "x" * 9000
        messages = []
        for number in range(1200):  # more than sockets hold
            messages.append(self.sent(f"{number} {text}"))
        self.ann.waiting.clear()
        for message in messages[-50:]:
            self.delete(message)
        position, shown = 0, []
        while position < 1250:
            frame = self.bob.next()
            self.assertEqual(frame["seq"], position + 1)
            position += 1
            shown.append(frame["type"])
        self.assertEqual(shown, ["MESSAGE_RECEIVE"] * 1150 + ["MESSAGE_MUTATION"] * 100)


if __name__ == "__main__":
    unittest.main()
