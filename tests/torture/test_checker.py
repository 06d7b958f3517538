#!/usr/bin/env python3
"""The checker bites where no fault is planted in the server: the record of a sound run, changed in one thing that must be found."""
import json
import os
import sys
import tempfile
import unittest

from checker import Checker
from torture import arguments, run

SHIM = os.environ.get("WSD_POWER_CUT")


class Recorded(unittest.TestCase):
    OPTIONS = ()

    @classmethod
    def setUpClass(cls):
        if not cls.OPTIONS:
            raise unittest.SkipTest("the base of the others")
        with tempfile.NamedTemporaryFile() as record:
            found = run(arguments(["--seed", "1", "--record", record.name, *cls.OPTIONS]))
            assert not found.violations, found.violations
            cls.text = record.read().decode().splitlines()

    def setUp(self):
        self.lines = [json.loads(line) for line in self.text]
        self.audits = [line for line in self.lines if line["ev"] == "event" and line["dev"].endswith(".audit")]

    def found(self):
        checker = Checker()
        for line in self.lines:
            checker.feed(line)
        checker.finish()
        return checker

    def finds(self, rule, *words):
        found = self.found()
        self.assertIn(rule, found.counts, found.violations[:3])
        texts = [text for name, text in found.violations if name == rule]
        self.assertTrue(any(all(word in text for word in words) for text in texts), texts[:3])

    def of(self, event, **fields):
        """Lines of this kind with these fields; a value may be a set of which one must be there."""
        return [line for line in self.lines if line["ev"] == event
                and all(line.get(name) in (value if isinstance(value, set) else {value}) for name, value in fields.items())]

    def test_the_record_itself_is_sound(self):
        self.assertEqual(self.found().violations, [])

    def insert_after(self, line, new):
        self.lines.insert(self.lines.index(line) + 1, new)

    def test_a_room_message_for_who_is_outside(self):
        coming = self.of("event", user="guest", userId="guest", type="ROOM_MEMBER_JOINED")
        after = {event["seq"]: event["roomId"] for event in self.of("event", user="guest", type="ROOM_MESSAGE")}
        seq = next(event["seq"] for event in coming if after.get(event["seq"] + 1) == event["roomId"])
        for event in coming:
            if event["seq"] == seq:
                event["type"] = "ROOM_MEMBER_LEFT"
        self.finds("audience", "guest is no member of")


class Records(Recorded):
    OPTIONS = ("--cycles", "14", "--only", "cut,kill,stall", "--trim", "no")

    def changed(self, action):
        """A message of which the last change is of this kind and was acknowledged, and its events in the final logs."""
        for line in self.lines:
            if line["ev"] != "mutated" or not line["success"] or ("content" in line) != (action == "edit"):
                continue
            events = [event for event in self.audits if event.get("messageId") == line["messageId"]]
            if len(events) > 1 and all(event.get("content") == line.get("content") for event in events):
                return line["messageId"], events
        raise AssertionError(f"no {action} in this record")

    def original(self, message):
        ack = self.of("ack", messageId=message)[0]
        return self.of("send", user=ack["user"], key=ack["key"])[0]["content"]

    def test_an_edit_that_is_lost(self):
        message, events = self.changed("edit")
        for event in events:
            event["content"] = self.original(message)
            event.pop("edited", None)
        self.finds("lost", message, "again")

    def test_an_edit_that_one_user_does_not_see(self):
        message, events = self.changed("edit")
        user = events[0]["user"]
        for event in (event for event in events if event["user"] == user):
            event["content"] = self.original(message)
            event.pop("edited", None)
        self.finds("diverged", message, "not the same for all")

    def test_a_device_that_missed_an_edit(self):
        message, events = self.changed("edit")
        views = self.found().mutations.views
        device = next(device for device in views if message in views[device])
        for line in self.lines:
            if line["ev"] == "event" and line["dev"] == device and line.get("messageId") == message:
                line["content"] = self.original(message)
        self.assertEqual(len({event["content"] for event in events}), 1)
        self.finds("diverged", device, message)

    def test_an_edit_that_nobody_asked_for(self):
        message, events = self.changed("edit")
        for event in events:
            event["content"] += "!"
        self.finds("phantom", message)

    def test_a_deletion_that_is_lost(self):
        message, events = self.changed("delete")
        for event in events:
            event |= {"type": "MESSAGE_MUTATION", "action": "edit", "content": self.original(message)}
        self.finds("lost", message, "deleted")

    def test_a_deletion_that_shows_the_text(self):
        message, events = self.changed("delete")
        events[0]["content"] = "text"
        self.finds("mutation", message)

    def room_events(self, *states):
        return [event for event in self.audits if event["type"] == "ROOM_MESSAGE" and event["senderId"] != event["user"]
                and event["user"] != "guest" and event["state"] in states]

    def test_a_position_in_a_room_that_is_lost(self):
        for state in ("delivered", "read"):
            self.setUp()
            for event in self.room_events(state):
                event["state"] = {"delivered": "sent", "read": "delivered"}[state]
            self.finds("state_back", "in the end")

    def test_a_position_in_a_room_that_goes_back_on_a_connection(self):
        confirmed = next(line for line in self.lines if line["ev"] == "confirmed" and line.get("state") == "read"
                         and any(event["messageId"] == line["messageId"] for event in self.room_events("read")))
        self.lines.insert(self.lines.index(confirmed) + 1, confirmed | {"state": "sent"})
        self.finds("state_back", "is sent")

    def test_a_room_message_that_is_delivered_or_read_before_its_time(self):
        first = next(line for line in self.lines if line["ev"] == "event" and line["type"] == "ROOM_MESSAGE" and line["user"] == "r1")
        for state, word in (("delivered", "before it confirmed it"), ("read", "never said so")):
            first["state"] = state
            self.finds("delivered", first["messageId"], word)

    def test_counts_of_a_room_beyond_what_was_said(self):
        first = next(line for line in self.lines if line["ev"] == "room_counts")
        first |= {"delivered": first["total"] + 3, "total": first["total"] + 3}
        self.finds("delivered", first["messageId"], "had said so")

    def test_counts_of_a_room_that_go_back(self):
        last = [line for line in self.lines if line["ev"] == "room_counts"][-1]
        place = self.lines.index(last) + 1
        self.lines[place:place] = [last | {"delivered": count, "read": 0, "total": last["total"] + 9} for count in (9, 0)]
        self.finds("state_back", "was told")

    def test_a_cumulative_confirmation_that_is_lost(self):
        for event in self.audits:
            if event["type"] == "MESSAGE_RECEIVE" and event["state"] == "delivered":
                event["state"] = "sent"
        self.finds("state_back", "sent only")

    def test_a_member_that_gets_nothing_more_of_a_room(self):
        events = self.of("event", user="r1", roomId="room0", type={"ROOM_MESSAGE", "MESSAGE_MUTATION"})
        places = sorted({event["chatSeq"] for event in events})
        self.hide([event for event in events if event["chatSeq"] > places[len(places) // 2]])
        self.finds("missing", "r1 has nothing of", "room:room0")

    def test_a_direct_message_that_its_recipient_never_sees(self):
        last = max(event["chatSeq"] for event in self.of("event", user="r1", chatId="dm:r1:w0"))
        self.hide(self.of("event", user="r1", chatId="dm:r1:w0", chatSeq=last))
        self.finds("missing", "r1 has nothing of 1", "dm:r1:w0")

    def test_a_guest_that_is_not_shown_what_it_may_see(self):
        events = [event for event in self.audits if event["user"] == "guest" and event["type"] == "ROOM_MESSAGE"]
        self.hide([event for event in self.of("event", user="guest") if event.get("messageId") == events[-1]["messageId"]])
        self.finds("missing", "guest has nothing of 1")

    def hide(self, events):
        """They are told as having nothing to show."""
        messages = {event["messageId"] for event in events}
        user = events[0]["user"]
        for event in events:
            skip = {"ev": "skip", "fromSeq": event["seq"], "isReplay": event.get("isReplay", False)}
            skip |= {name: event[name] for name in ("t", "user", "dev", "conn", "seq")}
            event.clear()
            event.update(skip)
        self.lines = [line for line in self.lines if line["ev"] not in ("confirm", "read", "confirmed") or line["user"] != user
                      or line.get("messageId") not in messages]

    def test_a_direct_message_for_a_third(self):
        event = self.of("event", user="r1", type="MESSAGE_RECEIVE", recipientId="r1")[0]
        other = self.of("event", user="r0", type="ROOM_MESSAGE")[-1]
        self.insert_after(other, event | {name: other[name] for name in ("user", "dev", "conn", "seq")})
        self.finds("audience", "r0 is shown", event["messageId"])

    def test_a_send_that_is_refused_for_good(self):
        ack = next(ack for ack in self.of("ack") if ack["user"] != "guest")
        for code, retryable, words in (("FORBIDDEN", False, "was acknowledged"), ("PERSISTENCE_ERROR", False, "retryable False")):
            self.setUp()
            self.insert_after(next(line for line in self.lines if line == ack), ack | {"ev": "nack", "code": code, "retryable": retryable})
            self.finds("refused", ack["key"], words)

    def test_what_became_of_sends(self):
        for change, words in ((lambda status: None, "is not stored"), (lambda status: status | {"seq": status["seq"] + 1}, "is told that"),
                              (lambda status: status | {"messageId": "0"}, "is told that")):
            self.setUp()
            series = next(line for line in self.of("series") if any((line.get("pendingStatus") or {}).values()))
            key = next(key for key, status in series["pendingStatus"].items() if status)
            series["pendingStatus"][key] = change(series["pendingStatus"][key])
            self.finds("pending", key, words)
        self.setUp()
        self.lines[self.lines.index(next(line for line in self.of("series") if line.get("pendingStatus")))].pop("pendingStatus")
        self.finds("pending", "is told of None")

    def test_a_state_that_goes_back_on_a_connection(self):
        read = self.of("state", state="read")[0]
        self.insert_after(read, read | {"state": "delivered"})
        self.finds("state_back", read["messageId"], "on this connection")

    def test_a_message_that_is_delivered_before_it_is_confirmed(self):
        first = self.of("event", user="r1", type="MESSAGE_RECEIVE", recipientId="r1")[0]
        first["state"] = "delivered"
        self.finds("delivered", first["messageId"], "before r1 confirmed it")

    def test_a_read_position_that_goes_back_on_another_connection(self):
        told = next(line for line in self.of("read_state") if line["readChatSeq"] > 1 and len(self.of("open", user=line["user"])) > 1)
        later = [line for line in self.lines[self.lines.index(told):] if line["ev"] == "hello" and line["user"] == told["user"]]
        opened = {line["conn"] for line in self.lines[self.lines.index(told):] if line["ev"] == "open"}
        hello = next(line for line in later if line["conn"] in opened)
        self.insert_after(hello, told | {"conn": hello["conn"], "dev": hello["dev"], "readChatSeq": 1})
        self.finds("read_back", told["user"], "then 1")

    def test_chats_that_are_not_told_or_told_wrong(self):
        for change in (lambda line: line.update(ev="other"), lambda line: line.update(headChatSeq=0)):
            self.setUp()
            line = self.of("conversation", user="r1")[0]
            change(line)
            self.finds("conversation", "r1", line["chatId"])

    def test_errors_and_closes_of_a_server_that_is_broken(self):
        ack = self.of("ack")[0]
        self.insert_after(ack, {name: ack[name] for name in ("t", "user", "dev", "conn")}
                          | {"ev": "error", "frame": {"type": "ERROR", "code": "INTERNAL_ERROR"}})
        self.finds("error", "INTERNAL_ERROR")
        self.of("end")[0]["code"] = 1011
        self.finds("close", "1011")

    def test_a_replay_that_ends_before_live_delivery_begins(self):
        series = self.of("series", dev="r1.0")[-1]
        next(line for line in self.of("complete", conn=series["conn"]) if line["complete"])["upTo"] += 1
        self.finds("seam", f"connection {series['conn']}")

    def test_a_device_or_a_send_that_is_left_behind(self):
        audited = self.of("audited", user="w0")[0]
        audited["cursors"]["w0.0"] -= 1
        self.finds("stalled", "w0.0 is at")
        audited["pending"]["w0.1"] = ["w0.1-7"]
        self.finds("stalled", "w0.1 has no answer")

    def test_a_log_that_is_another(self):
        self.of("hello")[-1]["epoch"] = "another"
        self.finds("epoch", "another")


class Trimmed(Recorded):
    OPTIONS = ("--cycles", "14", "--only", "cut,kill,stall", "--trim", "yes")

    def test_a_gap_that_is_told_too_large(self):
        for series in self.of("series", mode="partial"):
            later = self.lines[self.lines.index(series):]
            opened = {line["conn"] for line in later if line["ev"] == "open" and line["user"] == series["user"]}
            floors = [line["floor"] for line in later if line["ev"] == "hello" and line["conn"] in opened]
            if floors:
                series["gaps"][0]["to"] = floors[0]
                return self.finds("gap", "was told to be gone")
        raise AssertionError("no gap in this record")

    def test_a_room_message_for_a_stranger(self):
        last = self.of("hello", user="stranger")[0]
        event = self.of("event", user="r1", type="ROOM_MESSAGE")[0]
        self.insert_after(last, event | {name: last[name] for name in ("user", "dev", "conn")} | {"seq": 1})
        self.finds("audience", "stranger was never in")


if __name__ == "__main__":
    if not SHIM:
        sys.exit(77)
    unittest.main(warnings="ignore")
