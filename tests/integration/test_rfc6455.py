#!/usr/bin/env python3
"""RFC 6455 judged from outside: the transport of wsd with an echo behind it, and what the classes of the Autobahn suite ask.

A case is a table row: what is sent, and what must come back. WSD_ECHO_BIN names the echo server.
"""
import os
import random
import socket
import struct
import subprocess
import time
import unittest

from ws_client import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, Closed, Socket, encode_frame
from wsd_process import PATIENCE, SOURCE

ECHO = os.environ.get("WSD_ECHO_BIN") or str(SOURCE / "build/release/tests/echo_server")
PROTOCOL_ERROR, INVALID_UTF8, TOO_LARGE, POLICY = 1002, 1007, 1009, 1008
MESSAGE_MAX = 16 << 20


def close_frame(code=None, reason=b""):
    return encode_frame(CLOSE, b"" if code is None else struct.pack("!H", code) + reason)


class EchoCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.process = subprocess.Popen([ECHO, "0"], stdout=subprocess.PIPE, text=True)
        cls.addClassCleanup(cls.end)
        cls.port = int(cls.process.stdout.readline().strip().rpartition("=")[2])

    @classmethod
    def end(cls):
        cls.process.kill()
        cls.process.wait()
        cls.process.stdout.close()

    def open(self):
        client = Socket(self.port, answer_pings=False, target="/whatever")
        self.addCleanup(client.stream.close)
        return client

    def receive(self, client, timeout=PATIENCE):
        """What comes next: (opcode, payload); after a close frame the end of TCP has been seen, too."""
        opcode, payload = client.receive_frame(timeout)
        if opcode != CLOSE:
            return opcode, payload
        # Who is told why hangs up; the server that has both close frames does so itself.
        try:
            client.stream.sendall(close_frame(1000))
            client.stream.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        with self.assertRaises(Closed):
            client.receive_frame(timeout)
        return CLOSE, int.from_bytes(payload[:2], "big") if payload else None

    def expect(self, octets, *answers, chop=None):
        """Sends the octets (chop: in pieces of that size), and receives exactly these answers, then the connection's end.

        An answer is (opcode, payload); the last one is a close code. None for it: the connection stays good.
        """
        client = self.open()
        try:
            for start in range(0, len(octets), chop or max(1, len(octets))):
                client.stream.sendall(octets[start:start + (chop or len(octets))])
        except (BrokenPipeError, ConnectionResetError):
            pass
        *answers, end = answers
        for answer in answers:
            got = self.receive(client)
            self.assertEqual((got[0], got[1][:200], len(got[1])), (answer[0], answer[1][:200], len(answer[1])))
            self.assertTrue(got[1] == answer[1], "the payload is changed")
        if end is None:
            end = 1000
            client.stream.sendall(close_frame(end))
        self.assertEqual(self.receive(client), (CLOSE, end))

    def table(self, cases):
        for name, octets, *answers in cases:
            with self.subTest(name):
                self.expect(octets, *answers)


class Framing(EchoCase):
    def test_lengths_of_every_form(self):
        for opcode in (TEXT, BINARY):
            for length in (0, 1, 125, 126, 127, 128, 511, 512, 513, 65535, 65536, 65537, 1 << 20):
                data = (b"*" if opcode == TEXT else b"\xfe") * length
                with self.subTest(opcode=opcode, length=length):
                    self.expect(encode_frame(opcode, data), (opcode, data), None)

    def test_frames_in_pieces(self):
        for chop in (1, 997):
            data = b"\xe2\x82\xac" * (100 if chop == 1 else 30000)
            with self.subTest(chop):
                self.expect(encode_frame(TEXT, data), (TEXT, data), None, chop=chop)

    def test_length_forms_longer_than_needed(self):
        for head in (b"\x81\xfe\x00\x05", b"\x81\xff" + bytes(7) + b"\x05"):
            with self.subTest(head):  # RFC 6455 §5.2: the shortest form must be used
                self.expect(head + bytes(4) + b"hello", PROTOCOL_ERROR)

    def test_length_with_the_highest_bit(self):
        self.expect(b"\x81\xff\x80" + bytes(7) + bytes(4), TOO_LARGE)  # forbidden, and longer than any limit

    def test_many_messages_keep_order_and_kind(self):
        sent = [((TEXT, BINARY)[n % 2], b"%d" % n) for n in range(500)]
        self.expect(b"".join(encode_frame(*one) for one in sent), *sent, None)


class Pings(EchoCase):
    def test_pings(self):
        whole = bytes(range(125))
        self.table([(f"{len(data)} octets", encode_frame(PING, data), (PONG, data), None)
                    for data in (b"", b"Hello", b"\x00\xff\xfe\xfd\xfc\xfb\x00\xff", whole)])
        self.expect(encode_frame(PING, whole), (PONG, whole), None, chop=1)

    def test_ping_of_126_octets(self):
        self.expect(encode_frame(PING, b"x" * 126), PROTOCOL_ERROR)

    def test_pongs_are_not_answered(self):
        self.expect(encode_frame(PONG, b"unasked") + encode_frame(PONG) + encode_frame(PING, b"p"), (PONG, b"p"), None)

    def test_ten_pings_in_order(self):
        self.expect(b"".join(encode_frame(PING, b"%d" % n) for n in range(10)), *((PONG, b"%d" % n) for n in range(10)), None)

    def test_hundred_control_frames_and_one_more(self):
        pings = b"".join(encode_frame(PING, b"") for _ in range(100))
        self.expect(pings, *[(PONG, b"")] * 100, None)
        client = self.open()
        client.stream.sendall(pings + encode_frame(PING, b""))
        while (got := self.receive(client))[0] == PONG:
            pass
        self.assertEqual(got, (CLOSE, POLICY))


class Reserved(EchoCase):
    def test_reserved_bits(self):
        for bits in range(1, 8):
            for opcode in (TEXT, BINARY, PING, PONG, CLOSE):
                with self.subTest(bits=bits, opcode=opcode):
                    self.expect(encode_frame(TEXT, b"first") + encode_frame(opcode, b"", reserved=bits),
                                (TEXT, b"first"), PROTOCOL_ERROR)

    def test_reserved_opcodes(self):
        for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15):
            for data in (b"", b"reserved"):
                with self.subTest(opcode=opcode, data=data):
                    self.expect(encode_frame(TEXT, b"first") + encode_frame(opcode, data), (TEXT, b"first"), PROTOCOL_ERROR)

    def test_unmasked_frames(self):
        for opcode in (TEXT, BINARY, PING, PONG, CLOSE):
            with self.subTest(opcode):
                self.expect(encode_frame(opcode, b"", masked=False), PROTOCOL_ERROR)


class Fragments(EchoCase):
    def test_control_frames_are_never_fragmented(self):
        for opcode in (PING, PONG, CLOSE):
            with self.subTest(opcode):
                self.expect(encode_frame(opcode, b"", fin=False) + encode_frame(CONTINUATION, b""), PROTOCOL_ERROR)

    def test_fragments_become_one_message(self):
        def first(data, opcode=TEXT):
            return encode_frame(opcode, data, fin=False)

        def more(data, fin=True):
            return encode_frame(CONTINUATION, data, fin=fin)
        ping, pong = encode_frame(PING, b"between"), (PONG, b"between")
        self.table([
            ("two", first(b"a") + more(b"b"), (TEXT, b"ab"), None),
            ("binary", first(b"\xff", BINARY) + more(b"\xfe", False) + more(b"\xfd"), (BINARY, b"\xff\xfe\xfd"), None),
            ("empty ones", first(b"") + more(b"", False) + more(b""), (TEXT, b""), None),
            ("empty around", first(b"") + more(b"middle", False) + more(b""), (TEXT, b"middle"), None),
            ("ping between", first(b"a") + ping + more(b"b"), pong, (TEXT, b"ab"), None),
            ("pings between", first(b"a") + ping + more(b"b", False) + ping + more(b"c"), pong, pong, (TEXT, b"abc"), None),
            ("pong between", first(b"a") + encode_frame(PONG, b"x") + more(b"b"), (TEXT, b"ab"), None),
            ("close between", first(b"a") + close_frame(1000) + more(b"b"), 1000),
            ("message after message", (first(b"a") + more(b"b")) * 2, (TEXT, b"ab"), (TEXT, b"ab"), None),
        ])

    def test_what_is_no_sequence_of_fragments(self):
        text = encode_frame(TEXT, b"x")
        self.table([
            ("continuation of nothing", encode_frame(CONTINUATION, b"x"), PROTOCOL_ERROR),
            ("continuation of nothing, not final", encode_frame(CONTINUATION, b"x", fin=False), PROTOCOL_ERROR),
            ("continuation of what has ended", text + encode_frame(CONTINUATION, b"x"), (TEXT, b"x"), PROTOCOL_ERROR),
            ("text within text", encode_frame(TEXT, b"a", fin=False) + text, PROTOCOL_ERROR),
            ("binary within text", encode_frame(TEXT, b"a", fin=False) + encode_frame(BINARY, b"b"), PROTOCOL_ERROR),
            ("text within binary", encode_frame(BINARY, b"a", fin=False) + encode_frame(TEXT, b"b", fin=False), PROTOCOL_ERROR),
        ])

    def test_limit_of_fragments(self):
        begin, middle = encode_frame(BINARY, b"\xff", fin=False), encode_frame(CONTINUATION, b"\xff", fin=False)
        end = encode_frame(CONTINUATION, b"\xff")
        self.expect(begin + middle * 1022 + end, (BINARY, b"\xff" * 1024), None)
        self.expect(begin + middle * 1023 + end, POLICY)


VALID_UTF8 = [bytes.fromhex(text) for text in (
    "48656c6c6f2dc2b540c39fc3b6c3a4c3bcc3a0c3a12d5554462d382121", "cebae1bdb9cf83cebcceb5", "00", "c280", "e0a080", "f0908080",
    "7f", "dfbf", "efbfbf", "f48fbfbf", "ed9fbf", "ee8080", "efbfbd", "efbfbe", "f09fbfbe", "f48fbfbe", "e28080", "f0a0ae9f")]
INVALID_UTF8_TEXTS = [bytes.fromhex(text) for text in (
    "80", "bf", "8080", "bfbfbf", "c0", "c120", "e020", "f020", "fe", "ff", "fefeffff", "c0af", "e080af", "f08080af",
    "f8808080af", "fc80808080af", "c1bf", "e09fbf", "f08fbfbf", "f887bfbfbf", "fc83bfbfbfbf", "c080", "e08080", "f0808080",
    "f888808080", "f7bfbfbf", "fc8480808080", "f4908080", "fbbfbfbfbf", "fdbfbfbfbfbf", "eda080", "edadbf", "edae80", "edbfbf",
    "eda080edb080", "edafbfedbfbf", "cebae1bdb9cf83cebcceb5eda080656469746564", "c2", "e282", "f09f98")]


class Utf8(EchoCase):
    def test_valid_texts_in_every_fragmentation(self):
        for text in VALID_UTF8:
            with self.subTest(text):
                octets = [encode_frame(CONTINUATION if n else TEXT, text[n:n + 1], fin=False) for n in range(len(text))]
                self.expect(encode_frame(TEXT, text) + b"".join(octets) + encode_frame(CONTINUATION, b""),
                            (TEXT, text), (TEXT, text), None)

    def test_invalid_texts(self):
        for text in INVALID_UTF8_TEXTS:
            for place in (text, b"before " + text, b"x" * 600 + text, text + b" after"):
                with self.subTest(place[-40:]):
                    self.expect(encode_frame(TEXT, place), INVALID_UTF8)

    def test_invalid_texts_over_fragments(self):
        for text in INVALID_UTF8_TEXTS:
            with self.subTest(text):
                octets = [encode_frame(CONTINUATION if n else TEXT, text[n:n + 1], fin=False) for n in range(len(text))]
                self.expect(b"".join(octets) + encode_frame(CONTINUATION, b""), INVALID_UTF8)

    def test_a_code_point_cut_by_the_end_of_the_message(self):
        for text in (b"\xce", b"\xe2\x82", b"\xf0\x9f\x98", b"ok \xf4\x8f\xbf"):
            with self.subTest(text):
                self.expect(encode_frame(TEXT, text), INVALID_UTF8)

    def test_fragments_are_judged_before_the_message_ends(self):
        self.expect(encode_frame(TEXT, b"good", fin=False) + encode_frame(CONTINUATION, b"\xf4\x90\x80\x80", fin=False), INVALID_UTF8)

    def test_binary_messages_are_not_judged(self):
        for data in INVALID_UTF8_TEXTS:
            with self.subTest(data):
                self.expect(encode_frame(BINARY, data), (BINARY, data), None)


class Closing(EchoCase):
    def test_close_is_answered_with_its_code(self):
        self.expect(close_frame(), 1000)
        for code in (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999):
            with self.subTest(code):
                self.expect(close_frame(code), code)
                self.expect(close_frame(code, "größer".encode()), code)

    def test_codes_that_are_none(self):
        for code in (0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535):
            with self.subTest(code):
                self.expect(close_frame(code), PROTOCOL_ERROR)

    def test_forms_of_a_close_frame(self):
        self.table([
            ("one octet", encode_frame(CLOSE, b"\x03"), PROTOCOL_ERROR),
            ("reason of 123 octets", close_frame(1000, b"*" * 123), 1000),
            ("reason of 124 octets", close_frame(1000, b"*" * 124), PROTOCOL_ERROR),
            ("reason that is no UTF-8", close_frame(1000, b"\xce\xba\xed\xa0\x80"), INVALID_UTF8),
        ])

    def test_nothing_follows_a_close(self):
        self.table([
            ("close", close_frame(1000) * 2, 1000), ("ping", close_frame(1000) + encode_frame(PING, b"late"), 1000),
            ("text", close_frame(1000) + encode_frame(TEXT, b"late"), 1000),
            ("message before", encode_frame(TEXT, b"early") + close_frame(1001), (TEXT, b"early"), 1001),
            ("junk", close_frame(1000) + b"\xff" * 100, 1000),
        ])

    def test_messages_before_a_close_are_all_answered(self):
        big = b"*" * (256 << 10)
        self.expect(encode_frame(TEXT, big) + close_frame(1000), (TEXT, big), 1000)

    def test_peer_that_does_not_answer_a_close_is_left(self):
        client = self.open()
        client.stream.sendall(encode_frame(3, b""))
        begin = time.monotonic()
        self.assertEqual(client.receive_frame()[0], CLOSE)
        with self.assertRaises(Closed):
            while True:  # a peer that goes on as if nothing had happened
                client.stream.settimeout(0.2)
                try:
                    client.receive_frame(0.2)
                except TimeoutError:
                    try:
                        client.stream.sendall(encode_frame(TEXT, b"still here"))
                    except OSError as gone:
                        raise Closed(None) from gone
                self.assertLess(time.monotonic() - begin, 15)

    def test_end_of_tcp_without_a_close(self):
        client = self.open()
        client.stream.sendall(encode_frame(TEXT, b"half")[:4])
        client.stream.shutdown(socket.SHUT_WR)
        with self.assertRaises(Closed) as end:
            client.receive_frame()
        self.assertIsNone(end.exception.code)


class Limits(EchoCase):
    def test_messages_up_to_the_limit(self):
        for opcode, size in ((TEXT, 4 << 20), (BINARY, MESSAGE_MAX)):
            with self.subTest(opcode=opcode, size=size):
                data = b"*" * size
                self.expect(encode_frame(opcode, data), (opcode, data), None)

    def test_longer_messages_are_refused_at_their_header(self):
        head = encode_frame(TEXT, b"*" * 65536)[:2] + struct.pack("!Q", MESSAGE_MAX + 1) + bytes(4)
        self.expect(head, TOO_LARGE)

    def test_fragments_that_exceed_the_limit_together(self):
        part = encode_frame(CONTINUATION, b"*" * (4 << 20), fin=False)
        self.expect(encode_frame(TEXT, b"*" * (4 << 20), fin=False) + part * 3 + encode_frame(CONTINUATION, b"*"), TOO_LARGE)

    def test_large_messages_in_1024_fragments(self):
        data = random.Random(1).randbytes(4 << 20)
        frames = [encode_frame(CONTINUATION if n else BINARY, data[n:n + 4096], fin=n + 4096 == len(data))
                  for n in range(0, len(data), 4096)]
        self.assertEqual(len(frames), 1024)
        self.expect(b"".join(frames), (BINARY, data), None, chop=1300)

    def test_thousand_round_trips(self):
        for size in (0, 16, 64, 4096):
            with self.subTest(size):
                client, data = self.open(), encode_frame(TEXT, b"*" * size)
                begin = time.monotonic()
                for _ in range(1000):
                    client.stream.sendall(data)
                    self.assertEqual(client.receive_frame(), (TEXT, b"*" * size))
                self.assertLess(time.monotonic() - begin, PATIENCE)

    def test_peer_that_reads_nothing_stops_the_echo_and_loses_nothing(self):
        client, data = self.open(), b"*" * (1 << 20)
        client.stream.settimeout(0.5)
        sent, frame = 0, encode_frame(TEXT, data)
        try:
            for sent in range(64):
                client.stream.sendall(frame)
        except TimeoutError:
            pass
        self.assertLess(sent, 63, "the server buffers without bound")
        for _ in range(sent):
            self.assertEqual(client.receive_frame(), (TEXT, data))


class Handshake(EchoCase):
    def test_answer(self):
        client = self.open()
        self.assertEqual(client.response.field("Sec-WebSocket-Accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        self.assertIsNone(client.response.field("Sec-WebSocket-Extensions"))

    def test_refusals_are_those_of_wsd(self):
        client = socket.create_connection(("127.0.0.1", self.port), PATIENCE)
        self.addCleanup(client.close)
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        self.assertTrue(client.recv(1000).startswith(b"HTTP/1.1 426 "))

    def test_frames_in_the_segment_of_the_request(self):
        plain = ("GET /chat?x HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                 "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n").encode()
        client = socket.create_connection(("127.0.0.1", self.port), PATIENCE)
        self.addCleanup(client.close)
        client.sendall(plain + encode_frame(TEXT, b"early"))
        got = b""
        while not got.endswith(b"\x81\x05early"):
            chunk = client.recv(1000)
            self.assertTrue(chunk, got)
            got += chunk


if __name__ == "__main__":
    unittest.main(warnings="ignore")
