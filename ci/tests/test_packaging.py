"""What stands in packaging/ works with the program as it is."""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
WSD = os.environ.get("WSD_BIN") or str(ROOT / "build/release/wsd")


def variables(path):
    lines = (ROOT / "packaging" / path).read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if re.match(r"[A-Z_]+=", line))


class packaging_test(unittest.TestCase):
    def test_the_options_are_ones_that_wsd_takes(self):
        options = variables("wsd.env")
        self.assertGreaterEqual(len(options), 4)
        done = subprocess.run([WSD, "config", "check"], env=options, capture_output=True, text=True, timeout=30, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn("warning", done.stderr)

    @unittest.skipUnless(shutil.which("systemd-analyze"), "no systemd")
    def test_the_unit_is_one_that_systemd_takes(self):
        with tempfile.TemporaryDirectory() as folder:
            unit = pathlib.Path(folder) / "wsd.service"
            unit.write_text((ROOT / "packaging/wsd.service").read_text(encoding="utf-8").replace("/usr/bin/wsd", WSD), encoding="utf-8")
            done = subprocess.run(["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True, timeout=60,
                                  check=False)
            self.assertEqual((done.returncode, [line for line in done.stderr.splitlines() if "wsd.service" in line]), (0, []))

    def test_what_is_installed(self):
        build = pathlib.Path(WSD).parent
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(["cmake", "--install", build, "--prefix", folder + "/usr"], check=True, capture_output=True, timeout=60)
            files = {str(path.relative_to(folder + "/usr")) for path in pathlib.Path(folder).rglob("*") if path.is_file()}
            for wanted in ("bin/wsd", "bin/wsload", "share/wsd/examples/chat.py", "share/doc/wsd/OPERATIONS.md",
                           "lib/systemd/system/wsd.service"):
                self.assertIn(wanted, files)
            hint = subprocess.run([folder + "/usr/bin/wsd", "version"], capture_output=True, text=True, timeout=30, check=False)
            self.assertEqual(hint.returncode, 0, hint.stderr)


if __name__ == "__main__":
    unittest.main()
