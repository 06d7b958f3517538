#!/usr/bin/env python3
"""Reads what a run recorded and says which promises of README were broken.

Usage: checker.py RECORD. Exit 0: none; 1: some, listed; 2: the record is not complete.
"""
import collections
import sys

from answers import Answers
from audience import SHOWS_MESSAGE, Audience
from direct_states import DirectStates
from mutations import Mutations
from record import read
from room_positions import RoomPositions
from stream import Stream

SHOWN_MAX = 40


class Checker:
    def __init__(self):
        self.violations, self.counts = [], collections.Counter()
        self.streams, self.entries, self.messages = {}, {}, {}
        self.places, self.logs = {}, collections.defaultdict(dict)
        self.sends, self.acks, self.final = {}, {}, collections.defaultdict(dict)
        self.told_reads = collections.defaultdict(dict)
        self.read_seen, self.conversations = {}, {}
        self.epochs, self.audit_conns, self.audited = set(), {}, {}
        self.expected, self.trimming, self.number = {}, False, 0
        self.send_order, self.ack_order = collections.defaultdict(list), collections.defaultdict(list)
        self.final_floor, self.final_state, self.ended = {}, {}, False
        self.final_skips = collections.defaultdict(list)  # user -> (first, last)
        self.unseen = collections.defaultdict(set)  # user -> seqs of entries that had nothing to show
        self.gone = collections.Counter()  # user -> end of the last gap it was told of
        self.mutations, self.room_positions = Mutations(self.fail), RoomPositions(self.fail)
        self.states = DirectStates(self.fail)
        self.audience, self.answers = Audience(self.fail), Answers(self.fail)

    def fail(self, rule, text):
        self.counts[rule] += 1
        if self.counts[rule] <= SHOWN_MAX:
            self.violations.append((rule, f"line {self.number}: {text}"))

    def feed(self, line):
        self.number += 1
        handler = getattr(self, "on_" + line["ev"], None)
        if handler:
            handler(line)

    def stream(self, line):
        conn = line["conn"]
        if conn not in self.streams:
            self.streams[conn] = Stream(conn, self.trimming, self.fail)
        return self.streams[conn]

    # ---- what happened ----
    def on_begin(self, line):
        self.trimming = line["trimming"]

    def on_broken(self, line):
        self.fail("server", line["text"])

    def on_finished(self, _):
        self.ended = True

    def on_rooms(self, line):
        self.audience.begin(line)
        self.answers.guests = line["guests"]

    def on_open(self, line):
        """Whatever the server says on this connection it says after what was recorded until now."""
        self.stream(line).gone = self.gone[line["user"]]
        for (user, chat), chat_seq in self.expected.items():
            if user == line["user"]:
                self.read_seen[line["conn"], chat] = chat_seq

    def on_remove(self, line):
        self.answers.removed(line)

    def on_hello(self, line):
        self.stream(line).hello(line)
        self.answers.hello(line)
        self.epochs.add(line["epoch"])
        if len(self.epochs) > 1:
            self.fail("epoch", f"the log has another name: {self.epochs}")
        if line["dev"].endswith(".audit"):
            self.audit_conns[line["conn"]] = line["user"]
            self.final_floor[line["user"]] = line["floor"]

    def on_resume(self, line):
        self.stream(line).resume(line)
        self.answers.asks(line)

    def on_series(self, line):
        self.answers.series(line)
        for status in (line.get("pendingStatus") or {}).values():
            if status is not None:
                self.states.add(self.number, line | status, status["messageId"])
        for gap in line.get("gaps", ()):
            self.mutations.forget(line["dev"])
            self.gone[line["user"]] = max(self.gone[line["user"]], gap["to"])
        self.stream(line).begin(line)

    def on_complete(self, line):
        self.stream(line).complete(line)

    def on_skip(self, line):
        if line["conn"] in self.audit_conns:
            self.final_skips[line["user"]].append((line["fromSeq"], line["seq"]))
        self.unseen[line["user"]].update(range(line["fromSeq"], line["seq"] + 1))
        self.stream(line).place(line["fromSeq"], line["seq"], line["isReplay"])

    def on_send(self, line):
        identity = (line["user"], line["key"])
        chat = line.get("roomId") or line.get("recipientId")
        self.sends.setdefault(identity, {"content": line["content"], "chat": chat, "room": "roomId" in line})
        self.send_order[line["conn"]].append(line["key"])

    def on_ack(self, line):
        identity = (line["user"], line["key"])
        fact = (line["messageId"], line["seq"], line["chatSeq"], line["chatId"])
        if identity not in self.sends:
            self.fail("phantom", f"{identity} was acknowledged and never sent")
        if self.acks.setdefault(identity, fact) != fact:
            self.fail("once", f"{identity} was acknowledged as {self.acks[identity]} and as {fact}")
        self.answers.acknowledged(identity, fact)
        self.mutations.acknowledged(line, self.sends.get(identity, {}).get("content"))
        self.ack_order[line["conn"]].append((line["key"], fact, line.get("duplicate", False)))
        self.note_place(line["chatId"], line["chatSeq"], line["messageId"])
        if not line.get("duplicate"):
            self.stream(line).stands_for(line["seq"])

    def on_error(self, line):
        self.answers.error(line)

    def on_end(self, line):
        self.answers.end(line)

    def on_nack(self, line):
        if line["code"] == "CLIENT_ID_CONFLICT":
            self.fail("once", f"{line['user']} {line['key']}: another content was stored under this id")
        sent = self.sends.get((line["user"], line["key"]), {})
        self.answers.refused(line, sent.get("chat") if sent.get("room") else None)

    def note_place(self, chat, chat_seq, message):
        if self.places.setdefault((chat, chat_seq), message) != message:
            self.fail("place", f"{chat} {chat_seq} names {self.places[(chat, chat_seq)]} and {message}")

    def on_event(self, line):
        user, seq, replay = line["user"], line["seq"], line.get("isReplay", False)
        self.stream(line).place(seq, seq, replay)
        identity = line.get("messageId") or (line["type"], line.get("roomId"), line.get("userId"), line.get("reason"), line["timestamp"])
        known = self.logs[user].setdefault(seq, (identity, line))
        if known[0] != identity or not self.may_become(known[1], line):
            self.fail("place", f"{user} {seq} names {known[1]['type']} {known[0]} and {line['type']} {identity}")
        if line["conn"] in self.audit_conns:
            self.final[user][seq] = line
        if line["type"] in SHOWS_MESSAGE:
            self.on_message(line)
        if "messageId" in line:
            self.note_place(line["chatId"], line["chatSeq"], line["messageId"])
            self.mutations.see(line, line["conn"] in self.audit_conns)

    @staticmethod
    def may_become(before, now):
        """A message that was deleted, and an edit of it, are shown as its deletion from then on."""
        return before["type"] == now["type"] or "MESSAGE_MUTATION" in (before["type"], now["type"])

    def on_message(self, line):
        user, message, sender = line["user"], line["messageId"], line["senderId"]
        if line["type"] == "MESSAGE_RECEIVE" and user not in (sender, line["recipientId"]):
            self.fail("audience", f"{user} is shown {message} of {sender} to {line['recipientId']}")
        fact = (sender, line["content"].split(" ")[0], line["chatId"], line["chatSeq"])
        if self.messages.setdefault(message, fact) != fact:
            self.fail("place", f"{message} is {self.messages[message]} and {fact}")
        key = line["content"].split(" ")[0].partition("/")[2]
        sent = self.sends.get((sender, key))
        if sent is None or sent["content"] != line["content"] and not line.get("edited"):
            self.fail("phantom", f"{message} says {line['content'][:60]!r}, which {sender} never sent")
        elif sent["chat"] != (line["roomId"] if sent["room"] else line.get("recipientId")):
            self.fail("audience", f"{message} was sent to {sent['chat']} and is shown in {line['chatId']}")
        if sender == user and line.get("clientMessageId") != key:
            self.fail("phantom", f"{message} has client id {line.get('clientMessageId')} instead of {key}")
        at_end = line["conn"] in self.audit_conns
        if line["type"] == "MESSAGE_RECEIVE":
            self.states.recipients[message] = line["recipientId"]
            self.states.add(self.number, line, message, at_end)
        elif sender != user:
            self.room_positions.seen.append((self.number, user, line["conn"], message, line["state"], at_end))

    def on_confirm(self, line):
        self.states.confirms[line["user"]].append((self.number, line.get("messageId"), line.get("upTo")))
        self.room_positions.confirms.append((self.number, line["user"], line.get("messageId"), line.get("upTo")))

    def on_read(self, line):
        self.states.reads[line["user"]].add(line["messageId"])
        self.room_positions.reads.append((self.number, line["user"], line["messageId"]))

    def on_mutate(self, line):
        self.mutations.asked(self.number, line)

    def on_mutated(self, line):
        self.mutations.replied(self.number, line)

    def on_room_counts(self, line):
        self.room_positions.counts.append((self.number, line["user"], line["conn"], line["messageId"], line["delivered"], line["read"],
                                           line["total"]))

    def on_confirmed(self, line):
        if "messageId" in line:
            if line["messageId"] in self.states.recipients:
                self.states.add(self.number, line, line["messageId"])
            self.room_positions.seen.append((self.number, line["user"], line["conn"], line["messageId"], line["state"], False))
            if line["state"] == "read":
                self.told_reads[line["user"]][line["messageId"]] = True
        else:
            self.states.told_up_to[line["user"]] = max(self.states.told_up_to[line["user"]], line["upTo"])

    def on_state(self, line):
        self.states.add(self.number, line, line["messageId"])

    def on_read_state(self, line):
        place = (line["conn"], line["chatId"])
        if line["readChatSeq"] < self.read_seen.get(place, 0):
            self.fail("read_back", f"{line['user']} has read {line['chatId']} up to {self.read_seen[place]}, then {line['readChatSeq']}")
        self.read_seen[place] = line["readChatSeq"]
        chat = (line["user"], line["chatId"])
        self.expected[chat] = max(self.expected.get(chat, 0), line["readChatSeq"])

    def on_conversation(self, line):
        self.conversations[line["user"], line["chatId"]] = (line["readChatSeq"], line["headChatSeq"])

    def on_audited(self, line):
        self.audited[line["user"]] = line["head"]
        for device, cursor in line["cursors"].items():
            if cursor != line["head"]:
                self.fail("stalled", f"{device} is at {cursor} of {line['head']} long after all was healed")
        for device, pending in line["pending"].items():
            if pending:
                self.fail("stalled", f"{device} has no answer to {pending[:5]} long after all was healed")

    # ---- what must hold at the end ----
    def finish(self):
        if not self.ended and not self.counts["server"]:
            self.fail("server", "the record is not complete")
        if not self.ended:
            return
        self.check_acknowledged()
        self.check_once()
        self.check_logs()
        self.check_order()
        self.states.finish(self.places_in_logs())
        self.check_reads()
        self.check_conversations()
        self.mutations.finish()
        self.answers.finish(self.final, self.final_floor)
        acknowledged = collections.defaultdict(set)
        for message, _, _, chat in self.acks.values():
            acknowledged[chat].add(message)
        logs = {user: {seq: line for seq, (_, line) in log.items()} for user, log in self.logs.items()}
        self.audience.check(logs, self.unseen, self.final, self.final_floor, acknowledged)
        self.room_positions.finish({message: (chat, chat_seq) for message, (_, _, chat, chat_seq) in self.messages.items()},
                                   self.places_in_logs(), self.final, self.final_floor)

    def places_in_logs(self):
        """(user, messageId) -> seq of the message's own entry, where that is known."""
        places = {}
        for user, log in self.logs.items():
            for seq in sorted(log):
                line = log[seq][1]
                if line["type"] in SHOWS_MESSAGE or line["type"] == "MESSAGE_MUTATION" and not self.trimming:
                    places.setdefault((user, line["messageId"]), seq)
        return places

    def check_acknowledged(self):
        """P1, and that nothing was shown before it was durable."""
        places = {line["messageId"]: line["chatSeq"] for log in self.final.values() for line in log.values() if "chatSeq" in line}
        for (user, key), (message, seq, chat_seq, _) in self.acks.items():
            entry = self.final[user].get(seq, {})
            found = entry.get("messageId") == message or self.may_be_hidden(user, message, places)
            if seq >= self.final_floor.get(user, 1) and not (found and places.get(message, chat_seq) == chat_seq):
                self.fail("lost", f"{user} {key} was acknowledged as {message}, seq {seq}, and is not there")
        for user, log in self.logs.items():
            for seq, (identity, line) in log.items():
                there = (seq in self.final[user] or "messageId" not in line or self.may_be_hidden(user, line["messageId"], places)
                         or line["type"] == "MESSAGE_MUTATION" and self.is_folded(user, seq, line))
                if seq >= self.final_floor.get(user, 1) and not there:
                    self.fail("vanished", f"{user} was shown {identity} at {seq}, and it is not there")

    def may_be_hidden(self, user, message, places):
        """From who is a member no more; then others still see it, as far as their logs go back."""
        return user == "guest" and (message in places or self.trimming)

    def is_folded(self, user, seq, line):
        """The mutation has nothing to show any more: its message, or a later mutation of it, is in the log as it is now, or the
        message was trimmed."""
        skipped = any(first <= seq <= last for first, last in self.final_skips[user])
        return skipped and (self.trimming or any(entry.get("messageId") == line["messageId"] for entry in self.final[user].values()))

    def check_once(self):
        """P5, P6."""
        stored = collections.defaultdict(set)
        for message, (sender, content, chat, _) in self.messages.items():
            stored[sender, content.split(" ")[0], chat].add(message)
        for (sender, key, chat), found in stored.items():
            if len(found) > 1:
                self.fail("once", f"{sender} {key} is stored {len(found)} times in {chat}: {sorted(found)}")

    def check_logs(self):
        """P3."""
        for user, log in self.logs.items():
            last_seq, last_message, newest = 0, "", {}
            skipped = {seq for first, last in self.final_skips[user] for seq in range(first, last + 1)}
            for seq in sorted(log):
                _, line = log[seq]
                unbroken = all(between in skipped for between in range(last_seq + 1, seq))
                if not unbroken and not self.trimming and user != "guest":
                    self.fail("holes", f"log of {user}: {seq} after {last_seq}")
                if line["type"] == "MESSAGE_MUTATION":
                    if line["action"] == "delete" and line["chatSeq"] > newest.get(line["chatId"], 0):
                        self.check_chat(user, line, newest, unbroken)  # it stands in place of its message
                elif line["type"] in SHOWS_MESSAGE:
                    if line["messageId"] <= last_message:
                        self.fail("order", f"log of {user}: {line['messageId']} at {seq} after {last_message}")
                    last_message = line["messageId"]
                    self.check_chat(user, line, newest, unbroken)
                last_seq = seq

    def check_chat(self, user, line, newest, unbroken):
        chat, chat_seq = line["chatId"], line["chatSeq"]
        before = newest.get(chat, 0)
        if chat_seq <= before:
            self.fail("order", f"log of {user}: {chat} {chat_seq} after {before}")
        elif chat_seq != before + 1 and not self.trimming and user != "guest" and unbroken:
            self.fail("holes", f"log of {user}: {chat} {chat_seq} after {before}")
        newest[chat] = chat_seq

    def check_order(self):
        """Replies in request order; one connection's messages in the order in which they were sent."""
        for conn, acks in self.ack_order.items():
            sent, at, newest = self.send_order[conn], 0, {}
            for key, (_, seq, chat_seq, chat), duplicate in acks:
                while at < len(sent) and sent[at] != key:
                    at += 1
                if at == len(sent):
                    self.fail("order", f"connection {conn}: {key} is answered out of turn")
                    break
                at += 1
                if duplicate:
                    continue
                if (seq, chat_seq) <= newest.get(chat, (0, 0)) or chat_seq <= newest.get(chat, (0, 0))[1]:
                    self.fail("order", f"connection {conn}: {key} has place {chat_seq}, before what was sent earlier")
                newest[chat] = (seq, chat_seq)

    def check_reads(self):
        for user, messages in self.told_reads.items():
            for message in messages:
                if message in self.messages:
                    _, _, chat, chat_seq = self.messages[message]
                    self.expected[user, chat] = max(self.expected.get((user, chat), 0), chat_seq)
        for (user, chat), chat_seq in self.expected.items():
            if (user, chat) in self.conversations and self.conversations[user, chat][0] < chat_seq:
                self.fail("read_back", f"{user} has read {chat} up to {chat_seq}, and now {self.conversations[user, chat][0]}")

    def check_conversations(self):
        """Everybody is told of all chats, each with its last place. What was trimmed from all logs may be later still."""
        heads = collections.Counter()
        for chat, chat_seq in self.places:
            heads[chat] = max(heads[chat], chat_seq)
        for chat, head in heads.items():
            for user in self.audience.people_of(chat):
                _, told = self.conversations.get((user, chat), (0, None))
                if told is None or told < head or told > head and not self.trimming:
                    self.fail("conversation", f"{user} is told that {chat} ends at {told}, and it does at {head}")


def check(path):
    checker = Checker()
    for line in read(path):
        checker.feed(line)
    checker.finish()
    return checker


def main():
    checker = check(sys.argv[1])
    for rule, text in checker.violations:
        print(f"{rule}: {text}")
    facts = (f"{len(checker.sends)} sent, {len(checker.acks)} acknowledged, {len(checker.messages)} messages seen, "
             f"{sum(map(len, checker.logs.values()))} entries, {len(checker.states.told)} states, {len(checker.streams)} connections")
    print(f"checker: {facts}; {sum(checker.counts.values())} violations {dict(checker.counts) or ''}".rstrip())
    return 1 if checker.counts else 0


if __name__ == "__main__":
    sys.exit(main())
