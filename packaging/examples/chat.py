#!/usr/bin/env python3
"""A chat in the terminal that loses nothing: how a client uses the protocol of wsd.

    chat.py --url ws://127.0.0.1:3001/ws --token TOKEN

Type `bob: hello` to write to bob. ✓ means stored, ✓✓ delivered. Stop the server or cut the network: the client
reconnects, resumes where it was and repeats what was not acknowledged. Needs python3-websockets, 10 or newer.
"""
import argparse
import asyncio
import json
import os
import random
import sys
import threading
import uuid

try:
    import websockets
except ImportError:
    system_python = "/usr/bin/python3"  # has the package of the distribution, whatever python3 comes first in PATH
    if os.path.exists(system_python) and os.path.realpath(system_python) != os.path.realpath(sys.executable):
        os.execv(system_python, [system_python, *sys.argv])
    sys.exit("chat.py needs the package websockets: apt install python3-websockets, or pip install websockets")

# What the user's log consists of: it comes in the order of seq, without holes.
EVENTS = {"MESSAGE_RECEIVE", "MESSAGE_MUTATION", "EVENT_SKIP",
          "ROOM_MESSAGE", "ROOM_MEMBER_JOINED", "ROOM_MEMBER_LEFT", "ROOM_DELETED"}
FINAL_CODES = {1008, 4001, 4002, 4003, 4009}  # reconnecting with the same token would not help


class Chat:
    def __init__(self, options):
        self.options = options
        self.epoch, self.seq = None, 0  # the cursor: what was shown. A real client stores it with the messages
        self.unacknowledged = {}  # clientMessageId: MESSAGE_SEND
        self.undelivered = {}  # messageId: content
        self.socket, self.live, self.delay = None, False, 1

    async def run(self):
        # A token may also go as cookie or Authorization header; as a subprotocol it works in browsers too.
        protocols = ["wsd.v1", "wsd.bearer." + self.options.token]
        while True:
            try:
                async with websockets.connect(self.options.url, subprotocols=protocols) as self.socket:
                    try:
                        async for text in self.socket:
                            await self.receive(json.loads(text))
                    except websockets.ConnectionClosed:
                        pass
                problem = f"closed: {self.socket.close_code} {self.socket.close_reason}"
                final = self.socket.close_code in FINAL_CODES
            except (websockets.InvalidHandshake, OSError) as error:
                problem, final = str(error), "HTTP 40" in str(error)
            self.live = False
            if final:
                sys.exit(f"* {problem}")
            print(f"* {problem}; next try in {self.delay:.1f} s")
            await asyncio.sleep(self.delay)
            self.delay = min(2 * self.delay, 30) * random.uniform(0.7, 1)

    async def send(self, kind, **fields):
        await self.socket.send(json.dumps({"type": kind, **fields}))

    async def receive(self, frame):
        if frame["type"] not in EVENTS:
            handler = getattr(self, "on_" + frame["type"].lower(), None)
            if handler:
                await handler(frame)
        elif self.resuming and not frame.get("isReplay"):
            self.held.append(frame)  # live already, while older entries are still to come
        else:
            await self.event(frame)

    async def event(self, frame):
        if frame["seq"] <= self.seq:
            return  # seen before
        if frame.get("fromSeq", frame["seq"]) != self.seq + 1:
            print(f"* expected entry {self.seq + 1}, got {frame['seq']}")
            return await self.socket.close()
        self.seq = frame["seq"]
        if "content" in frame:
            print(f"{frame['senderId']}: {frame['content']}")
        if not self.resuming:
            await self.send("MESSAGE_ACK", upTo=self.seq)

    async def on_connection_established(self, frame):
        print(f"* connected as {frame['userId']}")
        self.resuming, self.held = True, []
        cursor = {"resume": {"epoch": self.epoch, "seq": self.seq}} if self.epoch else {}
        await self.send("HELLO", version=1, deviceId=self.options.device, caps=["seq", "cumack"], **cursor)

    async def on_hello_ack(self, _):
        self.live, self.delay = True, 1
        if not self.epoch:
            await self.send("RESUME")  # from what this device acknowledged last
        for message in list(self.unacknowledged.values()):
            await self.send("MESSAGE_SEND", **message)

    async def on_resync_start(self, frame):
        self.mode, self.epoch = frame["mode"], frame["epoch"]
        self.seq = frame["gaps"][-1]["to"] if self.mode == "partial" else frame["from"] - 1
        if self.mode != "exact":
            print(f"* older messages are in the history only ({frame['reason']})")

    async def on_resync_complete(self, frame):
        self.seq = frame["upTo"]
        if not frame["complete"] and self.mode != "snapshot":
            await asyncio.sleep(1)  # the server could not go on
            return await self.send("RESUME", epoch=self.epoch, seq=self.seq)
        self.resuming = False
        await self.send("MESSAGE_ACK", upTo=self.seq)
        for held in self.held:
            await self.event(held)

    async def on_message_ack(self, frame):
        message = self.unacknowledged.pop(frame.get("clientMessageId"), None)
        if message:
            self.undelivered[frame["messageId"]] = message["content"]
            print(f"  ✓ {message['content']}")

    async def on_message_state_update(self, frame):
        if frame["messageId"] in self.undelivered:
            print(f"  ✓✓ {self.undelivered.pop(frame['messageId'])}")

    async def on_delivery_status(self, frame):
        print(f"  {frame['recipientId']} is offline and gets it later")

    async def on_server_shutdown(self, frame):
        self.delay = frame["reconnectAfterMs"] / 1000

    async def on_error(self, frame):
        print(f"* {frame['code']}: {frame['message']}")
        message = self.unacknowledged.get(frame.get("clientMessageId"))
        if message and not frame["retryable"]:
            del self.unacknowledged[message["clientMessageId"]]
        elif frame["retryable"]:
            await asyncio.sleep(frame.get("retryAfterMs", 1000) / 1000)
            await self.socket.close()  # the next connection resumes and repeats

    on_message_error = on_message_nack = on_error

    async def typed(self, line):
        recipient, _, content = (part.strip() for part in line.partition(":"))
        if not recipient or not content:
            return print("* write  name: text")
        # With an id of its own a message is stored once, however often it is sent.
        message = {"recipientId": recipient, "content": content, "clientMessageId": str(uuid.uuid4())}
        self.unacknowledged[message["clientMessageId"]] = message
        if self.live:
            await self.send("MESSAGE_SEND", **message)


def read_lines(chat, loop):
    for line in sys.stdin:
        asyncio.run_coroutine_threadsafe(chat.typed(line), loop)


async def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", default="ws://127.0.0.1:3001/ws")
    parser.add_argument("--token", required=True)
    parser.add_argument("--device", default="chat.py", help="name of this installation")
    chat = Chat(parser.parse_args())
    threading.Thread(target=read_lines, args=(chat, asyncio.get_running_loop()), daemon=True).start()
    await chat.run()


try:
    asyncio.run(main())
except KeyboardInterrupt:
    pass
