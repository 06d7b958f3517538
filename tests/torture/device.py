"""One device of one user: sends, receives, confirms, comes back and resumes. It records everything and judges nothing."""
import asyncio

from wire import Link

# Frames with a place in the user's log.
EVENTS = {"MESSAGE_RECEIVE", "ROOM_MESSAGE", "MESSAGE_MUTATION", "ROOM_MEMBER_JOINED", "ROOM_MEMBER_LEFT", "ROOM_DELETED"}
KEPT = ("type", "seq", "messageId", "chatId", "chatSeq", "senderId", "recipientId", "roomId", "content", "state",
        "clientMessageId", "userId", "reason", "by", "timestamp", "isReplay", "action", "edited")
REPLY_PATIENCE = 8.0  # seconds without an answer after which a device tries another connection


class Device:
    def __init__(self, world, user, name, chance, *, rate=0.0, noecho=False, rooms=(), peers=(), guests=()):
        self.world, self.user, self.name, self.chance, self.rate = world, user, name, chance, rate
        self.caps = ["seq", "cumack"] + (["noecho"] if noecho else [])
        self.rooms, self.peers, self.guests = list(rooms), list(peers), list(guests)
        self.epoch, self.cursor, self.next_key = None, 0, 0
        self.pending, self.done, self.connection = {}, [], 0
        self.unread = {"MESSAGE_RECEIVE": [], "ROOM_MESSAGE": []}
        self.own, self.asked, self.next_change, self.guest = [], {}, 0, user == "guest"
        self.link, self.synced, self.above, self.waits_since, self.nap = None, False, 0, None, False
        self.advanced = 0.0  # when it last came to know of an entry

    def note(self, event, **fields):
        self.world.record(event, user=self.user, dev=self.name, conn=self.connection, **fields)

    async def run(self):
        while not self.world.closing:
            await self.session()
            long = self.nap and not self.world.quiet
            self.nap = False
            await asyncio.sleep(self.chance.uniform(0.5, 3.0) if long else self.chance.uniform(0.01, 0.15))

    async def session(self):
        self.connection, self.synced, self.above, self.waits_since = self.world.next_connection(), False, 0, None
        self.note("open")
        self.asked.clear()
        try:
            async with asyncio.timeout(5):
                _, self.link = await asyncio.get_running_loop().create_connection(
                    lambda: Link(self.world.token(self.user), self.on_frame), "127.0.0.1", self.world.port())
        except (OSError, TimeoutError):
            return
        link, loop = self.link, asyncio.get_running_loop()
        opened = loop.time()
        try:
            while not link.ended.done() and not self.world.closing:
                await asyncio.sleep(self.pause())
                if link.ended.done():
                    break
                late = self.waits_since is not None and loop.time() - self.waits_since > REPLY_PATIENCE
                if late or not self.synced and loop.time() - opened > REPLY_PATIENCE:
                    self.note("impatient", synced=self.synced)
                    break
                if self.synced:
                    self.act()
        finally:
            link.abort()
            self.synced = False
            self.note("end", code=await link.ended if link.ended.done() else None)
        if not self.world.quiet:  # the user gives some of them up: stored once or not at all
            self.pending = {key: target for key, target in self.pending.items() if self.chance.random() < 0.9}

    def pause(self):
        if self.rate == 0 or self.world.quiet:
            return self.chance.uniform(0.02, 0.1)
        return self.chance.expovariate(self.rate)

    # ---- what it does ----
    def act(self):
        if self.world.quiet:
            return self.catch_up()
        for _ in range(self.chance.choice((1, 1, 1, 2, 8)) if self.rate and len(self.pending) < 30 else 0):
            self.send_new()  # one after the other without waiting
        dice = self.chance.random()
        if dice < 0.3:
            self.confirm()
        elif dice < 0.4:
            self.read()
        elif dice < 0.42 and self.done:
            self.send(*self.chance.choice(self.done[-50:]))  # acknowledged long ago
        elif dice < 0.52 and self.guests:
            self.change_members()
        elif dice < 0.525:
            self.nap = True
            self.link.abort() if self.chance.random() < 0.5 else self.link.say_goodbye()
        elif dice < 0.62 and self.own:
            self.change_own()

    def catch_up(self):
        loop = asyncio.get_running_loop()
        if self.pending and (self.waits_since is None or loop.time() - self.waits_since > 1):
            self.repeat()

    def send_new(self):
        key = f"{self.name}-{self.next_key}"
        self.next_key += 1
        to_room = self.rooms and (not self.peers or self.chance.random() < 0.5)
        target = {"roomId": self.chance.choice(self.rooms)} if to_room else {"recipientId": self.chance.choice(self.peers)}
        filling = "ä" * self.chance.choice((0, 0, 0, 10, 200, 3000))
        self.pending[key] = target | {"content": f"{self.user}/{key} {filling}"}
        self.send(key, self.pending[key])

    def send(self, key, target):
        self.note("send", key=key, **target)
        self.waits_since = self.waits_since or asyncio.get_running_loop().time()
        self.link.send("ROOM_MESSAGE" if "roomId" in target else "MESSAGE_SEND", clientMessageId=key, **target)

    def repeat(self):
        for key, target in list(self.pending.items()):
            self.send(key, target)

    def confirm(self):
        if self.cursor:
            self.note("confirm", upTo=self.cursor)
            self.link.send("MESSAGE_ACK", upTo=self.cursor)

    def read(self):
        """Two of the last messages: an older one after a newer one, as other devices of the user might."""
        if some := [messages for messages in self.unread.values() if messages]:
            known = self.chance.choice(some)[-8:]
            for message in (known[-1], self.chance.choice(known)):
                self.note("confirm", messageId=message)
                self.link.send("MESSAGE_ACK", messageId=message)
                self.note("read", messageId=message)
                self.link.send("MESSAGE_READ", messageId=message)

    def change_own(self):
        """Each change is sent once only: what a connection that was given up still brings must not come after a later change."""
        message, key = self.chance.choice(self.own[-20:])
        self.next_change += 1
        change = {"messageId": message}
        if self.chance.random() < 0.75:
            change["content"] = f"{self.user}/{key} edit {self.next_change} {'ö' * self.chance.choice((0, 0, 40, 2000))}"
        operation = f"{self.name}-m{self.next_change}"
        self.asked[operation] = change
        self.note("mutate", op=operation, **change)
        self.link.send("MESSAGE_EDIT" if "content" in change else "MESSAGE_DELETE", correlationId=operation, **change)

    def change_members(self):
        room, guest = self.chance.choice(self.rooms), self.chance.choice(self.guests)
        if self.chance.random() < 0.5:
            self.note("remove", roomId=room, guest=guest)
            self.link.send("ROOM_REMOVE_MEMBER", roomId=room, userId=guest)
        else:
            self.note("add", roomId=room, guest=guest)
            self.link.send("ROOM_ADD_MEMBERS", roomId=room, userIds=[guest])

    def resume(self):
        self.note("resume", cursor=self.cursor)
        self.link.send("RESUME", epoch=self.epoch, seq=self.cursor)

    # ---- what it sees ----
    def on_frame(self, frame):
        kind = frame["type"]
        if kind in EVENTS:
            self.on_event(frame)
        elif kind == "EVENT_SKIP":
            self.note("skip", seq=frame["seq"], fromSeq=frame["fromSeq"], isReplay=frame.get("isReplay", False))
            self.advance(frame)
        elif (handler := getattr(self, "on_" + kind.lower(), None)) is not None:
            handler(frame)
        elif kind in ("ERROR", "MESSAGE_ERROR"):
            self.note("error", frame={key: frame[key] for key in frame if key != "error"})

    def on_event(self, frame):
        self.note("event", **{key: frame[key] for key in KEPT if key in frame})
        if frame.get("senderId", self.user) != self.user and frame["type"] in ("MESSAGE_RECEIVE", "ROOM_MESSAGE"):
            self.unread[frame["type"]] = self.unread[frame["type"]][-20:] + [frame["messageId"]]
        self.advance(frame)

    def advance(self, frame):
        self.advanced = asyncio.get_running_loop().time()
        if frame.get("isReplay"):
            self.cursor = max(self.cursor, frame["seq"])
        elif self.synced:
            self.cursor = frame["seq"]
        else:
            self.above = frame["seq"]

    def on_connection_established(self, _):
        hello = {"version": 1, "deviceId": self.name, "caps": self.caps}
        if self.epoch:
            pending = list(self.pending)[:100]
            self.note("resume", cursor=self.cursor, pending=pending)
            hello |= {"resume": {"epoch": self.epoch, "seq": self.cursor}, "pending": pending}
        self.link.send("HELLO", **hello)

    def on_hello_ack(self, frame):
        self.note("hello", epoch=frame["epoch"], head=frame["head"], floor=frame["floor"], noecho="noecho" in frame["caps"])
        if self.epoch is None:
            self.epoch = frame["epoch"]
            self.resume()
        self.epoch = frame["epoch"]

    def on_resync_start(self, frame):
        self.note("series", mode=frame["mode"], **{key: frame[key] for key in ("from", "to", "count", "reason", "gaps", "pendingStatus")
                                                     if key in frame})
        for gap in frame.get("gaps", ()):
            self.cursor = max(self.cursor, gap["to"])
        if frame["mode"] == "snapshot":
            self.cursor = frame["to"]

    def on_resync_complete(self, frame):
        self.note("complete", upTo=frame["upTo"], complete=frame["complete"])
        self.cursor = max(self.cursor, frame["upTo"])
        if not frame["complete"]:
            return self.resume()
        self.cursor = max(self.cursor, self.above)
        self.above = 0
        if not self.synced:
            self.synced = True
            self.repeat()

    def answered(self, frame, **fields):
        key = frame.get("clientMessageId")
        self.waits_since = asyncio.get_running_loop().time() if len(self.pending) > 1 else None
        self.note("ack", key=key, **{name: frame[name] for name in ("messageId", "seq", "chatSeq", "chatId", "duplicate", "state",
                                                                    "durability") if name in frame}, **fields)
        if (target := self.pending.pop(key, None)) is not None:
            self.done.append((key, target))
            if not self.guest:
                self.own.append((frame["messageId"], key))
        if "noecho" in self.caps and self.synced and not frame.get("duplicate") and frame["seq"] == self.cursor + 1:
            self.cursor = frame["seq"]

    def refused(self, frame):
        self.note("nack", key=frame.get("clientMessageId"), code=frame["code"], retryable=frame["retryable"])
        self.waits_since = None
        if not frame["retryable"]:
            self.pending.pop(frame.get("clientMessageId"), None)
            return
        link, key = self.link, frame.get("clientMessageId")
        if key in self.pending:
            asyncio.get_running_loop().call_later(self.chance.uniform(0.1, 0.5), self.repeat_one, link, key)

    def repeat_one(self, link, key):
        if link is self.link and not link.ended.done() and key in self.pending and self.synced:
            self.send(key, self.pending[key])

    def on_message_ack(self, frame):
        if "durability" in frame:
            self.answered(frame)
        elif frame.get("success"):
            self.note("confirmed", **{name: frame[name] for name in ("messageId", "upTo", "state") if name in frame})
        else:
            self.on_message_state_update(frame)

    def on_room_message_response(self, frame):
        self.answered(frame) if frame["success"] else self.refused(frame)

    def on_message_mutation_ack(self, frame):
        change = self.asked.pop(frame["correlationId"])
        self.note("mutated", op=frame["correlationId"], success=frame["success"], code=frame.get("code"), **change)

    def on_room_delivery_update(self, frame):
        self.note("room_counts", messageId=frame["roomMessageId"], delivered=frame["deliveredCount"], read=frame["readCount"],
                  total=frame["totalCount"])

    def on_message_nack(self, frame):
        self.refused(frame)

    def on_message_state_update(self, frame):
        self.note("state", messageId=frame["messageId"], state=frame["state"])

    def on_delivery_status(self, frame):
        if frame["status"] == "DELIVERED":
            self.note("state", messageId=frame["messageId"], state="delivered")

    def on_read_state(self, frame):
        self.note("read_state", chatId=frame["chatId"], readChatSeq=frame["readChatSeq"])
