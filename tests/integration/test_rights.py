#!/usr/bin/env python3
"""Who may do what in a room: every verb, by every kind of caller, in every state of the room, over real sockets.

The table of docs/RIGHTS.md is made from the rules below; `test_rights.py --write` writes it. Beside the code of each reply
the test checks that a refusal changes nothing, and that who may not see a room learns nothing of it: the reply is, but for
the ids, that for a room that never was.
"""
import json
import sys
import unittest

from ws_client import Client
from wsd_process import SOURCE, ServerCase

DOCUMENT = SOURCE / "docs/RIGHTS.md"
CALLERS = ("owner", "admin", "member", "stranger", "left", "removed")
STATES = ("open", "invite", "ended")
DONE, NOTHING = "✓", "nothing"
MISSING, FORBIDDEN = "NOT_FOUND", "FORBIDDEN"

# Verb: the frame's type, its fields (made by the room), and the outcome for owner, admin, member and anybody else.
VERBS = {
    "post": ("ROOM_MESSAGE", lambda room: {"content": "hi"}, DONE, DONE, DONE, MISSING),
    "see the room": ("ROOM_INFO", lambda room: {}, DONE, DONE, DONE, MISSING),
    "list its members": ("ROOM_MEMBERS", lambda room: {}, DONE, DONE, DONE, MISSING),
    "read its history": ("HISTORY", lambda room: {"chatId": "room:" + room.id}, DONE, DONE, DONE, MISSING),
    "confirm a message": ("MESSAGE_DELIVERED_CONFIRM", lambda room: {"messageId": room.theirs}, DONE, DONE, DONE,
                          "MESSAGE_NOT_FOUND"),
    "type": ("TYPING_START", lambda room: {}, DONE, DONE, DONE, NOTHING),
    "edit the own message": ("MESSAGE_EDIT", lambda room: {"messageId": room.own, "content": "new"}, DONE, DONE, DONE,
                             MISSING),
    "edit another's message": ("MESSAGE_EDIT", lambda room: {"messageId": room.theirs, "content": "new"}, FORBIDDEN,
                               FORBIDDEN, FORBIDDEN, MISSING),
    "delete the own message": ("MESSAGE_DELETE", lambda room: {"messageId": room.own}, DONE, DONE, DONE, MISSING),
    "delete another's message": ("MESSAGE_DELETE", lambda room: {"messageId": room.theirs}, DONE, DONE, FORBIDDEN, MISSING),
    "rename it": ("ROOM_UPDATE_META", lambda room: {"patch": {"name": "new"}}, DONE, DONE, FORBIDDEN, MISSING),
    "change its join policy": ("ROOM_UPDATE_META", lambda room: {"patch": {"joinPolicy": room.other_policy}}, DONE, DONE,
                               FORBIDDEN, MISSING),
    "change nothing": ("ROOM_UPDATE_META", lambda room: {"patch": {}}, "VALIDATION_ERROR", "VALIDATION_ERROR", FORBIDDEN,
                       MISSING),
    "add a user": ("ROOM_ADD_MEMBERS", lambda room: {"userIds": ["nobody"]}, DONE, DONE, FORBIDDEN, MISSING),
    "remove a member": ("ROOM_REMOVE_MEMBER", lambda room: {"userId": room.name("member2")}, DONE, DONE, FORBIDDEN, MISSING),
    "remove an admin": ("ROOM_REMOVE_MEMBER", lambda room: {"userId": room.name("admin2")}, DONE, FORBIDDEN, FORBIDDEN,
                        MISSING),
    "remove the owner": ("ROOM_REMOVE_MEMBER", lambda room: {"userId": room.name("owner")}, "VALIDATION_ERROR", FORBIDDEN,
                         FORBIDDEN, MISSING),
    "remove a stranger": ("ROOM_REMOVE_MEMBER", lambda room: {"userId": "nobody"}, FORBIDDEN, FORBIDDEN, FORBIDDEN, MISSING),
    "make a member admin": ("ROOM_SET_ROLE", lambda room: {"userId": room.name("member2"), "role": "ADMIN"}, DONE, FORBIDDEN,
                            FORBIDDEN, MISSING),
    "make an admin member": ("ROOM_SET_ROLE", lambda room: {"userId": room.name("admin2"), "role": "MEMBER"}, DONE, FORBIDDEN,
                             FORBIDDEN, MISSING),
    "demote the owner": ("ROOM_SET_ROLE", lambda room: {"userId": room.name("owner"), "role": "MEMBER"}, FORBIDDEN, FORBIDDEN,
                         FORBIDDEN, MISSING),
    "make a stranger admin": ("ROOM_SET_ROLE", lambda room: {"userId": "nobody", "role": "ADMIN"}, FORBIDDEN, FORBIDDEN,
                              FORBIDDEN, MISSING),
    "delete it": ("ROOM_DELETE", lambda room: {}, DONE, FORBIDDEN, FORBIDDEN, MISSING),
    "leave": ("ROOM_LEAVE", lambda room: {}, DONE, DONE, DONE, MISSING),
    "join": ("ROOM_JOIN", lambda room: {}, DONE, DONE, DONE, None),
    "create it again": ("ROOM_CREATE", lambda room: {}, *["VALIDATION_ERROR"] * 4),
}
READING = {"ROOM_INFO", "ROOM_MEMBERS", "HISTORY", "TYPING_START", "MESSAGE_DELIVERED_CONFIRM"}
BY_MESSAGE = {"HISTORY", "MESSAGE_DELIVERED_CONFIRM", "MESSAGE_EDIT", "MESSAGE_DELETE"}


def outcome(verb, caller, state):
    """What the caller is to get."""
    *_, outsider = VERBS[verb]
    if state == "ended":  # all are strangers then
        return {"join": MISSING, "create it again": DONE}.get(verb, outsider)
    if verb == "join" and caller not in CALLERS[:3]:
        return DONE if state == "open" and caller != "removed" else FORBIDDEN
    return VERBS[verb][2 + min(CALLERS.index(caller), 3)]


def document():
    lines = ["# Rights in rooms", "",
             "Who may do what, by role and by state of the room. Generated from the rules of `tests/integration/test_rights.py`, "
             "which checks each cell over a real socket; don't edit, run it with `--write`.", "",
             "`left` was a member and left; `removed` was removed by an admin. ✓ done · a code: refused, nothing has changed · "
             "nothing: no reply, and nobody sees it. To who may not see a room it looks as if it had never been. "
             f"{len(VERBS)} verbs × {len(CALLERS)} callers × {len(STATES)} states: {len(VERBS) * len(CALLERS) * len(STATES)} cells; "
             "the server runs with `WS_ROOM_AUTO_CREATE=false`.", ""]
    titles = {"open": "A room with join policy `open`", "invite": "A room with join policy `invite`",
              "ended": "A room that was deleted; the caller is what it was"}
    for state in STATES:
        lines += [f"## {titles[state]}", "", "| | " + " | ".join(CALLERS) + " |", "|---|" + "---|" * len(CALLERS)]
        for verb in VERBS:
            cells = (outcome(verb, caller, state) for caller in CALLERS)
            lines.append(f"| {verb} | " + " | ".join(cell if cell in (DONE, NOTHING) else f"`{cell}`" for cell in cells) + " |")
        lines.append("")
    return "\n".join(lines)


class Room:
    """A room in a state, made anew for a caller; `own` is a message of the caller's, `theirs` one of member2's."""

    def __init__(self, test, caller, state):
        Room.count = getattr(Room, "count", 0) + 1
        self.test, self.id, self.state = test, f"room-{Room.count}", state
        self.other_policy = "invite" if state == "open" else "open"
        owner = test.clients["owner"]
        others = ("admin", "admin2", "member", "member2", "left", "removed")
        self.must(owner, "ROOM_CREATE", memberIds=[self.name(other) for other in others],
                  joinPolicy="open" if state == "ended" else state)
        self.theirs = self.must(test.clients["member2"], "ROOM_MESSAGE", content="theirs")["messageId"]
        author = test.clients["member" if caller == "stranger" else caller]
        self.own = self.must(author, "ROOM_MESSAGE", content="own")["messageId"]
        for other in ("admin", "admin2"):
            self.must(owner, "ROOM_SET_ROLE", userId=self.name(other), role="ADMIN")
        self.must(owner, "ROOM_REMOVE_MEMBER", userId=self.name("removed"))
        self.must(test.clients["left"], "ROOM_LEAVE")
        if state == "ended":
            self.must(owner, "ROOM_DELETE")

    def name(self, who):
        return self.test.clients[who].user

    def must(self, client, kind, **fields):
        reply = client.request(kind, roomId=self.id, **fields)
        self.test.assertNotIn("code", reply)
        return reply

    def now(self):
        """What its owner sees of it."""
        reply = self.test.clients["owner"].request("ROOM_INFO", roomId=self.id)
        reply.pop("correlationId")
        return reply


class Rights(ServerCase):
    OPTIONS = {"WS_ROOM_AUTO_CREATE": "false", "WS_RATE_LIMIT_SENSITIVE_ROOM_ACTIONS": 1000000, "WS_MAX_ROOMS_PER_USER": 0,
               "WS_RATE_LIMIT_MESSAGES": 1000000, "WS_ROOM_MEMBER_EVENTS_MAX": 0, "WS_PRESENCE_AUDIENCE": "none"}

    def setUp(self):
        self.clients = {who: Client(self.server, who) for who in (*CALLERS, "admin2", "member2")}
        everybody = [client.user for client in self.clients.values()]
        self.everywhere = self.id().rsplit(".", 1)[-1]  # a room that all are in
        reply = self.clients["owner"].request("ROOM_CREATE", roomId=self.everywhere, memberIds=everybody)
        self.assertEqual(reply["type"], "ROOM_CREATED", reply)

    def forget_events(self):
        for client in self.clients.values():
            client.settle()

    def perform(self, caller, verb, room):
        """(outcome, reply)"""
        kind, fields, *_ = VERBS[verb]
        client = self.clients[caller]
        if kind == "TYPING_START":
            witness = self.clients["member2"]
            client.send(kind, roomId=room.id)
            client.send("TYPING_STOP", roomId=self.everywhere)  # comes behind it, so that nothing is waited for in vain
            first = witness.wait("TYPING_START", "TYPING_STOP")
            if first["type"] == "TYPING_STOP":
                return NOTHING, None
            self.assertEqual((first["roomId"], first["userId"]), (room.id, client.user))
            witness.wait("TYPING_STOP")
            return DONE, None
        named = {} if kind in BY_MESSAGE else {"roomId": room.id}
        reply = client.request(kind, **named, **fields(room))
        return reply.get("code", DONE), reply

    def as_unknown(self, caller, verb):
        """The reply for a room and a message that never were."""
        class Nowhere:
            id, own, theirs, other_policy = "nowhere", "never-1", "never-2", "open"
            name = staticmethod(lambda who: self.clients[who].user)
        return self.perform(caller, verb, Nowhere)[1]

    @staticmethod
    def anonymous(reply, room):
        reply = {key: value for key, value in reply.items() if key not in ("correlationId", "timestamp", "serverTs")}
        text = json.dumps(reply, sort_keys=True)
        for own, other in ((room.id, "nowhere"), (room.own, "never-1"), (room.theirs, "never-2")):
            text = text.replace(f'"{own}"', f'"{other}"')
        return text

    def test_every_verb_by_every_caller_in_every_state(self):
        cells = 0
        for state in STATES:
            for caller in CALLERS:
                room = None
                for verb in VERBS:
                    room = room or Room(self, caller, state)
                    before = room.now()
                    with self.subTest(verb, caller=caller, state=state):
                        expected = outcome(verb, caller, state)
                        got, reply = self.perform(caller, verb, room)
                        self.assertEqual(got, expected)
                        cells += 1
                        if got != DONE:
                            self.assertEqual(room.now(), before)
                        if got in (MISSING, "MESSAGE_NOT_FOUND"):
                            unknown = self.as_unknown(caller, verb)
                            self.assertEqual(self.anonymous(reply, room), self.anonymous(unknown, room))
                    if got == DONE and VERBS[verb][0] not in READING:
                        room = None
                        self.forget_events()
        self.assertEqual(cells, len(VERBS) * len(CALLERS) * len(STATES))

    def test_the_document_shows_these_rules(self):
        self.assertEqual(DOCUMENT.read_text(), document(), "run test_rights.py --write")


if __name__ == "__main__":
    if "--write" in sys.argv:
        DOCUMENT.write_text(document())
    else:
        unittest.main()
