#!/usr/bin/env python3
"""Every client type, every field of it: missing, null, of a wrong type, empty, too long, out of range, unknown. Made from
docs/schema, so a new frame is here by itself; its valid example is the one of tests/golden."""
import json
import re
import unittest

from wire_record import Schema
from ws_client import Client
from wsd_process import SOURCE, ServerCase

CLIENT = Schema("client")
LIMITS = {"WS_MAX_CONTENT_LENGTH": 50, "WS_MAX_ROOM_NAME_LENGTH": 40, "WS_MAX_THUMBNAIL_URL_LENGTH": 60}
# What `details` says behind the field, by what is wrong; the first that fits.
PROBLEMS = (
    (r"missing$", "missing"),
    (r"instead of (string|boolean)$", r"not a \1"),
    (r"instead of (integer|array|object)$", r"not an \1"),
    (r"null$", "not an? (string|boolean|integer|array|object)"),
    (r"empty$", "empty"),
    (r"too long$|too many bytes$|over the option$", r"longer than \\d+ (bytes|code points)"),
    (r"too many elements$", r"more than \\d+ elements"),
    (r"control character", "contains control characters"),
    (r"word", "not one of .+"),
    (r"beyond the", r"(not an integer|less than \\d+|more than \\d+)"),
    (r"a fraction$", "not an integer"),
    (r"not allowed$", "not allowed here"),
)
ECHOES = ("correlationId", "clientMessageId", "messageId", "roomId")
OF_TYPE = {"string": "x", "integer": 7, "number": 1.5, "boolean": True, "array": [], "object": {}}


def examples():
    """A valid frame of each type."""
    frames = {}
    for path in sorted(SOURCE.glob("tests/golden/client_*.jsonl")):
        for line in path.read_text().splitlines():
            frame = json.loads(line)["c"]
            frames.setdefault(frame["type"], {name: value for name, value in frame.items() if name != "correlationId"})
    return frames


def without_null(schema):
    """The schema of a value that is there, and whether null may stand for it."""
    if isinstance(schema, dict) and "anyOf" in schema:
        return schema["anyOf"][0], True
    return schema, False


def type_of(schema):
    return schema.get("type", "string")  # an enumeration of words has no type


def wrong_strings(schema):
    comment = schema.get("$comment", "")
    if "enum" in schema:
        yield "an unknown word", "no-such-word"
        yield "a known word in another case", schema["enum"][0].swapcase()
        return
    if schema.get("minLength", 0) > 0:
        yield "empty", ""
    if "maxLength" in schema:
        yield "too long", "x" * (schema["maxLength"] + 1)
    if "bytes of UTF-8" in comment:
        yield "too many bytes", "é" * (schema["maxLength"] // 2 + 1)
    for option, limit in LIMITS.items():
        if option in comment:
            yield "over the option", "x" * (limit + 1)
    if "not" in schema:
        yield "a control character", "a\nb"
        yield "a control character at the end", "a\x7f"


def wrong_integers(schema):
    for bound, step in (("minimum", -1), ("maximum", 1)):
        yield f"beyond the {bound}", schema[bound] + step
    yield "a fraction", 1.0


def wrong_arrays(schema):
    items, _ = without_null(schema["items"])
    if schema.get("minItems", 0) > 0:
        yield "empty", []
    if "maxItems" in schema:
        yield "too many elements", [OF_TYPE[type_of(items)]] * (schema["maxItems"] + 1)
    for what, value in wrong_values(items):
        yield f"an element: {what}", [value]


def wrong_objects(schema):
    properties = schema.get("properties", {})
    good = {name: OF_TYPE[type_of(without_null(properties[name])[0])] for name in schema.get("required", [])}
    for name in good:
        yield f"{name} missing", {other: value for other, value in good.items() if other != name}
    for name, member in properties.items():
        for what, value in wrong_values(member):
            yield f"{name}: {what}", good | {name: value}


def wrong_values(schema):
    """(what is wrong, value) for a value of this schema."""
    if schema is False:
        yield "not allowed", "x"
        return
    schema, nullable = without_null(schema)
    if not nullable:
        yield "null", None
    right = type_of(schema)
    for other, value in OF_TYPE.items():
        if other != right:
            yield f"{other} instead of {right}", value
    wrong = {"string": wrong_strings, "integer": wrong_integers, "array": wrong_arrays, "object": wrong_objects}
    yield from wrong.get(right, lambda _: ())(schema)


def wrong_frames(kind, example):
    """(field, what is wrong, frame) for every way in which a frame of this type can be wrong in one field."""
    schema = CLIENT.definitions[kind]
    for name, member in schema["properties"].items():
        if name == "type":
            continue
        if name in schema["required"]:
            yield name, "missing", {other: value for other, value in example.items() if other != name}
        for what, value in wrong_values(member):
            yield name, what, example | {name: value}


class Matrix(ServerCase):
    OPTIONS = LIMITS | {"WS_RATE_LIMIT_SENSITIVE_ROOM_ACTIONS": 1000000, "WS_MAX_VIOLATIONS": 0}
    EXAMPLES = examples()

    def exact(self, client, frame, expected):
        client.send(**{"kind": frame["type"]}, correlationId="k", **{key: frame[key] for key in frame if key != "type"})
        reply = client.next()
        echoes = {name: frame[name] for name in ECHOES if isinstance(frame.get(name), str) and len(frame[name]) <= 128}
        expected = expected | echoes | {"correlationId": "k"}
        free = {name: reply.get(name) for name in ("message", "error", "details") if name not in expected}
        self.assertEqual(reply, expected | {name: value for name, value in free.items() if value is not None})
        self.assertTrue(reply["message"] and reply["message"] == reply["error"])
        return reply

    def invalid(self, client, field, what, frame):
        reply = self.exact(client, frame, {"type": "MESSAGE_ERROR", "code": "INVALID_PAYLOAD", "retryable": False})
        for wrong, problem in PROBLEMS:
            if found := re.search(wrong, what):
                self.assertRegex(reply["details"], rf"^{field}([.\[][^:]*)?: {found.expand(problem)}$")
                return
        self.fail(f"no rule for {what}")

    def test_every_type_has_an_example(self):
        self.assertEqual(set(self.EXAMPLES), CLIENT.types)
        for frame in self.EXAMPLES.values():
            self.assertEqual(CLIENT.form_of(frame), frame["type"])

    def test_every_wrong_field(self):
        for kind, example in self.EXAMPLES.items():
            if kind in ("PING", "HELLO"):  # without fields; see below
                continue
            client = Client(self.server, self.user("ann"))
            wrong = list(wrong_frames(kind, example))
            self.assertTrue(wrong, kind)
            for field, what, frame in wrong:
                with self.subTest(kind, field=field, what=what):
                    self.assertTrue(CLIENT.problems(kind, frame) or "too many bytes" in what or "over the option" in what)
                    self.invalid(client, field, what, frame)
            self.assertEqual(client.settle(), [], kind)
            client.close()

    def test_every_wrong_field_of_hello(self):
        wrong = list(wrong_frames("HELLO", self.EXAMPLES["HELLO"]))
        before = Client(self.server, self.user("ann"), hello=False)
        before.wait("CONNECTION_ESTABLISHED")
        after = Client(self.server, self.user("ann"))
        for field, what, frame in wrong:
            # Any integer is a version, though perhaps none that is spoken.
            for when, client in (("before", before), ("after", after)):
                with self.subTest(when, field=field, what=what):
                    self.invalid(client, field, what, frame)
        self.exact(after, self.EXAMPLES["HELLO"], {"type": "ERROR", "code": "HELLO_ALREADY_SENT", "retryable": False})
        before.send("HELLO", version=1)
        self.assertEqual(before.next()["type"], "HELLO_ACK")

    def test_nothing_but_hello_comes_first(self):
        for kind, example in self.EXAMPLES.items():
            if kind == "HELLO":
                continue
            for frame in (example, {"type": kind}):
                with self.subTest(kind):
                    client = Client(self.server, self.user("ann"), hello=False)
                    client.wait("CONNECTION_ESTABLISHED")
                    self.exact(client, frame, {"type": "ERROR", "code": "HELLO_REQUIRED", "retryable": False})
                    closed = client.closed()
                    self.assertEqual((closed.code, closed.reason, client.waiting), (1008, "HELLO_REQUIRED", []))


if __name__ == "__main__":
    unittest.main()
