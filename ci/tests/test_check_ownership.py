"""check_ownership finds exactly the lines marked VIOLATION in the fixture, and fails when it can't do its work."""
import json
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

CI = pathlib.Path(__file__).resolve().parent.parent
FIXTURE = CI / "fixtures" / "ownership"


class check_ownership_test(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name).resolve() / "odd-name.c++"
        shutil.copytree(FIXTURE, self.root)
        (self.root / "build").mkdir()

    def run_check(self, *units, extra=()):
        commands = [{"directory": str(self.root), "file": str(self.root / unit),
                     "command": f"c++ -I{self.root} -std=c++20 -c {self.root / unit}"} for unit in units]
        (self.root / "build" / "compile_commands.json").write_text(json.dumps(commands), encoding="utf-8")
        done = subprocess.run([CI / "check_ownership", "--root", self.root, "--build", self.root / "build", *extra],
                              capture_output=True, text=True, check=False)
        found = re.findall(r"^(\S+:\d+): (?:ownership|leak): ", done.stdout, re.M)
        return done.returncode, found, done.stdout + done.stderr

    def planted(self):
        for path in self.root.rglob("*.[hc]pp"):
            for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
                if line.endswith("// VIOLATION"):
                    yield f"{path.relative_to(self.root)}:{number}"

    def test_every_planted_violation_is_found_and_nothing_else(self):
        code, found, output = self.run_check("server/violations.cpp", "server/legal.cpp")
        self.assertEqual(sorted(found), sorted(self.planted()), output)
        self.assertGreaterEqual(len(found), 15)
        self.assertEqual(code, 1)

    def test_legal_uses_pass_and_are_not_read_twice(self):
        for path in ("server/violations.hpp", "server/violations.cpp", "server/unreached.hpp", "common/state/members.hpp"):
            (self.root / path).unlink()
        (self.root / "server/legal.cpp").write_text('#include "loadgen/state/ledger.hpp"\n', encoding="utf-8")
        code, found, output = self.run_check("server/legal.cpp")
        self.assertEqual((code, found), (0, []), output)
        self.assertIn("1 units, 1 read", output)
        _, _, output = self.run_check("server/legal.cpp")
        self.assertIn("1 units, 0 read", output)
        ledger = self.root / "loadgen/state/ledger.hpp"
        ledger.write_text(ledger.read_text(encoding="utf-8") + "\n", encoding="utf-8")
        _, _, output = self.run_check("server/legal.cpp")
        self.assertIn("1 units, 1 read", output)

    def test_a_unit_that_does_not_compile_fails(self):
        (self.root / "server/legal.cpp").write_text("int f() { return undeclared; }\n", encoding="utf-8")
        code, _, output = self.run_check("server/legal.cpp")
        self.assertEqual(code, 2, output)
        self.assertIn("does not compile", output)

    def test_a_missing_include_fails(self):
        (self.root / "server/legal.cpp").write_text("#include <no/such/header>\n", encoding="utf-8")
        code, _, output = self.run_check("server/legal.cpp")
        self.assertEqual(code, 2, output)

    def test_a_missing_tool_fails(self):
        code, _, output = self.run_check("server/legal.cpp", extra=("--tool", "no-such-clang-query"))
        self.assertEqual(code, 2, output)

    def test_zero_files_fail(self):
        code, _, output = self.run_check()
        self.assertEqual(code, 2, output)


if __name__ == "__main__":
    unittest.main()
