"""check_format finds a badly laid out file, mends it, and fails when there is nothing to check."""
import pathlib
import shutil
import subprocess
import tempfile
import unittest

CI = pathlib.Path(__file__).resolve().parent.parent


class check_format_test(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        shutil.copy(CI.parent / ".clang-format", self.root)
        self.source = self.root / "server" / "a.cpp"
        self.source.parent.mkdir()

    def run_check(self, *extra, path=None):
        return subprocess.run([CI / "check_format", "--root", self.root, *extra], capture_output=True, text=True,
                              check=False, env={"PATH": path} if path else None).returncode

    def test_a_badly_laid_out_file_is_found_and_mended(self):
        self.source.write_text("int  main( ){return 0 ;}\n", encoding="utf-8")
        self.assertEqual(self.run_check(), 1)
        self.assertEqual(self.run_check("--fix"), 0)
        self.assertEqual(self.run_check(), 0)
        self.assertEqual(self.source.read_text(encoding="utf-8"), "int main() { return 0; }\n")

    def test_zero_files_fail(self):
        self.assertEqual(self.run_check(), 2)

    def test_a_missing_tool_fails(self):
        self.source.write_text("int main() { return 0; }\n", encoding="utf-8")
        tools = self.root / "bin"
        tools.mkdir()
        for name in ("bash", "env", "dirname", "find", "sort"):
            (tools / name).symlink_to(shutil.which(name))
        self.assertEqual(self.run_check(path=str(tools)), 2)


if __name__ == "__main__":
    unittest.main()
