"""A message server that makes mistakes on demand, to see whether wsload finds them.

Usage: stub_server.py [--port N] [--fault KIND=COUNT]... [--every N] [--refuse-upgrade STATUS]

Speaks as much of the protocol as wsload's direct messages need. Tokens are believed unread. Every N-th message that is
accepted takes the next of the wanted faults in turn, until all are used up. Prints "listening port=N"; on SIGTERM one
JSON object with the faults that were really committed, and ends.

Kinds of faults:
  lose       acknowledged, but no entry in the recipient's log
  swallow    has an entry that is never shown, not even by a resume
  withhold   left out of the live stream; a resume shows it
  duplicate  shown twice under one number
  double     stored twice, so shown under two numbers
  reorder    shown after its successor in the recipient's log
  corrupt    shown with one character changed
  misroute   in the log of somebody else instead of the recipient's
  copy       in the log of somebody else as well
  silence    neither executed nor answered
  refuse     answered MESSAGE_NACK SERVER_BUSY
"""
import argparse
import asyncio
import base64
import collections
import http
import json
import signal
import time

import websockets

EPOCH = "stub-epoch"


def now():
    return int(time.time() * 1000)


def message_uuid(number):
    return f"00000000-0000-7000-8000-{number:012x}"


class User:
    def __init__(self, name):
        self.name, self.log, self.connections, self.stored = name, [], [], {}


class Entry:
    """A place in one user's log."""

    def __init__(self, message, fault=None):
        self.message, self.fault = message, fault


class Stub:
    def __init__(self, faults, every):
        self.faults, self.every = collections.deque(faults.items()), every
        self.users, self.chats = {}, collections.Counter()
        self.accepted, self.messages, self.committed = 0, 0, collections.Counter()

    def user(self, name):
        return self.users.setdefault(name, User(name))

    def next_fault(self):
        """Each kind in turn, as often as wanted."""
        self.accepted += 1
        if not self.faults or self.accepted % self.every:
            return None
        kind, left = self.faults.popleft()
        if left > 1:
            self.faults.append((kind, left - 1))
        self.committed[kind] += 1
        return kind

    def give_back(self, kind):
        """The fault could not be committed after all."""
        self.committed[kind] -= 1
        self.faults.append((kind, 1))

    def bystander(self, *names):
        return next(user for user in self.users.values() if user.name not in names and user.connections)


class Connection:
    def __init__(self, stub, socket, user):
        self.stub, self.socket, self.user = stub, socket, user
        self.position, self.caps, self.live, self.held = 0, [], False, None
        self.lock = asyncio.Lock()

    async def send(self, **frame):
        try:
            await self.socket.send(json.dumps({key: value for key, value in frame.items() if value is not None},
                                              separators=(",", ":")))
        except websockets.ConnectionClosed:
            pass

    async def show(self, seq, message, replay=False):
        await self.send(type="MESSAGE_RECEIVE", seq=seq, **message, isReplay=True if replay else None)

    async def pump(self):
        """Shows what the log has above the position."""
        async with self.lock:
            while self.live and self.position < len(self.user.log):
                entry = self.user.log[self.position]
                self.position += 1
                await self.show_faulty(self.position, entry)

    async def show_faulty(self, seq, entry):
        fault, message = entry.fault, entry.message
        if fault in ("swallow", "withhold"):
            return
        if fault == "reorder" and self.held is None:
            self.held = (seq, message)
            asyncio.get_running_loop().call_later(0.5, asyncio.ensure_future, self.release(seq))
            return
        if fault == "corrupt":
            message = message | {"content": "#" + message["content"][1:]}
        await self.show(seq, message)
        if fault == "duplicate":
            await self.show(seq, message)
        if fault == "reorder":
            self.stub.give_back(fault)
        # What is shown to the wrong user is no successor: nobody can tell which log its number is from.
        if self.held and self.user.name in (message["senderId"], message["recipientId"]):
            held, self.held = self.held, None
            await self.show(*held)

    async def release(self, seq):
        """Nothing overtook the frame that was held back: it goes out in its order."""
        if self.held and self.held[0] == seq:
            held, self.held = self.held, None
            self.stub.give_back("reorder")
            await self.show(*held)

    async def hello(self, frame):
        self.caps = frame.get("caps", [])
        start = self.position = len(self.user.log)
        await self.send(type="HELLO_ACK", version=1, protocolVersion="1.0.0", connectionId="c", sessionId="default",
                        epoch=EPOCH, head=start, floor=1, heartbeatMs=30000, caps=self.caps,
                        limits={"maxPayloadBytes": 1048576, "maxContentLength": 10000, "rateMessages": 1000000,
                                "rateWindowMs": 60000}, serverTime=now())
        await self.send(type="PRESENCE_SNAPSHOT", users={}, timestamp=now())
        if resume := frame.get("resume"):
            await self.replay(resume["seq"], start, frame.get("pending"))
        self.live = True
        await self.pump()

    async def replay(self, cursor, start, pending):
        status = None
        if pending is not None:
            status = {name: self.user.stored.get(name) and {key: self.user.stored[name][key] for key in
                      ("messageId", "chatId", "seq", "chatSeq", "state")} for name in pending}
        await self.send(type="RESYNC_START", mode="exact", epoch=EPOCH, **{"from": cursor + 1}, to=start,
                        count=start - cursor, pendingStatus=status)
        for seq in range(cursor + 1, start + 1):
            if self.user.log[seq - 1].fault != "swallow":
                await self.show(seq, self.user.log[seq - 1].message, replay=True)
        await self.send(type="RESYNC_COMPLETE", messageCount=start - cursor, upTo=start, complete=True)
        await self.send(type="ROOMS_SNAPSHOT", rooms=[], timestamp=now())

    async def message_send(self, frame):
        name = frame["clientMessageId"]
        if name in self.user.stored:
            return await self.acknowledge(self.user.stored[name], duplicate=True)
        fault = self.stub.next_fault()
        if fault == "silence":
            return None
        if fault == "refuse":
            return await self.send(type="MESSAGE_NACK", code="SERVER_BUSY", message="busy", error="busy", retryable=True,
                                   retryAfterMs=5, clientMessageId=name, clientMsgId=name, serverTs=now())
        message, touched = self.commit(frame, fault)
        await self.acknowledge(message)
        for user in touched:
            for connection in list(user.connections):
                await connection.pump()

    def commit(self, frame, fault):
        stub, recipient = self.stub, self.stub.user(frame["recipientId"])
        chat = "dm:" + ":".join(sorted((self.user.name, recipient.name)))
        stub.messages += 1
        stub.chats[chat] += 1
        message = {"messageId": message_uuid(stub.messages), "chatId": chat, "chatSeq": stub.chats[chat],
                   "senderId": self.user.name, "recipientId": recipient.name, "content": frame["content"],
                   "timestamp": now(), "state": "sent"}
        self.user.log.append(Entry(message))
        touched = {self.user}
        if fault not in ("lose", "misroute"):
            recipient.log.append(Entry(message, fault))
            touched.add(recipient)
        if fault == "double":
            recipient.log.append(Entry(message))
        if fault in ("misroute", "copy"):
            stranger = stub.bystander(self.user.name, recipient.name)
            stranger.log.append(Entry(message))
            touched.add(stranger)
        stored = message | {"seq": len(self.user.log), "name": frame["clientMessageId"]}
        self.user.stored[stored["name"]] = stored
        return stored, touched

    async def acknowledge(self, stored, duplicate=None):
        # The reply stands for the entry of a connection that wants no echo and has seen everything before it.
        if "noecho" in self.caps and not duplicate and self.position == stored["seq"] - 1:
            self.position = stored["seq"]
        inner = {"id": stored["messageId"], "senderId": self.user.name, "recipientId": stored["recipientId"],
                 "content": stored["content"], "createdAt": stored["timestamp"], "state": "sent"}
        await self.send(type="MESSAGE_ACK", messageId=stored["messageId"], clientMessageId=stored["name"],
                        clientMsgId=stored["name"], chatId=stored["chatId"], seq=stored["seq"],
                        chatSeq=stored["chatSeq"], recipientId=stored["recipientId"], status="PERSISTED", state="sent",
                        durability="memory", duplicate=duplicate, serverTs=now(), timestamp=stored["timestamp"],
                        message=inner)

    async def run(self):
        await self.send(type="CONNECTION_ESTABLISHED", userId=self.user.name, connectionId="c", sessionId="default",
                        isReconnect=False, connectionCount=1, protocolVersion="1.0.0", timestamp=now())
        self.user.connections.append(self)
        try:
            async for text in self.socket:
                frame = json.loads(text)
                if frame["type"] == "HELLO":
                    await self.hello(frame)
                elif frame["type"] == "MESSAGE_SEND":
                    await self.message_send(frame)
                elif frame["type"] == "MESSAGE_ACK":
                    await self.send(type="MESSAGE_ACK", upTo=frame["upTo"], state="delivered", success=True,
                                    timestamp=now())
        except websockets.ConnectionClosed:
            pass
        finally:
            self.live = False
            self.user.connections.remove(self)


def user_of(headers):
    token = headers.get("Authorization", "").removeprefix("Bearer ") or headers["Cookie"].split("token=")[1]
    claims = token.split(".")[1]
    read = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
    return read.get("userId") or read.get("user_id") or read["sub"]


async def serve(given):
    stub = Stub(dict(given.fault), given.every)

    async def refuse(_path, _headers):
        if not given.refuse_upgrade:
            return None
        body = json.dumps({"code": "INVALID_TOKEN", "message": "no"}).encode()
        return http.HTTPStatus(given.refuse_upgrade), [("Content-Type", "application/json")], body

    async def handle(socket):
        await Connection(stub, socket, stub.user(user_of(socket.request_headers))).run()

    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    async with websockets.serve(handle, "127.0.0.1", given.port, process_request=refuse, compression=None,
                                ping_interval=None) as server:
        print(f"listening port={server.sockets[0].getsockname()[1]}", flush=True)
        await ended.wait()
    print(json.dumps(stub.committed), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--fault", action="append", default=[], type=lambda text: (text.split("=")[0],
                                                                                   int(text.split("=")[1])))
    parser.add_argument("--every", type=int, default=7)
    parser.add_argument("--refuse-upgrade", type=int, metavar="STATUS")
    asyncio.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
