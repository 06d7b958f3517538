#!/usr/bin/env python3
"""Frames before their meaning: WebSocket rules, JSON rules, the gate of HELLO, the order of replies."""
import json
import struct
import time
import unittest

from ws_client import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, Client, Closed, encode_frame
from wsd_process import Server, ServerCase

HELLO = '{"type":"HELLO","version":1}'


class FrameCase(ServerCase):
    def closes(self, client, code, reason):
        closed = client.closed()
        self.assertEqual((closed.code, closed.reason), (code, reason))

    def error(self, frame, kind, code, retryable=False):
        self.assertEqual((frame["type"], frame["code"], frame["retryable"]), (kind, code, retryable))
        self.assertEqual(frame["message"], frame["error"])
        self.assertTrue(frame["message"])


class Hello(FrameCase):
    def connected(self, **options):
        client = Client(self.server, self.user("ann"), hello=False, **options)
        client.wait("CONNECTION_ESTABLISHED")
        return client

    def test_sequence_of_a_connection(self):
        ann = self.user("ann")
        client = Client(self.server, ann, hello=False, claims={"sid": "laptop"})
        first = client.next()
        self.assertEqual({key: first[key] for key in ("type", "userId", "sessionId", "isReconnect", "connectionCount",
                                                      "protocolVersion")},
                         {"type": "CONNECTION_ESTABLISHED", "userId": ann, "sessionId": "laptop", "isReconnect": False,
                          "connectionCount": 1, "protocolVersion": "1.0.0"})
        self.assertLess(abs(first["timestamp"] - time.time() * 1000), 10000)
        client.send("HELLO", version=1, caps=["seq", "future"], deviceId="d", correlationId="h")
        ack = client.next()
        self.assertEqual({key: ack[key] for key in ("type", "version", "protocolVersion", "connectionId", "sessionId",
                                                    "head", "floor", "heartbeatMs", "caps", "limits", "correlationId")},
                         {"type": "HELLO_ACK", "version": 1, "protocolVersion": "1.0.0", "sessionId": "laptop",
                          "connectionId": first["connectionId"], "head": 0, "floor": 1, "heartbeatMs": 30000,
                          "caps": ["seq"], "correlationId": "h",
                          "limits": {"maxPayloadBytes": 1048576, "maxContentLength": 10000, "rateMessages": 1000000,
                                     "rateWindowMs": 60000}})
        self.assertEqual(client.next()["type"], "PRESENCE_SNAPSHOT")

    def test_reconnects_are_told_by_session(self):
        ann = self.user("ann")
        Client(self.server, ann, claims={"sid": "a"}).close()
        self.assertTrue(Client(self.server, ann, claims={"sid": "a"}).established["isReconnect"])
        self.assertFalse(Client(self.server, ann, claims={"sid": "b"}).established["isReconnect"])

    def test_connections_of_the_user_are_counted(self):
        first = Client(self.server, self.user("ann"))
        second = Client(self.server, self.user("ann"))
        self.assertEqual((first.established["connectionCount"], second.established["connectionCount"]), (1, 2))

    def test_other_frames_before_hello(self):
        for frame in ({"type": "PING"}, {"type": "NO_SUCH"}, {"type": "MESSAGE_SEND"}):
            with self.subTest(frame):
                client = self.connected()
                client.send(**{"kind": frame["type"]}, correlationId="c")
                error = client.next()
                self.error(error, "ERROR", "HELLO_REQUIRED")
                self.assertEqual(error["correlationId"], "c")
                self.closes(client, 1008, "HELLO_REQUIRED")

    def test_other_versions(self):
        for version in (0, 2, -1, 9007199254740991):
            with self.subTest(version):
                client = self.connected()
                client.send("HELLO", version=version)
                error = client.next()
                self.error(error, "ERROR", "UNSUPPORTED_PROTOCOL_VERSION")
                self.assertEqual(error["supportedVersions"], [1])
                self.closes(client, 1008, "UNSUPPORTED_PROTOCOL_VERSION")

    def test_malformed_hellos_may_be_repeated(self):
        client = self.connected()
        for text in ('{"type":"HELLO"}', '{"type":"HELLO","version":null}', '{"type":"HELLO","version":"1"}',
                     '{"type":"HELLO","version":1.5}', '{"type":"HELLO","version":1.0}', '{"type":"HELLO","version":1e0}',
                     '{"type":"HELLO","version":1,"deviceId":""}', '{"type":"HELLO","version":1,"deviceId":7}',
                     '{"type":"HELLO","version":1,"deviceId":"%s"}' % ("d" * 65), '{"type":"HELLO","version":1,"caps":"seq"}',
                     '{"type":"HELLO","version":1,"caps":null}', '{"type":"HELLO","version":1,"resume":{"epoch":"e"}}',
                     '{"type":"HELLO","version":1,"resume":{"epoch":"e","seq":-1}}', '{"type":"HELLO","version":1,"pending":[1]}'):
            with self.subTest(text):
                client.send_text(text)
                error = client.next()
                self.error(error, "MESSAGE_ERROR", "INVALID_PAYLOAD")
                self.assertTrue(error["details"])
        client.send_text(HELLO)
        self.assertEqual(client.next()["type"], "HELLO_ACK")

    def test_second_hello(self):
        client = Client(self.server, self.user("ann"), caps=["seq"])
        self.error(client.request("HELLO", version=1, caps=[]), "ERROR", "HELLO_ALREADY_SENT")
        self.assertEqual(client.request("PING")["type"], "PONG")

    def test_tabs_that_say_hello_at_once(self):
        tabs = [Client(self.server, self.user("ann"), hello=False) for _ in range(10)]
        for tab in tabs:
            tab.send("HELLO", version=1)
        for tab in tabs:
            tab.wait("HELLO_ACK")


class HelloDeadline(FrameCase):
    OPTIONS = {"WS_HELLO_TIMEOUT": 300}

    def test_no_hello_in_time(self):
        client = Client(self.server, "ann", hello=False)
        start = time.monotonic()
        client.wait("CONNECTION_ESTABLISHED")
        client.send_text('{"type":"HELLO"}')  # malformed ones don't help
        client.wait("MESSAGE_ERROR")
        self.error(client.wait("ERROR"), "ERROR", "HELLO_REQUIRED")
        self.closes(client, 1008, "HELLO_TIMEOUT")
        self.assertGreater(time.monotonic() - start, 0.25)

    def test_hello_ends_the_deadline(self):
        client = Client(self.server, "bob")
        time.sleep(0.5)
        client.request("PING")


class Messages(FrameCase):
    OPTIONS = {"WS_MAX_VIOLATIONS": 0}

    def setUp(self):
        self.client = Client(self.server, self.user("ann"))

    def test_ping(self):
        pong = self.client.request("PING", extra={"ignored": [1]}, version="x")
        self.assertEqual(set(pong), {"type", "timestamp", "correlationId"})

    def test_presence_ping(self):
        for status in ("online", "away", "busy", "offline"):
            self.assertEqual(self.client.request("PRESENCE_PING", status=status, metadata={"a": 1})["status"], status)
        self.assertEqual(self.client.request("PRESENCE_PING")["status"], "online")
        self.error(self.client.request("PRESENCE_PING", status="gone"), "MESSAGE_ERROR", "INVALID_PAYLOAD")
        self.error(self.client.request("PRESENCE_PING", metadata=[]), "MESSAGE_ERROR", "INVALID_PAYLOAD")

    def test_what_is_not_json(self):
        for text in ("", " ", "{", '{"type":"PING"}}', '{"type":"PING"} x', "\ufeff" + '{"type":"PING"}', "{'type':'PING'}",
                     '{"type":"PING",}', '{"type":"PING","a":01}', '{"type":"PING","a":1e999}', '{"type":"PING","a":NaN}',
                     r'{"type":"PING","a":"\ud800"}', r'{"type":"PING","a":"\udc00\ud800"}', '{"type":"PING","a":"\t"}',
                     '{"type":"PING","a":%s}' % ("[" * 32 + "]" * 32), "[" * 100000, "nul", '{"type":"PING"}\0'):
            with self.subTest(text[:60]):
                self.client.send_text(text)
                self.error(self.client.next(), "ERROR", "INVALID_JSON")

    def test_json_of_a_wrong_shape(self):
        for text in ("null", "[]", "7", '"PING"', "true", "{}", '{"type":null}', '{"type":7}', '{"Type":"PING"}',
                     '{"type":"PING","type":"PING"}', r'{"type":"PING","a":{"b":1,"\u0062":2}}',
                     '{"type":"PING","a":[{"b":1,"b":1}]}'):
            with self.subTest(text):
                self.client.send_text(text)
                self.error(self.client.next(), "MESSAGE_ERROR", "INVALID_PAYLOAD")

    def test_json_within_the_limits(self):
        for text in ('{"type":"PING","a":%s}' % ("[" * 31 + "]" * 31), ' \t\r\n{"type":"PING"} ', r'{"\u0074ype":"PING"}',
                     r'{"type":"PING","a":"\ud83d\ude00\u0000"}', '{"type":"PING","a":1e308}'):
            with self.subTest(text):
                self.client.send_text(text)
                self.assertEqual(self.client.next()["type"], "PONG")

    def test_binary(self):
        for payload in (b"", b'{"type":"PING"}', b"\xff\x00"):
            self.client.send_frame(BINARY, payload)
            self.error(self.client.next(), "ERROR", "UNSUPPORTED_FORMAT")
        self.client.request("PING")

    def test_unknown_types(self):
        for kind, received in (("NO_SUCH", "NO_SUCH"), ("", ""), ("ping", "ping"), ("HELLO_ACK", "HELLO_ACK"),
                               ("MESSAGE_RECEIVE", "MESSAGE_RECEIVE"), ("ß😀" * 40, "ß😀" * 32), ("x" * 64, "x" * 64)):
            with self.subTest(kind):
                error = self.client.request(kind)
                self.error(error, "ERROR", "UNKNOWN_TYPE")
                self.assertEqual(error["receivedType"], received)

    def test_echoes(self):
        self.client.send("NO_SUCH", correlationId="c" * 128, clientMessageId="m", messageId="", roomId="r" * 128)
        error = self.client.next()
        self.assertEqual([error[key] for key in ("correlationId", "clientMessageId", "messageId", "roomId")],
                         ["c" * 128, "m", "", "r" * 128])
        for value in ("c" * 129, 7, None, {}, True):
            self.client.send("NO_SUCH", correlationId=value, clientMessageId=value, messageId=value, roomId=value)
            error = self.client.next()
            self.assertEqual(set(error) & {"correlationId", "clientMessageId", "messageId", "roomId"}, set())
        self.client.send("PING", correlationId="😀" * 128)
        self.assertEqual(self.client.next()["correlationId"], "😀" * 128)

    def test_ten_frames_in_one_segment(self):
        kinds = ["PING", "PRESENCE_PING", "NO_SUCH", "MESSAGE_SEND", "PING", "MESSAGE_READ", "HELLO", "MESSAGE_SEND", "PING",
                 "MESSAGE_ACK"]
        frames = [{"type": kind, "correlationId": str(number)} for number, kind in enumerate(kinds)]
        frames[3] |= {"recipientId": "bob", "content": "x"}
        frames[5] |= {"messageId": "none"}
        frames[6] |= {"version": 1}
        frames[9] |= {"upTo": 0}
        self.client.send_octets(b"".join(encode_frame(TEXT, json.dumps(frame).encode()) for frame in frames))
        replies = []
        while len(replies) < 10:
            frame = self.client.next()
            if "correlationId" in frame:
                replies.append((frame["correlationId"], frame["type"]))
        expected = ["PONG", "PRESENCE_PONG", "ERROR", "MESSAGE_ACK", "PONG", "MESSAGE_ERROR", "ERROR", "MESSAGE_ERROR", "PONG",
                    "MESSAGE_ACK"]
        self.assertEqual(replies, [(str(number), kind) for number, kind in enumerate(expected)])

    def test_fragments(self):
        client, text = self.client, b'{"type":"PING","a":"\xf0\x9f\x98\x80"}'
        for number, octet in enumerate(text):
            last = number == len(text) - 1
            client.send_frame(CONTINUATION if number else TEXT, bytes([octet]), fin=last)
            if number == 5:
                client.send_frame(PING, b"between")
        client.answer_pings = False
        self.assertEqual(client.receive_frame(), (PONG, b"between"))
        self.assertEqual(client.next()["type"], "PONG")

    def test_1024_fragments_and_one_more(self):
        client = self.client
        octets = [encode_frame(TEXT, b'{"type":"PING"', fin=False)] + [encode_frame(CONTINUATION, b" ", fin=False)] * 1022
        client.send_octets(b"".join(octets) + encode_frame(CONTINUATION, b"}"))
        self.assertEqual(client.next()["type"], "PONG")
        client.send_octets(b"".join(octets) + encode_frame(CONTINUATION, b" ", fin=False) + encode_frame(CONTINUATION, b"}"))
        self.closes(client, 1008, "FRAGMENT_LIMIT")

    def test_protocol_errors(self):
        cases = {
            "unmasked": encode_frame(TEXT, b"{}", masked=False), "reserved bit": encode_frame(TEXT, b"{}", reserved=4),
            "opcode 3": encode_frame(3, b""), "opcode 11": encode_frame(11, b""),
            "long ping": encode_frame(PING, b"x" * 126), "ping in fragments": encode_frame(PING, b"x", fin=False),
            "continuation of nothing": encode_frame(CONTINUATION, b"x"),
            "text within a text": encode_frame(TEXT, b"{", fin=False) + encode_frame(TEXT, b"}"),
            "close of one octet": encode_frame(CLOSE, b"x"), "close 1005": encode_frame(CLOSE, struct.pack("!H", 1005)),
            "close 999": encode_frame(CLOSE, struct.pack("!H", 999)),
        }
        for name, octets in cases.items():
            with self.subTest(name):
                client = Client(self.server, self.user("bob"))
                client.send_octets(octets)
                self.closes(client, 1002, "PROTOCOL_ERROR")

    def test_invalid_utf8(self):
        for octets in (encode_frame(TEXT, b'{"type":"\xff"}'), encode_frame(TEXT, b'{"a":"\xed\xa0\x80"}'),
                       encode_frame(TEXT, b'{"a":"\xc0\x80"}'), encode_frame(TEXT, b"\xf0\x9f\x98"),
                       encode_frame(TEXT, b"\xf0\x9f\x98", fin=False) + encode_frame(CONTINUATION),
                       encode_frame(CLOSE, struct.pack("!H", 1000) + b"\xff")):
            with self.subTest(octets):
                client = Client(self.server, self.user("bob"))
                client.send_octets(octets)
                self.closes(client, 1007, "INVALID_UTF8")

    def test_close_is_answered_with_its_code(self):
        for payload, code in ((struct.pack("!H", 1000), 1000), (b"", 1000), (struct.pack("!H", 4711) + b"bye", 4711),
                              (struct.pack("!H", 1001), 1001)):
            with self.subTest(payload):
                client = Client(self.server, self.user("bob"))
                client.send_frame(CLOSE, payload)
                with self.assertRaises(Closed) as caught:
                    client.receive_text()
                self.assertEqual(caught.exception.code, code)
                self.assertEqual(client.stream.recv(1), b"")

    def test_flood_of_pings(self):
        client = self.client
        client.answer_pings = False
        for number in range(100):
            client.send_frame(PING, str(number).encode())
        for number in range(100):
            self.assertEqual(client.receive_frame(), (PONG, str(number).encode()))
        client.send_frame(PONG)
        self.closes(client, 1008, "CONTROL_FLOOD")


class Sizes(FrameCase):
    OPTIONS = {"WS_MAX_PAYLOAD_SIZE": 1000}

    def test_message_of_the_largest_size_and_one_more(self):
        client = Client(self.server, self.user("ann"))
        client.send_text('{"type":"PING"}' + " " * 985)
        self.assertEqual(client.next()["type"], "PONG")
        client.send_text('{"type":"PING"}' + " " * 986)
        self.closes(client, 1009, "PAYLOAD_TOO_LARGE")

    def test_size_is_watched_while_the_message_arrives(self):
        for opcode in (TEXT, BINARY):
            client = Client(self.server, self.user("ann"))
            client.send_frame(opcode, b" " * 600, fin=False)
            client.send_frame(CONTINUATION, b" " * 600, fin=False)
            self.closes(client, 1009, "PAYLOAD_TOO_LARGE")

    def test_announced_size_is_enough(self):
        client = Client(self.server, self.user("ann"))
        client.send_octets(b"\x81\xff" + struct.pack("!Q", 1 << 40) + b"mask")
        self.closes(client, 1009, "PAYLOAD_TOO_LARGE")


class Malformed(unittest.TestCase):
    def test_the_fifth_malformed_message_closes(self):
        with Server() as server:
            client = Client(server, "ann")
            for _ in range(10):  # mistakes of a working client are not counted
                client.request("MESSAGE_SEND")
            codes = []
            for text in ("{", "[]", b"", "x", "null"):
                client.send_frame(BINARY if text == b"" else TEXT, text if text == b"" else text.encode())
                codes.append(client.next()["code"])
            self.assertEqual(codes, ["INVALID_JSON", "INVALID_PAYLOAD", "UNSUPPORTED_FORMAT", "INVALID_JSON",
                                     "INVALID_PAYLOAD"])
            self.assertEqual(client.next()["code"], "TOO_MANY_INVALID_FRAMES")
            closed = client.closed()
            self.assertEqual((closed.code, closed.reason), (1008, "MALFORMED"))


if __name__ == "__main__":
    unittest.main(warnings="ignore")
