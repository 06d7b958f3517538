"""What is answered beside acknowledgements: refusals, errors, closes, and what became of sends on coming back."""

# What these users may be told by ERROR and MESSAGE_ERROR, whatever goes wrong around the server. FORBIDDEN: to remove who is
# no member. MESSAGE_NOT_FOUND: a receipt for what was deleted, or of a room that the guest has left.
ERRORS = ("PERSISTENCE_ERROR", "SERVER_BUSY", "MESSAGE_NOT_FOUND", "INVALID_TRANSITION", "FORBIDDEN")
# None: without a close frame. 503: an answer to the upgrade.
CLOSES = (None, 1000, 1001, 1013, 503)
RETRYABLE = ("PERSISTENCE_ERROR", "SERVER_BUSY")


class Answers:
    """`fail` is called with a rule's name and a text. Guests are removed from rooms; nobody else may be refused for good."""

    def __init__(self, fail):
        self.fail, self.guests, self.removals = fail, (), set()
        self.accepted = {}  # (user, key) -> (messageId, seq, chatSeq, chatId)
        self.asked, self.head = {}, {}  # connection -> keys; -> head at HELLO_ACK
        self.told = []  # (user, key, PendingStatus or None, head)

    def acknowledged(self, identity, fact):
        self.accepted.setdefault(identity, fact)

    def removed(self, line):
        self.removals.add(line["roomId"])

    def refused(self, line, room):
        """`room`: where the message was to go, None for a direct one."""
        user, key, code = line["user"], line["key"], line["code"]
        if line["retryable"] != (code in RETRYABLE):
            self.fail("refused", f"{user} {key}: {code} with retryable {line['retryable']}")
        accepted = self.accepted.get((user, key))
        # A guest is outside at first, and after a removal; a removal that was asked for may have come at any later time.
        outside = user in self.guests and room is not None and code == "NOT_FOUND" and (accepted is None or room in self.removals)
        if code not in RETRYABLE and not outside:
            self.fail("refused", f"{user} {key} is refused for good, {code}" + (f", and was acknowledged as {accepted}" if accepted else ""))

    def error(self, line):
        if line["frame"]["code"] not in ERRORS:
            self.fail("error", f"{line['dev']} is told {line['frame']}")

    def end(self, line):
        if line["code"] not in CLOSES:
            self.fail("close", f"{line['dev']}: connection {line['conn']} is closed with {line['code']}")

    def asks(self, line):
        if "pending" in line:
            self.asked[line["conn"]] = line["pending"]

    def hello(self, line):
        self.head[line["conn"]] = line["head"]

    def series(self, line):
        asked, told = self.asked.pop(line["conn"], None), line.get("pendingStatus")
        if (told is None) != (asked is None) or set(told or ()) != set(asked or ()):
            return self.fail("pending", f"{line['user']} asked for {asked} and is told of {told}")
        self.told += [(line["user"], key, status, self.head[line["conn"]]) for key, status in (told or {}).items()]

    def finish(self, final, floors):
        """final: user -> seq -> event."""
        stored = dict(self.accepted)
        for user, log in final.items():
            for seq, line in log.items():
                if line.get("senderId") == user and "clientMessageId" in line:
                    stored.setdefault((user, line["clientMessageId"]), (line["messageId"], seq, line["chatSeq"], line["chatId"]))
        for user, key, status, head in self.told:
            known = stored.get((user, key))
            if status is None:
                if known and known[1] <= head:
                    self.fail("pending", f"{user} is told that {key} is not stored; it is {known}, and the head was {head}")
                continue
            told = (status["messageId"], status["seq"], status["chatSeq"], status["chatId"])
            if known and known != told:
                self.fail("pending", f"{user} is told that {key} is {told}, and it is {known}")
            if status["seq"] > head:
                self.fail("pending", f"{user} is told that {key} is {told}, and the head was {head}")
            if status["chatId"].startswith("room:") and status["state"] != "sent":
                self.fail("pending", f"{user} is told that its own {key} in {status['chatId']} is {status['state']}")
            there = final[user].get(status["seq"], {}).get("messageId") == status["messageId"]
            if not there and user not in self.guests and status["seq"] >= floors.get(user, 1):
                self.fail("lost", f"{user} was told that {key} is {told}, and it is not there")
