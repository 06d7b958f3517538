#!/usr/bin/env python3
"""Coming back in awkward circumstances; each test is named after its own."""
import os
import shutil
import unittest

from test_resume import ResumeCase
from wsd_process import Server


class Edges(ResumeCase):
    def contents(self, frames):
        return [frame["content"] for frame in frames if frame["type"] == "MESSAGE_RECEIVE"]

    def test_first_connect_with_nothing(self):
        bob = self.client("bob", caps=["seq", "cumack"], device="new")
        self.assertEqual((bob.hello_ack["head"], bob.hello_ack["floor"]), (0, 1))
        self.check(bob.resume(), to=0, count=0, **{"from": 1})
        self.check(bob.resume(epoch=bob.hello_ack["epoch"], seq=0), to=0, count=0, **{"from": 1})
        self.wrote(1)
        self.assertEqual(bob.wait("MESSAGE_RECEIVE")["seq"], 1)

    def test_resume_twice_with_one_cursor(self):
        self.wrote(5)
        bob = self.client("bob", caps=["seq", "cumack"])
        series = [bob.resume(epoch=bob.hello_ack["epoch"], seq=2) for _ in range(2)]
        for frames in series:
            self.check(frames, contents=[2, 3, 4])
        self.assertEqual(series[0][1:-2], series[1][1:-2])

    def test_while_the_old_socket_is_half_open(self):
        old = self.client("bob", caps=["seq", "cumack"], device="d")
        epoch = old.hello_ack["epoch"]
        self.wrote(20)  # into a socket that nobody reads any more
        new = self.client("bob", caps=["seq", "cumack"], device="d", resume={"epoch": epoch, "seq": 0})
        self.check(new.series(), contents=range(20))
        self.wrote(1, start=20)
        self.assertEqual(new.wait("MESSAGE_RECEIVE")["content"], "20")
        new.request("MESSAGE_ACK", upTo=21)
        self.assertEqual(self.contents(old.settle()), [str(number) for number in range(21)])  # it was alive after all

    def test_two_devices_of_which_one_is_offline(self):
        self.wrote(2)
        phone = self.client("bob", caps=["seq", "cumack"], device="phone")
        phone.request("MESSAGE_ACK", upTo=2)
        phone.close()
        laptop = self.client("bob", caps=["seq", "cumack"], device="laptop")
        self.wrote(3, start=2)
        laptop.request("MESSAGE_ACK", upTo=5)  # all are delivered, and the phone still misses three
        laptop.settle()
        self.check(laptop.resume(), to=5, **{"from": 6})
        phone = self.client("bob", caps=["seq", "cumack"], device="phone")
        self.check(phone.resume(), contents=[2, 3, 4])

    def test_ack_of_a_send_lost_in_a_crash_and_the_send_repeated(self):
        ann = self.client("ann", caps=["seq"])
        first = ann.say(self.user("bob"), "once", clientMessageId="c")
        self.server.kill()
        self.server.start()
        again = self.client("ann", caps=["seq"], resume={"epoch": ann.hello_ack["epoch"], "seq": 0}, pending=["c", "d"])
        frames = again.series()
        self.assertEqual(frames[0]["pendingStatus"]["c"]["messageId"], first["messageId"])
        self.assertIsNone(frames[0]["pendingStatus"]["d"])
        repeated = again.say(self.user("bob"), "once", clientMessageId="c")
        self.assertEqual((repeated["messageId"], repeated["seq"], repeated["duplicate"]),
                         (first["messageId"], first["seq"], True))
        bob = self.client("bob", caps=["cumack"])
        self.check(bob.resume(), contents=["once"])

    def test_confirmation_whose_reply_was_lost_is_repeated_after_a_crash(self):
        messages = self.wrote(3)
        bob = self.client("bob", caps=["cumack"], device="d")
        bob.request("MESSAGE_ACK", upTo=2)
        self.server.kill()
        self.server.start()
        bob = self.client("bob", caps=["cumack"], device="d")
        self.assertTrue(bob.request("MESSAGE_ACK", upTo=2)["success"])
        self.check(bob.resume(), contents=[2])
        self.assertEqual(bob.request("MESSAGE_READ", messageId=messages[1])["state"], "read")

    def test_commits_between_start_and_complete(self):
        self.wrote(1500)
        bob = self.client("bob", caps=["seq", "cumack"])
        frames = [bob.request("RESUME")]
        self.wrote(30, start=1500)  # while the series runs
        while len(frames) < 1 + 1500 + 2 + 30:
            frames.append(bob.next())
        kinds = [frame["type"] for frame in frames]
        self.assertEqual((kinds.index("RESYNC_COMPLETE"), kinds.index("ROOMS_SNAPSHOT")), (1501, 1502))
        self.assertEqual(self.contents(frames), [str(number) for number in range(1530)])
        self.assertEqual(frames[1501]["upTo"], 1500)

    def test_confirmations_out_of_order(self):
        messages = self.wrote(6)
        bob = self.client("bob", caps=["cumack"], device="d")
        bob.request("MESSAGE_ACK", upTo=5)
        bob.request("MESSAGE_ACK", upTo=2)  # never back
        self.check(bob.resume(), contents=[5])
        self.check(self.client("bob", caps=["cumack"], device="d").resume(), contents=[5])
        self.assertTrue(bob.request("MESSAGE_ACK", messageId=messages[0])["alreadyInState"])
        self.assertEqual(bob.request("MESSAGE_ACK", upTo=7)["code"], "CURSOR_AHEAD")
        self.assertEqual(bob.request("MESSAGE_READ", messageId=messages[5])["code"], "INVALID_TRANSITION")

    def test_changed_twice_and_deleted_while_away(self):
        ann = self.client("ann")
        kept, gone = (ann.say(self.user("bob"), text)["messageId"] for text in ("kept", "gone"))
        bob = self.client("bob", caps=["seq", "cumack"])
        bob.close()
        for text in ("kept 1", "kept 2"):
            ann.request("MESSAGE_EDIT", messageId=kept, content=text)
        ann.request("MESSAGE_DELETE", messageId=gone)
        bob = self.client("bob", caps=["seq", "cumack"], resume={"epoch": bob.hello_ack["epoch"], "seq": 2})
        frames = bob.series()[1:-2]
        self.assertEqual([(frame["type"], frame["seq"], frame.get("content")) for frame in frames],
                         [("EVENT_SKIP", 3, None), ("MESSAGE_MUTATION", 4, "kept 2"), ("MESSAGE_MUTATION", 5, None)])


    def test_removed_from_a_room_and_added_again_while_away(self):
        """What was said while a member the first time, and while none, is not shown; both changes are."""
        ann, bob = self.client("ann"), self.client("bob", caps=["seq", "cumack"])
        room = ann.request("ROOM_CREATE", memberIds=[bob.user])["room"]["id"]
        bob.wait("ROOM_MEMBER_JOINED")
        bob.close()

        def post(text):
            self.assertTrue(ann.request("ROOM_MESSAGE", roomId=room, content=text)["success"])
        post("as a member")
        ann.request("ROOM_REMOVE_MEMBER", roomId=room, userId=bob.user)
        post("as none")
        ann.request("ROOM_ADD_MEMBERS", roomId=room, userIds=[bob.user])
        post("as a member again")
        again = self.client("bob", caps=["seq", "cumack"], resume={"epoch": bob.hello_ack["epoch"], "seq": 1})
        frames = again.series()
        self.assertEqual([(frame["type"], frame["seq"], frame.get("content") or frame.get("reason")) for frame in frames[1:-2]],
                         [("EVENT_SKIP", 2, None), ("ROOM_MEMBER_LEFT", 3, "removed"), ("ROOM_MEMBER_JOINED", 4, "added"),
                          ("ROOM_MESSAGE", 5, "as a member again")])
        self.assertEqual([listed["id"] for listed in frames[-1]["rooms"]], [room])


class Restored(unittest.TestCase):
    def test_restored_backup(self):
        """Numbers given after the backup are given again, to other messages: the new epoch tells."""
        case = ResumeCase()
        with Server() as server:
            case.server = server
            names = {"ann": "ann", "bob": "bob"}
            case.user = names.get
            case.wrote(5)
            server.stop()
            shutil.copytree(server.data, server.folder.name + "/backup")
            server.start()
            case.wrote(5, start=5)
            bob = case.client("bob", caps=["seq", "cumack"])
            epoch, head = bob.hello_ack["epoch"], bob.hello_ack["head"]
            self.assertEqual(head, 10)
            bob.close()
            server.stop()
            shutil.rmtree(server.data)
            shutil.copytree(server.folder.name + "/backup", server.data)
            os.remove(server.data + "/wsd.mark")
            server.start()
            case.wrote(6, start=100)
            bob = case.client("bob", caps=["seq", "cumack"], resume={"epoch": epoch, "seq": head})
            self.assertNotEqual(bob.hello_ack["epoch"], epoch)
            frames = case.check(bob.series(), mode="snapshot", reason="EPOCH_CHANGED", complete=False)
            shown = frames[1]["conversations"][0]
            self.assertEqual((shown["headChatSeq"], shown["lastMessage"]["content"]), (11, "105"))
            history = bob.request("HISTORY", chatId=shown["chatId"])["messages"]
            self.assertEqual([message["content"] for message in history],
                             [str(number) for number in (*range(5), *range(100, 106))])


if __name__ == "__main__":
    unittest.main()
