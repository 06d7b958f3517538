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


class Records(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with tempfile.NamedTemporaryFile() as record:
            found = run(arguments(["--seed", "1", "--cycles", "14", "--only", "cut,kill,stall", "--trim", "no", "--record", record.name]))
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
        return next(line["content"] for line in self.lines if line["ev"] == "event" and line.get("messageId") == message
                    and line["type"] in ("MESSAGE_RECEIVE", "ROOM_MESSAGE") and not line.get("edited"))

    def test_the_record_itself_is_sound(self):
        self.assertEqual(self.found().violations, [])

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


if __name__ == "__main__":
    if not SHIM:
        sys.exit(77)
    unittest.main(warnings="ignore")
