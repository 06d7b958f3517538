"""Edits and deletions in a record: what was asked, answered and shown, and what everybody must see of it in the end."""
import collections

DELETED = None  # in place of a content
REFUSALS = ("NOT_FOUND", "PERSISTENCE_ERROR", "SERVER_BUSY")


class Mutations:
    """`fail` is called with a rule's name and a text. Users in `apart` come and go, so rooms are not judged from their logs."""

    def __init__(self, fail, apart=("guest",)):
        self.fail, self.apart = fail, apart
        self.original = {}  # messageId -> content as it was sent
        self.sent = collections.defaultdict(dict)  # messageId -> content -> line in which it was asked for
        self.answered = collections.defaultdict(dict)  # messageId -> content -> line of the success
        self.shown = collections.defaultdict(set)  # messageId -> contents that anybody saw
        self.views = collections.defaultdict(dict)  # device -> messageId -> the last content it was told
        self.final = collections.defaultdict(dict)  # messageId -> user -> content
        self.rooms = set()  # messages in rooms

    def acknowledged(self, line, content):
        """The device that sent the message knows it, also without an event."""
        if content is None:
            return
        self.original.setdefault(line["messageId"], content)
        if not line.get("duplicate"):
            self.views[line["dev"]].setdefault(line["messageId"], content)

    def asked(self, number, line):
        self.sent[line["messageId"]].setdefault(line.get("content", DELETED), number)

    def replied(self, number, line):
        message, content = line["messageId"], line.get("content", DELETED)
        if line["success"]:
            self.answered[message].setdefault(content, number)
        elif line["code"] == "NOT_FOUND" and DELETED not in self.sent[message]:
            self.fail("lost", f"{message} was acknowledged to {line['user']}, and now it is NOT_FOUND")
        elif line["code"] not in REFUSALS:
            self.fail("mutation", f"{line['user']} may not change its own {message}: {line['code']}")

    def forget(self, device):
        """Its log was trimmed while it was away."""
        self.views[device].clear()

    def see(self, line, at_end):
        """A message, or a mutation of it, as an event shows it."""
        message = line["messageId"]
        deleted = line["type"] == "MESSAGE_MUTATION" and line["action"] == "delete"
        content = DELETED if deleted else line["content"]
        if "roomId" in line:
            self.rooms.add(message)
        if deleted and line.get("content") is not None:
            self.fail("mutation", f"{message} is deleted, and {line['user']} is shown its text")
        if deleted or line["type"] == "MESSAGE_MUTATION" or line.get("edited"):
            if content not in self.sent[message]:
                self.fail("phantom", f"{message} is {describe(content)} for {line['user']}, which nobody asked for")
            self.shown[message].add(content)
        else:
            self.original.setdefault(message, content)
        if at_end:
            self.final[message][line["user"]] = content
        else:
            self.views[line["dev"]][message] = content

    def finish(self):
        for message, by_user in self.final.items():
            by_user = {user: content for user, content in by_user.items() if user not in self.apart or message not in self.rooms}
            if len(set(by_user.values())) > 1:
                self.fail("diverged", f"{message} is not the same for all: " +
                          ", ".join(f"{user}: {describe(content)}" for user, content in sorted(by_user.items())))
            elif by_user:
                self.judge(message, next(iter(by_user.values())))
        for device, view in self.views.items():
            user = device.split(".")[0]
            for message, content in view.items():
                final = self.final.get(message, {})
                if user in self.apart or user not in final or final[user] == content:
                    continue
                self.fail("diverged", f"{device} holds {message} for {describe(content)}, and it is {describe(final[user])}")

    def judge(self, message, final):
        """What was acknowledged or shown is there, unless what is there may have come after it. No change is sent twice, so
        one that was answered before another was asked for precedes it; one without an answer may have come at any time."""
        known = self.shown[message] | set(self.answered[message])
        if DELETED in known and final is not DELETED:
            self.fail("lost", f"{message} was deleted and is there again, {describe(final)}")
        if final is DELETED:
            return
        for other in known - {final}:
            asked = self.sent[message].get(other, 0)  # 0: a phantom, which was told already
            if final == self.original.get(message) or self.answered[message].get(final, asked) < asked:
                self.fail("lost", f"{message} was {describe(other)} and is {describe(final)} again")


def describe(content):
    return "deleted" if content is DELETED else repr(content[:40])
