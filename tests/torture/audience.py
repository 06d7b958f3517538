"""Who is shown what of the chats: nobody who may not, and everybody who must."""
import collections

SHOWS_MESSAGE = ("MESSAGE_RECEIVE", "ROOM_MESSAGE")
OWN_COMING = {"ROOM_MEMBER_JOINED": True, "ROOM_MEMBER_LEFT": False}


class Audience:
    """`fail` is called with a rule's name and a text. Members are in all rooms from the beginning to the end, guests come and
    go, anybody else is never let in."""

    def __init__(self, fail):
        self.fail, self.rooms, self.members, self.guests = fail, [], [], []

    def begin(self, line):
        self.rooms, self.members, self.guests = line["rooms"], line["members"], line["guests"]

    def check(self, logs, unseen, final, floors, acknowledged):
        """logs, final: user -> seq -> event, of the whole run and at its end; unseen: user -> seqs that were told as having
        nothing to show; acknowledged: chat -> messageIds."""
        for user, log in logs.items():
            if user in self.guests:
                self.check_guest(user, log, unseen[user])
            elif user not in self.members:
                for seq, line in log.items():
                    if "roomId" in line:
                        self.fail("audience", f"{user} was never in {line['roomId']} and is shown {line['type']} at {seq}")
        for user in self.guests:
            self.check_guest_in_the_end(user, final.get(user, {}))
        self.check_missing(final, floors, acknowledged)

    def people_of(self, chat):
        """Without guests."""
        kind, *users = chat.split(":")
        return users if kind == "dm" else self.members

    @staticmethod
    def own_coming(user, line):
        """True: came, False: went, None: neither."""
        return OWN_COMING.get(line["type"]) if line.get("userId") == user else None

    def check_guest(self, user, log, unseen):
        """Nothing of a room while it is outside. What is not known of its log may have let it in."""
        outside, last = set(self.rooms), 0
        for seq in sorted(log):
            line, room = log[seq], log[seq].get("roomId")
            if not all(between in unseen for between in range(last + 1, seq)):
                outside.clear()
            last, coming = seq, self.own_coming(user, line)
            if coming is not None:
                outside.discard(room) if coming else outside.add(room)
            elif room in outside:
                self.fail("audience", f"{user} is no member of {room} and is shown {line['type']} {line.get('messageId', '')} at {seq}")

    def check_guest_in_the_end(self, user, log):
        """A replay shows nothing of a room that it has left, nor from before it came last."""
        last = {}
        for seq in sorted(log):
            if (coming := self.own_coming(user, log[seq])) is not None:
                last[log[seq]["roomId"]] = (seq, coming)
        for seq, line in log.items():
            since, inside = last.get(line.get("roomId"), (0, True))
            if self.own_coming(user, line) is None and (seq < since or not inside):
                self.fail("audience", f"{user} is shown {line['type']} of {line['roomId']} at {seq} in the end, and it "
                          + ("came" if inside else "left") + f" at {since}")

    def check_missing(self, final, floors, acknowledged):
        """A message in a chat is in the logs of all its people, as far as these go back."""
        seen, shown = collections.defaultdict(set), collections.defaultdict(set)
        for user, log in final.items():
            for line in log.values():
                if "messageId" in line:
                    seen[user].add(line["messageId"])
                    shown[line["chatId"]].add(line["messageId"])
        for chat, messages in acknowledged.items():
            shown[chat] |= messages
        for chat, messages in shown.items():
            for user in self.people_of(chat):
                self.must_have(user, chat, messages - seen[user], self.oldest(final[user], floors.get(user, 1)))
        for user in self.guests:
            for room in self.rooms:
                messages = self.since_it_came(user, room, final) - seen[user]
                self.must_have(user, room, messages, self.oldest(final[user], floors.get(user, 1)))

    def must_have(self, user, chat, missing, oldest):
        if missing := sorted(message for message in missing if message > oldest):
            self.fail("missing", f"{user} has nothing of {len(missing)} messages in {chat}, the first of which is {missing[0]}")

    @staticmethod
    def oldest(log, floor):
        """The message from which on the log is whole: ids ascend in the order of commits."""
        if floor <= 1:
            return ""
        return min((line["messageId"] for line in log.values() if line["type"] in SHOWS_MESSAGE), default="~")

    def since_it_came(self, guest, room, final):
        """What the first member who knows was shown of the room after the guest came, if it is there still."""
        for member in self.members:
            inside, messages = None, set()
            for _, line in sorted(final[member].items()):
                if line.get("roomId") == room and (coming := self.own_coming(guest, line)) is not None:
                    inside, messages = coming, set()
                elif line.get("roomId") == room and line["type"] in SHOWS_MESSAGE:
                    messages.add(line["messageId"])
            if inside is not None:
                return messages if inside else set()
        return set()
