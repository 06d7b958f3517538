"""check_tidy finds what .clang-tidy asks for, and fails when it can't do its work."""
import json
import pathlib
import shutil
import subprocess
import tempfile
import unittest

CI = pathlib.Path(__file__).resolve().parent.parent
LONG = "int long_function(int x) {\n" + "    x += 1;\n" * 71 + "    return x;\n}\n"
MOVED = ("#include <memory>\n#include <utility>\n"
         "int moved(std::unique_ptr<int> p) {\n    auto q = std::move(p);\n    return *p + *q;\n}\n")


class check_tidy_test(unittest.TestCase):
    def run_check(self, text, *extra):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            (root / "server").mkdir()
            (root / "build").mkdir()
            shutil.copy(CI.parent / ".clang-tidy", root)
            source = root / "server" / "a.cpp"
            source.write_text(text, encoding="utf-8")
            commands = [{"directory": folder, "file": str(source), "command": f"c++ -std=c++20 -Werror -Wall -c {source}"}]
            (root / "build" / "compile_commands.json").write_text(json.dumps(commands), encoding="utf-8")
            done = subprocess.run([CI / "check_tidy", "--root", root, "--build", root / "build", *extra],
                                  capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    def test_each_planted_finding_is_found(self):
        for check, text in (("readability-function-size", LONG), ("bugprone-use-after-move", MOVED)):
            code, output = self.run_check(text)
            self.assertEqual(code, 1, output)
            self.assertIn(check, output)

    def test_clean_code_passes(self):
        code, output = self.run_check("static int unused_here(int x) { return x; }\n")
        self.assertEqual(code, 0, output)

    def test_a_unit_that_does_not_compile_fails(self):
        code, output = self.run_check("int f() { return undeclared; }\n")
        self.assertEqual(code, 2, output)

    def test_a_missing_tool_fails(self):
        code, output = self.run_check("int f();\n", "--tool", "no-such-clang-tidy")
        self.assertEqual(code, 2, output)


if __name__ == "__main__":
    unittest.main()
