"""Every frame that a test receives is checked against docs/schema, and what was on the wire is noted.

With WSD_WIRE_RECORD=<folder> a script leaves <folder>/<its name>.json: what was seen, by kind, and by which tests.
ci/wire_coverage makes docs/COVERAGE.md of it.
"""
import atexit
import json
import os
import pathlib
import sys
import unittest

import jsonschema

SOURCE = pathlib.Path(os.environ.get("WSD_SOURCE_DIR") or pathlib.Path(__file__).resolve().parents[2])


def closed(schema):
    """The same, but objects have no other members than those that are named."""
    if isinstance(schema, list):
        return [closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {name: closed(value) for name, value in schema.items()}
    strict = schema.get("type") == "object" and "properties" in schema
    return inner | ({"additionalProperties": False} if strict else {})


def strict_validator():
    """1.0 is no int of the protocol."""
    plain = jsonschema.Draft202012Validator
    types = plain.TYPE_CHECKER.redefine("integer", lambda _, value: isinstance(value, int) and not isinstance(value, bool))
    return jsonschema.validators.extend(plain, type_checker=types)


class Schema:
    """The frames of one direction."""

    def __init__(self, direction):
        document = json.loads((SOURCE / f"docs/schema/{direction}.schema.json").read_text())
        self.definitions = closed(document["$defs"]) if direction == "server" else document["$defs"]
        self.types = {reference["$ref"].rsplit("/", 1)[1] for reference in document["anyOf"]}
        self.validators, self.make = {}, strict_validator()

    def forms(self, kind):
        """The names under which the forms of a type are defined."""
        schema = self.definitions[kind]
        return [form["$ref"].rsplit("/", 1)[1] for form in schema["anyOf"]] if "anyOf" in schema else [kind]

    def problems(self, name, frame):
        if name not in self.validators:
            self.validators[name] = self.make({"$defs": self.definitions, "$ref": f"#/$defs/{name}"})
        return [f"{'.'.join(map(str, error.absolute_path))}: {error.message}"
                for error in self.validators[name].iter_errors(frame)]

    def form_of(self, frame):
        """Under which name a frame is defined; fails when it is no frame of this direction."""
        kind = frame.get("type")
        assert isinstance(kind, str) and kind in self.types, f"no such type: {frame}"
        problems = {}
        for name in self.forms(kind):
            problems[name] = self.problems(name, frame)
            if not problems[name]:
                return name
        raise AssertionError(f"breaks its schema: {frame}\n{problems}")


class Record:
    def __init__(self):
        self.seen, self.test = {}, "(before the tests)"
        self.server = Schema("server")

    def note(self, kind, name):
        self.seen.setdefault(kind, {}).setdefault(str(name), set()).add(self.test)

    def received(self, text):
        """A text message of the server."""
        frame = json.loads(text)
        self.note("server", self.server.form_of(frame))
        if "retryable" in frame:
            self.note("error", frame["code"])
        if frame.get("code") == "UNKNOWN_TYPE":
            self.note("unknown", frame["receivedType"])
        if frame["type"] == "RESYNC_START" and "reason" in frame:
            self.note("resync", frame["reason"])

    def sent(self, payload):
        """A text message of a client, whether it is a frame or not."""
        try:
            kind = json.loads(payload)["type"]
        except (ValueError, KeyError, TypeError, RecursionError):
            return
        if isinstance(kind, str):
            self.note("client", kind)

    def response(self, response):
        """An answer of HTTP."""
        try:
            self.note("http", f"{response.status} {response.body['code']}")
        except (ValueError, KeyError, TypeError):
            pass

    def write(self, folder):
        pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
        seen = {kind: {name: sorted(tests) for name, tests in sorted(names.items())} for kind, names in self.seen.items()}
        path = pathlib.Path(folder) / (pathlib.Path(sys.argv[0]).name + ".json")
        path.write_text(json.dumps(seen, indent=1, sort_keys=True) + "\n")


RECORD = Record()
plain_run = unittest.TestCase.run


def run(self, result=None):
    RECORD.test = self.id().removeprefix("__main__.")
    return plain_run(self, result)


unittest.TestCase.run = run
if os.environ.get("WSD_WIRE_RECORD"):
    atexit.register(RECORD.write, os.environ["WSD_WIRE_RECORD"])
