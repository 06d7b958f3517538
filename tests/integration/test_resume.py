#!/usr/bin/env python3
"""What a client gets that was away: every cursor, every mode, and nothing lost or twice."""
import itertools
import socket
import struct
import unittest

from ws_client import TEXT, Client, Closed, encode_frame
from wsd_process import ServerCase


class ResumeCase(ServerCase):
    def client(self, name, **options):
        return Client(self.server, self.user(name), **options)

    def wrote(self, count, sender="ann", recipient="bob", start=0):
        """The sender writes the messages "0", "1" …; the ids in order."""
        writer = self.client(sender)
        for number in range(start, start + count):
            writer.send("MESSAGE_SEND", recipientId=self.user(recipient), content=str(number))
        messages = [writer.wait("MESSAGE_ACK")["messageId"] for _ in range(count)]
        writer.close()
        return messages

    def check_snapshots(self, frames):
        """At least one, of at most 200 conversations, and only the last says that there is no more."""
        self.assertGreaterEqual(len(frames), 1)
        self.assertEqual({frame["type"] for frame in frames}, {"SNAPSHOT"})
        self.assertEqual([frame["more"] for frame in frames], [True] * (len(frames) - 1) + [False])
        self.assertTrue(all(len(frame["conversations"]) <= 200 for frame in frames))

    def check(self, frames, *, mode="exact", contents=(), complete=True, **start):
        """A whole series: its frame, what it replays, its end."""
        first, replayed, last = frames[0], frames[1:-2], frames[-2]
        self.assertEqual((first["type"], first["mode"]), ("RESYNC_START", mode))
        self.assertEqual({key: first.get(key) for key in start}, start)
        if mode == "snapshot":
            self.check_snapshots(replayed)
            self.assertEqual((first["from"], first["count"]), (first["to"] + 1, 0))
        else:
            self.assertEqual([frame["content"] for frame in replayed], [str(content) for content in contents])
            self.assertEqual([frame["seq"] for frame in replayed], list(range(first["from"], first["to"] + 1)))
            self.assertEqual({frame["isReplay"] for frame in replayed}, {True} if replayed else set())
            self.assertEqual(first["count"], len(replayed))
        self.assertEqual({key: last[key] for key in ("type", "messageCount", "upTo", "complete")},
                         {"type": "RESYNC_COMPLETE", "messageCount": len(contents), "upTo": first["to"], "complete": complete})
        self.assertEqual(frames[-1]["type"], "ROOMS_SNAPSHOT")
        return frames


class Cursors(ResumeCase):
    def test_epoch_and_seq(self):
        self.wrote(10)
        bob = self.client("bob", caps=["seq", "cumack"])
        epoch = bob.hello_ack["epoch"]
        self.assertEqual((bob.hello_ack["head"], bob.hello_ack["floor"]), (10, 1))
        self.check(bob.resume(epoch=epoch, seq=0), contents=range(10), epoch=epoch)
        self.check(bob.resume(epoch=epoch, seq=7), contents=range(7, 10))
        self.check(bob.resume(epoch=epoch, seq=10), to=10, **{"from": 11})

    def test_last_seen_message(self):
        messages = self.wrote(10)
        bob = self.client("bob", caps=["cumack"])
        self.check(bob.resume(lastSeenMessageId=messages[3]), contents=range(4, 10))
        self.check(bob.resume(lastSeenMessageId=messages[9]))

    def test_position_of_the_device(self):
        self.wrote(10)
        laptop = self.client("bob", caps=["cumack"], device="laptop")
        laptop.resume()
        laptop.request("MESSAGE_ACK", upTo=6)
        laptop.close()
        phone = self.client("bob", caps=["cumack"], device="phone")
        phone.request("MESSAGE_ACK", upTo=2)
        for options, first in (({"device": "laptop"}, 6), ({"device": "phone"}, 2)):
            again = self.client("bob", caps=["cumack"], **options)
            self.check(again.resume(), contents=range(first, 10))
            self.check(again.resume(lastSeenMessageId=None), contents=range(first, 10))
            self.check(again.resume(lastSeenMessageId=""), contents=range(first, 10))

    def test_position_is_that_of_all_connections_of_the_device(self):
        self.wrote(10)
        first, second = (self.client("bob", caps=["cumack"], device="laptop") for _ in range(2))
        other = self.client("bob", caps=["cumack"], device="phone")
        first.request("MESSAGE_ACK", upTo=4)
        other.request("MESSAGE_ACK", upTo=2)
        for client, position in ((first, 4), (second, 4), (other, 2)):
            self.check(client.resume(), contents=range(position, 10))
        second.request("MESSAGE_ACK", upTo=8)
        first.request("MESSAGE_ACK", upTo=6)  # it never goes back
        for client, position in ((first, 8), (second, 8), (other, 2)):
            self.check(client.resume(), contents=range(position, 10))

    def test_default_is_before_the_oldest_undelivered(self):
        self.wrote(151)
        bob = self.client("bob", caps=["cumack"])
        bob.request("MESSAGE_ACK", upTo=150)
        self.check(self.client("bob", caps=["cumack"]).resume(), contents=[150])
        bob.request("MESSAGE_ACK", upTo=151)
        self.check(self.client("bob", caps=["cumack"]).resume(), to=151)

    def test_default_finds_one_undelivered_among_150_delivered(self):
        messages = self.wrote(151)
        bob = self.client("bob", caps=["cumack"])
        for message in messages[1:]:
            bob.send("MESSAGE_ACK", messageId=message)
        bob.settle()
        self.check(self.client("bob", caps=["cumack"]).resume(), contents=range(151))

    def test_first_connection_of_an_empty_log(self):
        bob = self.client("bob")
        self.check(bob.resume(), to=0, count=0, **{"from": 1})

    def test_half_a_cursor(self):
        bob = self.client("bob")
        for fields in ({"epoch": "x"}, {"seq": 1}, {"epoch": "x", "seq": -1}, {"epoch": 1, "seq": 1}, {"limit": "5"},
                       {"lastSeenMessageId": 7}, {"pending": ["x"] * 101}, {"pending": "x"}):
            with self.subTest(str(fields)[:50]):
                reply = bob.request("RESUME", **fields)
                self.assertEqual((reply["type"], reply["code"]), ("MESSAGE_ERROR", "INVALID_PAYLOAD"))

    def test_snapshots_instead_of_a_series(self):
        messages = self.wrote(3)
        bob = self.client("bob", caps=["cumack"])
        epoch = bob.hello_ack["epoch"]
        others = self.wrote(1, "ann", "eve")
        self.check(bob.resume(epoch="another", seq=1), mode="snapshot", reason="EPOCH_CHANGED", to=3, complete=False)
        self.check(bob.resume(epoch=epoch, seq=4), mode="snapshot", reason="CURSOR_AHEAD", to=3, complete=False)
        for unknown in ("msg_old_1", others[0]):
            error = bob.request("RESUME", lastSeenMessageId=unknown)
            self.assertEqual((error["type"], error["code"], error["lastMessageId"], error["retryable"]),
                             ("MESSAGE_ERROR", "INVALID_LAST_MESSAGE_ID", unknown, False))
            self.check(bob.series(), mode="snapshot", reason="UNKNOWN_MESSAGE_ID", to=3, complete=False)
        self.check(bob.resume(epoch=epoch, seq=2, lastSeenMessageId=messages[0]), contents=[2])


class TooFar(ResumeCase):
    OPTIONS = {"WS_REPLAY_MAX_ENTRIES": 5}

    def test_more_than_may_be_replayed(self):
        self.wrote(6)
        bob = self.client("bob", caps=["cumack"])
        epoch = bob.hello_ack["epoch"]
        self.check(bob.resume(epoch=epoch, seq=0), mode="snapshot", reason="TOO_FAR", to=6, complete=False)
        self.check(bob.resume(epoch=epoch, seq=1), contents=range(1, 6))
        self.check(bob.resume(epoch=epoch, seq=0, limit=6), contents=range(6))


class Series(ResumeCase):
    def test_resume_within_hello(self):
        ann = self.client("ann")
        for number in range(3):
            ann.say(self.user("bob"), str(number), clientMessageId=f"c{number}")
        epoch = ann.hello_ack["epoch"]
        again = self.client("ann", caps=["seq"], resume={"epoch": epoch, "seq": 1}, pending=["c2", "c9"])
        frames = self.check(again.series(), contents=[1, 2])
        stored = frames[0]["pendingStatus"]
        self.assertEqual(set(stored), {"c2", "c9"})
        self.assertIsNone(stored["c9"])
        self.assertEqual({key: stored["c2"][key] for key in ("messageId", "seq", "chatSeq", "state")},
                         {"messageId": frames[2]["messageId"], "seq": 3, "chatSeq": 3, "state": "sent"})
        self.assertEqual(frames[2]["clientMessageId"], "c2")

    def test_pending_within_resume(self):
        ann = self.client("ann")
        ack = ann.say(self.user("bob"), "x", clientMessageId="c")
        frames = ann.resume(epoch=ann.hello_ack["epoch"], seq=0, pending=["c", "d"])
        self.assertEqual(frames[0]["pendingStatus"]["c"]["messageId"], ack["messageId"])
        self.assertIsNone(frames[0]["pendingStatus"]["d"])

    def test_pending_whose_newest_use_was_in_a_room_that_has_ended(self):
        ann, room = self.client("ann"), self.user("room")
        direct = ann.say(self.user("bob"), "x", clientMessageId="c")
        ann.request("ROOM_CREATE", roomId=room)
        post = ann.request("ROOM_MESSAGE", roomId=room, content="x", clientMessageId="c")
        found = ann.resume(pending=["c"])[0]["pendingStatus"]["c"]
        self.assertEqual((found["messageId"], found["chatId"]), (post["messageId"], "room:" + room))
        ann.request("ROOM_DELETE", roomId=room)
        found = ann.resume(pending=["c"])[0]["pendingStatus"]["c"]
        self.assertEqual((found["messageId"], found["seq"]), (direct["messageId"], direct["seq"]))

    def test_limit_and_going_on(self):
        self.wrote(7)
        bob = self.client("bob", caps=["cumack"])
        epoch, seq, sizes = bob.hello_ack["epoch"], 0, []
        for complete in (False, False, True):
            frames = bob.resume(epoch=epoch, seq=seq, limit=3)
            count = frames[0]["count"]
            self.check(frames, contents=range(seq, seq + count), complete=complete)
            seq += count
            sizes.append(count)
        self.assertEqual(sizes, [3, 3, 1])
        self.check(bob.resume(epoch=epoch, seq=0, limit=0), contents=[0], complete=False)
        self.check(bob.resume(epoch=epoch, seq=0, limit=-5), contents=[0], complete=False)

    def test_correlation_of_a_whole_series(self):
        self.wrote(2)
        bob = self.client("bob", caps=["cumack"])
        for frame in bob.resume():
            if "seq" not in frame:
                self.assertTrue(frame["correlationId"].startswith(bob.user), frame)

    def test_only_the_asking_connection_gets_it(self):
        self.wrote(3)
        bob, tab = self.client("bob", caps=["cumack"]), self.client("bob", caps=["cumack"])
        bob.resume()
        self.assertEqual(tab.settle(), [])

    def test_second_resume_while_one_runs(self):
        self.wrote(2000)
        bob = self.client("bob", caps=["cumack"])
        both = [b'{"type":"RESUME","correlationId":"%s"}' % name for name in (b"first", b"second")]
        bob.send_octets(b"".join(encode_frame(TEXT, request) for request in both))
        error = bob.wait(correlationId="second")
        self.assertEqual((error["type"], error["code"], error["retryable"]), ("MESSAGE_ERROR", "RESYNC_IN_PROGRESS", True))
        bob.wait("ROOMS_SNAPSHOT")
        contents = [frame["content"] for frame in bob.waiting if frame["type"] == "MESSAGE_RECEIVE"]
        self.assertEqual(contents, [str(number) for number in range(2000)])

    def test_live_messages_come_after_the_series_and_once(self):
        self.wrote(2000)
        ann = self.client("ann")
        bob = self.client("bob", caps=["seq", "cumack"])
        bob.send("RESUME")
        frames = [bob.wait("RESYNC_START")]  # what comes before it is live and goes out at once
        acks = [ann.say(bob.user, str(number)) for number in range(2000, 2020)]
        frames += [bob.next() for _ in range(2000 + 2 + 20)]
        kinds = [frame["type"] for frame in frames]
        self.assertEqual(kinds.index("ROOMS_SNAPSHOT"), 2002)
        events = [frame for frame in frames if frame["type"] == "MESSAGE_RECEIVE"]
        self.assertEqual([frame["content"] for frame in events], [str(number) for number in range(2020)])
        self.assertEqual([frame["seq"] for frame in events], list(range(1, 2021)))
        self.assertEqual([frame.get("isReplay", False) for frame in events], [True] * 2000 + [False] * 20)
        self.assertEqual(acks[-1]["chatSeq"], 2020)
        self.assertEqual(bob.settle(), [])

    def test_what_was_live_before_is_not_repeated(self):
        self.wrote(2)
        bob, ann = self.client("bob", caps=["cumack"]), self.client("ann")
        ann.say(bob.user, "live")
        self.assertNotIn("isReplay", bob.wait("MESSAGE_RECEIVE", seq=3))
        self.check(bob.resume(), contents=[0, 1])

    def test_replay_without_cumack_delivers(self):
        ann = self.client("ann", caps=["seq"])
        messages = [ann.say(self.user("bob"), str(number))["messageId"] for number in range(3)]
        confirming = self.client("bob", caps=["cumack"])
        self.check(confirming.resume(), contents=range(3))
        confirming.settle()
        old = self.client("bob")
        frames = old.resume()
        self.check(frames, contents=range(3))
        self.assertEqual({frame["state"] for frame in frames[1:4]}, {"sent"})
        changed = [ann.wait("MESSAGE_STATE_UPDATE") for _ in range(3)]
        self.assertEqual([(frame["messageId"], frame["state"]) for frame in changed],
                         [(message, "delivered") for message in messages])
        reply = old.request("MESSAGE_READ", messageId=messages[0])
        self.assertEqual((reply["type"], reply["state"]), ("MESSAGE_ACK", "read"))
        self.check(self.client("bob").resume(), to=3)


class Cuts(ResumeCase):
    def cut(self, client, after):
        """Takes some events, then resets the connection in the middle of whatever it is sending."""
        events = []
        client.stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        while len(events) < after:
            frame = client.next()
            if frame["type"] == "MESSAGE_RECEIVE":
                events.append(frame)
        client.stream.close()
        return events

    def test_cut_in_the_middle_of_pages(self):
        count = 1500
        messages = self.wrote(count)
        seen, seq = [], 0
        epoch = None
        for after in itertools.islice(itertools.cycle([1, 13, 29, 21, 3]), 100):
            options = {"resume": {"epoch": epoch, "seq": seq}} if epoch else {}
            bob = self.client("bob", caps=["seq", "cumack"], **options)
            epoch = bob.hello_ack["epoch"]
            if not options:
                bob.send("RESUME", epoch=epoch, seq=0)
            events = self.cut(bob, after)
            seen += events
            seq = events[-1]["seq"]
        bob = self.client("bob", caps=["seq", "cumack"], resume={"epoch": epoch, "seq": seq})
        seen += [frame for frame in bob.series() if frame["type"] == "MESSAGE_RECEIVE"]
        self.assertEqual([frame["seq"] for frame in seen], list(range(1, count + 1)))
        self.assertEqual([frame["messageId"] for frame in seen], messages)

    def test_the_old_cursor_still_replays_all_after_a_reset(self):
        self.wrote(300)
        for _ in range(10):
            bob = self.client("bob")
            bob.send("RESUME", epoch=bob.hello_ack["epoch"], seq=0)
            self.cut(bob, 1)
        bob = self.client("bob")
        bob.send("RESUME", epoch=bob.hello_ack["epoch"], seq=0)
        contents = [frame["content"] for frame in bob.series() if frame["type"] == "MESSAGE_RECEIVE"]
        self.assertEqual(contents, [str(number) for number in range(300)])

    def test_a_recipient_that_never_reads_loses_nothing(self):
        ann, bob = self.client("ann"), self.client("bob", caps=["cumack"])
        epoch = bob.hello_ack["epoch"]
        text = "x" * 9000
        for number in range(1200):  # 10 MB, more than sockets hold
            ann.send("MESSAGE_SEND", recipientId=bob.user, content=f"{number} {text}")
            if number % 50 == 49:
                for _ in range(50):
                    ann.wait("MESSAGE_ACK")
                ann.waiting.clear()
        bob.stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        bob.stream.close()
        again = self.client("bob", caps=["cumack"], resume={"epoch": epoch, "seq": 0})
        numbers = [int(frame["content"].split()[0]) for frame in again.series() if frame["type"] == "MESSAGE_RECEIVE"]
        self.assertEqual(numbers, list(range(1200)))

    def test_delivery_goes_on_by_itself_when_the_peer_reads_again(self):
        ann, bob = self.client("ann"), self.client("bob", caps=["cumack"])
        text = "x" * 9000
        for number in range(1200):
            ann.send("MESSAGE_SEND", recipientId=bob.user, content=f"{number} {text}")
            ann.wait("MESSAGE_ACK")
            ann.wait("MESSAGE_RECEIVE")
        numbers = [int(bob.wait("MESSAGE_RECEIVE")["content"].split()[0]) for _ in range(1200)]
        self.assertEqual(numbers, list(range(1200)))
        with self.assertRaises((TimeoutError, Closed)):
            bob.receive_text(0.1)


if __name__ == "__main__":
    unittest.main(warnings="ignore")
