"""A WebSocket client without a library: every octet, also a wrong one, is the test's decision."""
import base64
import json
import os
import re
import socket
import struct
import time

from wire_record import RECORD
from wsd_process import PATIENCE, token

TEXT, BINARY, CLOSE, PING, PONG, CONTINUATION = 1, 2, 8, 9, 10, 0


class Response:
    """An HTTP response, or what there was of one when the peer closed."""

    def __init__(self, head, body):
        lines = head.decode("latin-1").split("\r\n")
        self.status = int(lines[0].split(" ")[1])
        self.fields = [(name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines[1:])]
        self.raw_body = body

    def field(self, name):
        values = [value for key, value in self.fields if key == name.lower()]
        assert len(values) <= 1, f"{name} repeated: {values}"
        return values[0] if values else None

    @property
    def body(self):
        return json.loads(self.raw_body)


def connect(port, source="127.0.0.1"):
    return socket.create_connection(("127.0.0.1", port), PATIENCE, (source, 0))


def read_response(stream):
    """Reads to the end of the stream; None when nothing came."""
    data = b""
    try:
        while chunk := stream.recv(65536):
            data += chunk
    except ConnectionResetError:
        pass
    if not data:
        return None
    head, _, body = data.partition(b"\r\n\r\n")
    response = Response(head, body)
    RECORD.response(response)
    return response


def upgrade_fields(**changes):
    """Header fields of a good upgrade, by name in lower case with _ for -; None removes one, a list repeats it."""
    fields = {"host": "chat.example", "connection": "Upgrade", "upgrade": "websocket", "sec_websocket_version": "13",
              "sec_websocket_key": "dGhlIHNhbXBsZSBub25jZQ=="} | changes
    return {name: value for name, value in fields.items() if value is not None}


def upgrade_request(target="/ws", method="GET", **fields):
    lines = [f"{method} {target} HTTP/1.1"]
    for name, value in upgrade_fields(**fields).items():
        name = name.replace("_", "-").title()
        lines += [f"{name}: {one}" for one in (value if isinstance(value, list) else [value])]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def exchange(port, request, source="127.0.0.1"):
    """Sends the octets and reads to the end of the connection."""
    with connect(port, source) as stream:
        try:
            stream.sendall(request)
        except (BrokenPipeError, ConnectionResetError):
            pass  # refused before all was read: the answer may have come nevertheless
        return read_response(stream)


def bearer(user="ann", **claims):
    return {"authorization": "Bearer " + token(user, **claims)}


def check_refusal(test, response, status, code):
    """Every refusal has the same form."""
    test.assertIsNotNone(response, "closed without an answer")
    test.assertEqual((response.status, response.body.get("code")), (status, code))
    test.assertEqual(set(response.body), {"code", "message"})
    test.assertEqual(response.field("Content-Type"), "application/json")
    test.assertEqual(response.field("Content-Length"), str(len(response.raw_body)))
    test.assertEqual(response.field("Connection"), "close")
    test.assertEqual(response.field("WWW-Authenticate"), "Bearer" if status == 401 else None)
    if status == 503:
        test.assertIn(int(response.field("Retry-After")), range(1, 61))
    else:
        test.assertIsNone(response.field("Retry-After"))
    return response


class Closed(Exception):
    """The connection ended: code and reason of the close frame; code None when there was none."""

    def __init__(self, code, reason=""):
        super().__init__(f"closed: {code} {reason}")
        self.code, self.reason = code, reason


class Refused(Exception):
    def __init__(self, response):
        super().__init__(f"refused: {response.status} {response.raw_body!r}")
        self.response = response


def mask(data, key):
    length = len(data)
    pattern = int.from_bytes((key * (length // 4 + 1))[:length], "big")
    return (int.from_bytes(data, "big") ^ pattern).to_bytes(length, "big")


def encode_frame(opcode, payload=b"", *, fin=True, masked=True, reserved=0):
    head = bytes([(0x80 if fin else 0) | reserved << 4 | opcode])
    length, bit = len(payload), 0x80 if masked else 0
    if length < 126:
        head += bytes([bit | length])
    elif length < 65536:
        head += bytes([bit | 126]) + struct.pack("!H", length)
    else:
        head += bytes([bit | 127]) + struct.pack("!Q", length)
    if not masked:
        return head + payload
    key = os.urandom(4)
    return head + key + mask(payload, key)


class Socket:
    """The WebSocket layer. Answers pings unless told otherwise."""

    def __init__(self, port, *, source="127.0.0.1", wrap=None, answer_pings=True, **fields):
        self.stream = connect(port, source)
        self.stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if wrap:
            self.stream = wrap(self.stream)
        self.answer_pings, self.buffer = answer_pings, bytearray()
        self.stream.sendall(upgrade_request(**fields))
        while b"\r\n\r\n" not in self.buffer:
            chunk = self.stream.recv(65536)
            if not chunk:
                break
            self.buffer += chunk
        head, _, rest = bytes(self.buffer).partition(b"\r\n\r\n")
        self.buffer = bytearray(rest)
        self.response = Response(head, b"")
        if self.response.status != 101:
            self.response.raw_body = rest + b"".join(iter(lambda: self.stream.recv(65536), b""))
            self.stream.close()
            RECORD.response(self.response)
            raise Refused(self.response)

    def send_octets(self, data):
        self.stream.sendall(data)

    def send_frame(self, opcode, payload=b"", **form):
        if opcode == TEXT:
            RECORD.sent(payload)
        self.stream.sendall(encode_frame(opcode, payload, **form))

    def need(self, count):
        while len(self.buffer) < count:
            try:
                chunk = self.stream.recv(1 << 18)
            except ConnectionResetError:
                chunk = b""
            if not chunk:
                raise Closed(None)
            self.buffer += chunk

    def receive_frame(self, timeout=PATIENCE):
        """(opcode, payload) of the next frame. A time-out leaves what has arrived of it in the buffer."""
        self.stream.settimeout(timeout)
        self.need(2)
        first, second = self.buffer[:2]
        assert first & 0x80 and not second & 0x80, "the server sends whole, unmasked frames"
        length, start = second & 0x7f, 2
        if length > 125:
            start = 4 if length == 126 else 10
            self.need(start)
            length = int.from_bytes(self.buffer[2:start], "big")
        self.need(start + length)
        payload = bytes(self.buffer[start:start + length])
        del self.buffer[:start + length]
        return first & 0x0f, payload

    def receive_text(self, timeout=PATIENCE):
        end = time.monotonic() + timeout
        while True:
            opcode, payload = self.receive_frame(max(0.001, end - time.monotonic()))
            if opcode == TEXT:
                text = payload.decode()
                RECORD.received(text)
                return text
            if opcode == CLOSE:
                code = int.from_bytes(payload[:2], "big") if payload else 1005
                RECORD.note("close", f"{code} {payload[2:].decode()}".strip())
                raise Closed(code, payload[2:].decode())
            if opcode == PING and self.answer_pings:
                self.send_frame(PONG, payload)

    def close(self, code=1000):
        """Says goodbye, or nothing at all with code None."""
        try:
            if code is not None:
                self.send_frame(CLOSE, struct.pack("!H", code))
                while True:
                    self.receive_text()
        except (Closed, OSError):
            pass
        self.stream.close()


class Client(Socket):
    """A user's connection. Frames that a test does not ask for are kept in `waiting`."""

    def __init__(self, server, user, *, hello=True, caps=(), device=None, resume=None, pending=None, claims=None,
                 **fields):
        fields = {"authorization": "Bearer " + token(user, **(claims or {}))} | fields
        super().__init__(server.port, **fields)
        server.clients.add(self)
        self.user, self.waiting, self.counter = user, [], 0
        self.established = self.hello_ack = None
        if hello:
            self.established = self.wait("CONNECTION_ESTABLISHED")
            optional = {"caps": list(caps), "deviceId": device, "resume": resume, "pending": pending}
            self.send("HELLO", version=1, **{name: value for name, value in optional.items() if value})
            self.hello_ack = self.wait("HELLO_ACK")
            self.wait("PRESENCE_SNAPSHOT")

    def send(self, kind, **fields):
        self.send_frame(TEXT, json.dumps({"type": kind, **fields}).encode())

    def send_text(self, text):
        self.send_frame(TEXT, text if isinstance(text, bytes) else text.encode())

    def next_arrival(self, timeout=PATIENCE):
        """The next frame from the wire; those that wait stay where they are."""
        return json.loads(self.receive_text(timeout))

    def next(self, timeout=PATIENCE):
        """The next frame, whatever it is."""
        return self.waiting.pop(0) if self.waiting else self.next_arrival(timeout)

    def wait(self, *kinds, timeout=PATIENCE, **fields):
        """The first frame of one of the kinds with these fields; others stay waiting."""
        def fits(frame):
            return (not kinds or frame["type"] in kinds) and all(frame.get(key) == fields[key] for key in fields)
        for index, frame in enumerate(self.waiting):
            if fits(frame):
                return self.waiting.pop(index)
        end = time.monotonic() + timeout
        while True:
            try:
                frame = json.loads(self.receive_text(max(0.001, end - time.monotonic())))
            except TimeoutError:
                raise AssertionError(f"no {kinds} {fields}; waiting: {self.waiting}") from None
            except Closed as closed:
                raise AssertionError(f"{closed} before {kinds} {fields}; waiting: {self.waiting}") from closed
            if fits(frame):
                return frame
            self.waiting.append(frame)

    def request(self, kind, **fields):
        """Sends the frame and returns the reply to it, found by correlationId."""
        self.counter += 1
        correlation = f"{self.user}/{self.counter}"
        self.send(kind, correlationId=correlation, **fields)
        return self.wait(correlationId=correlation)

    def say(self, recipient, content="hello", **fields):
        """Sends a direct message, which must be stored."""
        reply = self.request("MESSAGE_SEND", recipientId=recipient, content=content, **fields)
        assert reply["type"] == "MESSAGE_ACK", reply
        return reply

    def series(self, first=None):
        """The frames of a series from RESYNC_START to ROOMS_SNAPSHOT, in order, and nothing in between but presence, which
        stays waiting."""
        frames, presence = [first or self.wait("RESYNC_START")], []
        while frames[-1]["type"] != "ROOMS_SNAPSHOT":
            frame = self.next()
            (presence if frame["type"].startswith("PRESENCE_") else frames).append(frame)
        self.waiting[:0] = presence
        return frames

    def resume(self, **cursor):
        return self.series(self.request("RESUME", **cursor))

    def settle(self):
        """All frames up to the reply to a PING: what earlier frames of this connection have caused here."""
        self.request("PING")
        frames, self.waiting = self.waiting, []
        return [frame for frame in frames if not re.match("PRESENCE_", frame["type"])]

    def closed(self, timeout=PATIENCE):
        """The end of the connection; frames that precede it are kept waiting."""
        end = time.monotonic() + timeout
        while True:
            try:
                self.waiting.append(json.loads(self.receive_text(max(0.001, end - time.monotonic()))))
            except Closed as closed:
                self.stream.close()
                return closed


def open_when_free(attempt, patience=PATIENCE):
    """Tries again while there is no slot: one is free as soon as the server, too, has ended the old connection."""
    end = time.monotonic() + patience
    while True:
        try:
            return attempt()
        except Refused:
            if time.monotonic() > end:
                raise
            time.sleep(0.01)
