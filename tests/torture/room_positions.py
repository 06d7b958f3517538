"""Receipts in rooms: positions of members, which only go forward and never beyond what the member confirmed."""
import bisect
import collections


class Highest:
    """The highest number told up to each line."""

    def __init__(self):
        self.lines, self.numbers = [], []

    def add(self, line, number):
        if not self.numbers or number > self.numbers[-1]:
            self.lines.append(line)
            self.numbers.append(number)

    def before(self, line):
        at = bisect.bisect_left(self.lines, line)
        return self.numbers[at - 1] if at else 0


class RoomPositions:
    """Fed with what happened in the order of the record; judged at the end, when the place of every message is known.
    `guests` leave and come back, which ends their positions: of them only what comes too early is judged."""

    def __init__(self, fail, guests=("guest",)):
        self.fail, self.guests = fail, guests
        self.confirms, self.reads = [], []  # (line, user, messageId or None, upTo)
        self.seen = []  # (line, user, connection, messageId, state, at the end)
        self.counts = []  # (line, author, connection, messageId, delivered, read, total)

    def finish(self, place_of, seq_of, final_log, floors):
        """place_of: messageId -> (chat, chatSeq); seq_of: (user, messageId) -> seq; final_log: user -> seq -> event."""
        self.place_of, self.seq_of = place_of, seq_of
        self.delivered, self.read, self.up_to = (collections.defaultdict(Highest) for _ in range(3))
        for line, user, message, up_to in self.confirms:
            if message is None:
                self.up_to[user].add(line, up_to)
            elif message in place_of:
                self.delivered[user, place_of[message][0]].add(line, place_of[message][1])
        for line, user, message in self.reads:
            if message in place_of:
                self.read[user, place_of[message][0]].add(line, place_of[message][1])
        reached = self.check_members()
        self.check_end(reached, final_log, floors)
        self.check_counts({user for user, _ in seq_of})

    def has_confirmed(self, user, message, line):
        chat, chat_seq = self.place_of[message]
        by_log = self.up_to[user].before(line) >= self.seq_of.get((user, message), 1)  # 1: its place is not known
        return by_log or self.delivered[user, chat].before(line) >= chat_seq

    def has_read(self, user, message, line):
        chat, chat_seq = self.place_of[message]
        return self.read[user, chat].before(line) >= chat_seq

    def check_members(self):
        """(user, chat) -> [delivered, read]: what the member was told of its own positions."""
        reached, on_connection = collections.defaultdict(lambda: [0, 0]), collections.defaultdict(lambda: [0, 0])
        for line, user, connection, message, state, at_end in self.seen:
            if message not in self.place_of or not self.place_of[message][0].startswith("room:"):
                continue
            chat, chat_seq = self.place_of[message]
            if state != "sent" and not self.has_confirmed(user, message, line):
                self.fail("delivered", f"{user} is told that {message} in {chat} is {state} before it confirmed it")
            if state == "read" and not self.has_read(user, message, line):
                self.fail("delivered", f"{user} is told that {message} in {chat} is read and never said so")
            if user in self.guests:
                continue
            rank = ("sent", "delivered", "read").index(state)
            for which in (0, 1):
                if chat_seq <= on_connection[connection, chat][which] and rank <= which:
                    self.fail("state_back", f"{user} had {('delivered', 'read')[which]} of {chat} up to "
                              f"{on_connection[connection, chat][which]}, and {chat_seq} is {state}")
                elif rank > which:
                    on_connection[connection, chat][which] = max(on_connection[connection, chat][which], chat_seq)
                    reached[user, chat][which] = max(reached[user, chat][which], chat_seq)
        return reached

    def check_end(self, reached, final_log, floors):
        for user, log in final_log.items():
            if user in self.guests:
                continue
            for seq, event in log.items():
                if event["type"] != "ROOM_MESSAGE" or event["senderId"] == user or seq < floors.get(user, 1):
                    continue
                rank = ("sent", "delivered", "read").index(event["state"])
                for which in (0, 1):
                    if event["chatSeq"] <= reached[user, event["chatId"]][which] and rank <= which:
                        self.fail("state_back", f"{user} had {('delivered', 'read')[which]} of {event['chatId']} up to "
                                  f"{reached[user, event['chatId']][which]}, and {event['chatSeq']} is {event['state']} in the end")

    def check_counts(self, users):
        """What authors are told: counts no larger than the members that had said so, and going back at most by a guest who left."""
        last = {}
        for line, author, connection, message, delivered, read, total in self.counts:
            if message not in self.place_of:
                continue
            others = [user for user in users if user != author]
            confirmed = sum(self.has_confirmed(user, message, line) for user in others)
            have_read = sum(self.has_read(user, message, line) for user in others)
            if delivered > confirmed or read > have_read:
                self.fail("delivered", f"{author} is told that {delivered} have and {read} have read {message}; {confirmed} and "
                          f"{have_read} had said so")
            if not read <= delivered <= total:
                self.fail("delivered", f"{author} is told of {read} who have read, {delivered} who have, {total} who should have {message}")
            before = last.get((connection, message), (0, 0))
            if delivered < before[0] - len(self.guests) or read < before[1] - len(self.guests):
                self.fail("state_back", f"{author} was told {before} of {message}, and now {(delivered, read)}")
            last[connection, message] = (delivered, read)
