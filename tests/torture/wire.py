"""WebSocket clients by the hundred on one event loop: as much of RFC 6455 as talking to wsd takes."""
import asyncio
import json

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10


def encode_frame(opcode, payload):
    """Masked with zeros, which leaves the payload as it is."""
    size = len(payload)
    if size < 126:
        head = bytes([0x80 | opcode, 0x80 | size])
    elif size < 65536:
        head = bytes([0x80 | opcode, 0x80 | 126]) + size.to_bytes(2, "big")
    else:
        head = bytes([0x80 | opcode, 0x80 | 127]) + size.to_bytes(8, "big")
    return head + bytes(4) + payload


class Link(asyncio.Protocol):
    """One connection. `on_frame` is called with each JSON frame, `ended` is set to the close code, or None without one."""

    def __init__(self, token, on_frame):
        self.on_frame, self.buffer, self.transport, self.open = on_frame, bytearray(), None, False
        loop = asyncio.get_running_loop()
        self.ended, self.code, self.heard = loop.create_future(), None, loop.time()
        self.request = ("GET /ws HTTP/1.1\r\nHost: wsd\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                        f"Authorization: Bearer {token}\r\n\r\n").encode()

    def connection_made(self, transport):
        self.transport = transport
        transport.write(self.request)

    def connection_lost(self, exc):
        if not self.ended.done():
            self.ended.set_result(self.code)

    def send(self, kind, **fields):
        if self.transport.is_closing():
            return
        self.transport.write(encode_frame(TEXT, json.dumps({"type": kind, **fields}).encode()))

    def say_goodbye(self):
        self.transport.write(encode_frame(CLOSE, (1000).to_bytes(2, "big")))

    def abort(self):
        self.transport.abort()

    def data_received(self, data):
        self.heard = asyncio.get_running_loop().time()
        self.buffer += data
        if not self.open:
            head, found, rest = self.buffer.partition(b"\r\n\r\n")
            if not found:
                return
            if not head.startswith(b"HTTP/1.1 101 "):
                self.code = int(head[9:12])
                return self.transport.close()
            self.open, self.buffer = True, rest
        start = 0
        while (end := self.take_frame(start)) > start:
            start = end
        del self.buffer[:start]

    def take_frame(self, start):
        """The index behind the frame at `start`, or `start` when it is not complete."""
        have = len(self.buffer) - start
        if have < 2:
            return start
        size, begin = self.buffer[start + 1], 2
        if size > 125:
            begin = 4 if size == 126 else 10
            if have < begin:
                return start
            size = int.from_bytes(self.buffer[start + 2:start + begin], "big")
        if have < begin + size:
            return start
        opcode, payload = self.buffer[start] & 15, bytes(self.buffer[start + begin:start + begin + size])
        if opcode == TEXT:
            self.on_frame(json.loads(payload))
        elif opcode == PING:
            self.transport.write(encode_frame(PONG, payload))
        elif opcode == CLOSE:
            self.code = int.from_bytes(payload[:2], "big")
            self.transport.write(encode_frame(CLOSE, payload[:2]))
            self.transport.close()
        return start + begin + size
