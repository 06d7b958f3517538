#!/usr/bin/env python3
"""docs/schema and tests/golden agree, and what the schemas are for is shown on frames that are wrong."""
import copy
import json
import unittest

import jsonschema

from wire_record import SOURCE, Schema

FOLDER = SOURCE / "docs/schema"


def golden(direction):
    """(place, frame) for every example of a direction."""
    for path in sorted(SOURCE.glob("tests/golden/*.jsonl")):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            frame = json.loads(line)
            if direction in frame:
                yield f"{path.name}:{number}", frame[direction]


def targets(value):
    """Every $ref in a document."""
    if isinstance(value, list):
        for one in value:
            yield from targets(one)
    elif isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for one in value.values():
            yield from targets(one)


class Schemas(unittest.TestCase):
    def test_every_golden_frame_fits(self):
        for letter, direction in (("c", "client"), ("s", "server")):
            schema, seen = Schema(direction), set()
            for place, frame in golden(letter):
                with self.subTest(place):
                    seen.add(schema.form_of(frame))
            forms = {form for kind in schema.types for form in schema.forms(kind)}
            self.assertEqual(seen, forms)

    def test_a_frame_that_is_changed_does_not_fit(self):
        schema = Schema("server")
        for place, frame in golden("s"):
            for name in frame:
                with self.subTest(place, member=name):
                    self.assertFalse(self.fits(schema, frame | {name: {"no": ["value"]}}))
            self.assertFalse(self.fits(schema, frame | {"undocumented": 1}), place)

    def fits(self, schema, frame):
        try:
            schema.form_of(frame)
        except AssertionError:
            return False
        return True

    def test_an_integer_has_no_fraction(self):
        schema = Schema("server")
        self.assertTrue(self.fits(schema, {"type": "PONG", "timestamp": 1}))
        for wrong in (1.0, 1.5, True, "1", None, 2 ** 53):
            self.assertFalse(self.fits(schema, {"type": "PONG", "timestamp": wrong}), wrong)

    def test_the_schemas_are_schemas(self):
        for name in ("client", "server"):
            document = json.loads((FOLDER / f"{name}.schema.json").read_text())
            jsonschema.Draft202012Validator.check_schema(document)
            broken = copy.deepcopy(document)
            broken["$defs"]["PING" if name == "client" else "PONG"]["type"] = "no type"
            with self.assertRaises(jsonschema.SchemaError):
                jsonschema.Draft202012Validator.check_schema(broken)

    def test_every_reference_leads_somewhere(self):
        documents = {path.name: json.loads(path.read_text()) for path in FOLDER.glob("*.json")}
        count = 0
        for name, document in documents.items():
            for target in targets(document):
                file, _, pointer = target.partition("#")
                place = documents[file or name]
                for step in pointer.split("/")[1:]:
                    self.assertIn(step, place, f"{name}: {target}")
                    place = place[step]
                count += 1
        self.assertGreater(count, 300)

    def test_the_asyncapi_document_has_every_type(self):
        document = json.loads((FOLDER / "asyncapi.json").read_text())
        self.assertEqual(document["asyncapi"], "3.0.0")
        named = set(document["components"]["messages"])
        self.assertEqual(named, {f"{one}.{kind}" for one in ("client", "server") for kind in Schema(one).types})
        self.assertEqual(set(document["channels"]["chat"]["messages"]), named)
        sent, received = document["operations"]["send"], document["operations"]["receive"]
        self.assertEqual((sent["action"], received["action"]), ("send", "receive"))  # as wsd sees it
        self.assertEqual(len(sent["messages"]) + len(received["messages"]), len(named))


if __name__ == "__main__":
    unittest.main()
