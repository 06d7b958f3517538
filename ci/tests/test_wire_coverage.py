#!/usr/bin/env python3
"""ci/wire_coverage: what was seen is named, and what was not is a gap."""
import json
import pathlib
import subprocess
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parents[1] / "wire_coverage"


class WireCoverage(unittest.TestCase):
    def setUp(self):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        self.records, self.output = pathlib.Path(folder) / "wire", pathlib.Path(folder) / "COVERAGE.md"
        self.records.mkdir()

    def table(self, **scripts):
        for name, seen in scripts.items():
            (self.records / f"{name}.py.json").write_text(json.dumps(seen))
        subprocess.run([SCRIPT, self.records, self.output], check=True)
        return self.output.read_text()

    def test_rows(self):
        text = self.table(
            test_b={"server": {"PONG": ["Two.test_y"], "MESSAGE_ACK.receipt_ack": ["Two.test_y"]},
                    "client": {"PING": ["Two.test_y"], "HISTORY": ["Two.test_y"]}, "unknown": {"HISTORY": ["Two.test_y"]}},
            test_a={"server": {"PONG": ["One.test_x"]}, "close": {"4002 TOKEN_EXPIRED": ["One.test_x"]},
                    "error": {"NO_SUCH_CODE": ["One.test_x"]}})
        for line in ("| `PONG` | `test_a.py` One.test_x and 1 more |", "| `MESSAGE_ACK.receipt_ack` | `test_b.py` Two.test_y |",
                     "| `MESSAGE_ACK.message_ack` | — |", "| `PING` | `test_b.py` Two.test_y |",
                     "| `HISTORY`, not served yet | — |", "| `4002 TOKEN_EXPIRED` | `test_a.py` One.test_x |",
                     "| `SERVER_BUSY` | — |"):
            self.assertIn(line + "\n", text)
        self.assertNotIn("NO_SUCH_CODE", text)

    def test_no_records_are_an_error(self):
        self.assertEqual(subprocess.run([SCRIPT, self.records, self.output], check=False, stderr=subprocess.DEVNULL).returncode, 2)
        self.assertFalse(self.output.exists())


if __name__ == "__main__":
    unittest.main()
