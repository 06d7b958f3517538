"""States of direct messages: only forward, and none without the recipient's confirmation before it."""
import collections

RANK = {"sent": 0, "delivered": 1, "read": 2}


class DirectStates:
    """Fed with what happened in the order of the record; judged at the end, when the place of every message is known."""

    def __init__(self, fail):
        self.fail = fail
        self.recipients = {}  # messageId -> user
        self.confirms = collections.defaultdict(list)  # user -> (line, messageId or None, upTo)
        self.reads = collections.defaultdict(set)  # user -> messageIds that it said to have read
        self.on_connection = {}  # (connection, messageId) -> rank of the state told last
        self.told = []  # (line, messageId, state, who was told, at the end)
        self.told_up_to = collections.Counter()  # user -> confirmed by a reply

    def add(self, number, line, message, at_end=False):
        self.told.append((number, message, line["state"], line["user"], at_end))
        rank, place = RANK[line["state"]], (line["conn"], message)
        if rank < self.on_connection.get(place, 0):
            self.fail("state_back", f"{line['user']} was told a higher state of {message} on this connection, and now {line['state']}")
        self.on_connection[place] = rank

    def finish(self, seq_of):
        """seq_of: (user, messageId) -> seq."""
        self.seq_of, self.first = seq_of, {}
        for user, confirms in self.confirms.items():
            highest = []
            for number, message, up_to in confirms:
                if message is not None:
                    self.first.setdefault((user, message), number)
                elif not highest or up_to > highest[-1][1]:
                    highest.append((number, up_to))
            self.confirms[user] = highest
        reached, final = {}, {}
        for number, message, state, user, at_end in self.told:
            recipient = self.recipients.get(message)
            if recipient is None:
                continue  # a room's; its positions are per member
            if state != "sent" and not self.confirmed_before(recipient, message, number):
                self.fail("delivered", f"{user} is told that {message} is {state} before {recipient} confirmed it")
            if state == "read" and message not in self.reads[recipient]:
                self.fail("delivered", f"{user} is told that {message} is read and {recipient} never said so")
            reached[message] = max(reached.get(message, 0), RANK[state])
            if at_end:
                final[message] = max(final.get(message, 0), RANK[state])
            if at_end and state == "sent" and seq_of.get((recipient, message), self.told_up_to[recipient] + 1) <= self.told_up_to[recipient]:
                self.fail("state_back", f"{recipient} was told that it has all up to {self.told_up_to[recipient]}, and {message} is sent only")
        for message, rank in final.items():
            if rank < reached[message]:
                self.fail("state_back", f"{message} was in state {reached[message]} and is in {rank}")

    def confirmed_before(self, recipient, message, number):
        if self.first.get((recipient, message), number) < number:
            return True
        seq = self.seq_of.get((recipient, message))
        return any(at < number and (seq is None or up_to >= seq) for at, up_to in self.confirms[recipient])
