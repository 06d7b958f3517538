#!/usr/bin/env python3
"""The disk of power_cut.c tells durable from not: what `os` acknowledges is lost in a power cut, what `fsync` does is not."""
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time
import unittest

from power import PAGE, SECTOR, Disk
from torture import arguments, run

SHIM = os.environ.get("WSD_POWER_CUT")

# A program that writes two pages and syncs them, changes one and adds one.
WRITER = """
import os, sys
file = os.open(sys.argv[1] + "/file", os.O_RDWR | os.O_CREAT)
os.pwrite(file, b"a" * 8192, 0)
try:
    os.fsync(file)
except OSError:
    pass
os.pwrite(file, b"b" * 4096, 4096)
os.pwrite(file, b"c" * 4096, 8192)
exec(sys.argv[2])
os.kill(os.getpid(), 9)
"""


class Disks(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.disk = Disk(SHIM, folder.name)

    def write(self, last=""):
        """Ends by kill -9."""
        subprocess.run([sys.executable, "-c", WRITER, str(self.disk.data), last], env=os.environ | self.disk.environment(), check=False)
        return self.disk.data / "file"

    def test_only_what_was_synced_is_left(self):
        file = self.write()
        self.assertEqual(file.read_bytes(), b"a" * 4096 + b"b" * 4096 + b"c" * 4096)
        self.assertEqual(self.disk.cut_power(random.Random(1)), (16, 0))
        self.assertEqual(file.read_bytes(), b"a" * 8192)

    def test_a_kill_alone_loses_nothing_and_the_next_sync_writes_it(self):
        self.write()
        file = self.write("os.fsync(file)")
        self.assertEqual(self.disk.cut_power(random.Random(1)), (0, 0))
        self.assertEqual(file.read_bytes(), b"a" * 4096 + b"b" * 4096 + b"c" * 4096)

    def test_pages_may_be_kept(self):
        file = self.write()
        self.assertEqual(self.disk.cut_power(random.Random(1), keep=1.0), (0, 16))
        self.assertEqual(file.read_bytes(), b"a" * 4096 + b"b" * 4096 + b"c" * 4096)

    def test_pages_may_be_torn(self):
        found = set()
        for seed in range(20):
            file = self.write()
            self.assertEqual(sum(self.disk.cut_power(random.Random(seed), torn=True)), 16)
            page = file.read_bytes()[PAGE:2 * PAGE]
            found.add(frozenset(page[at:at + SECTOR] for at in range(0, PAGE, SECTOR)))
        self.assertEqual(found, {frozenset([b"a" * SECTOR]), frozenset([b"a" * SECTOR, b"b" * SECTOR])})

    def test_a_failed_sync_writes_nothing_and_the_next_one_does_not_make_up_for_it(self):
        self.disk.command(sync_errors=1)
        file = self.write("os.pwrite(file, b'd', 0); os.fsync(file)")
        self.assertEqual((self.disk.read("failures"), self.disk.read("sync_errors")), (1, 0))
        self.disk.cut_power(random.Random(1))
        octets = file.read_bytes()
        self.assertEqual((octets[:1], octets[SECTOR:PAGE]), (b"d", bytes(PAGE - SECTOR)))
        self.assertEqual(octets[PAGE:], b"b" * PAGE + b"c" * PAGE)

    def test_a_full_disk(self):
        self.disk.command(full=1)
        self.write()
        self.assertGreater(self.disk.read("failures"), 0)
        self.assertEqual((self.disk.data / "file").read_bytes(), b"")

    def test_files_that_shrink_and_go(self):
        file = self.write("os.ftruncate(file, 100)")
        self.disk.cut_power(random.Random(1))
        self.assertEqual(file.read_bytes(), b"a" * 100)
        self.disk.command(late_truncate=1)
        self.write("os.ftruncate(file, 100)")
        self.disk.cut_power(random.Random(1))
        self.assertEqual(file.read_bytes(), b"a" * 8192)
        self.write("os.unlink(sys.argv[1] + '/file')")
        self.assertEqual([path.name for path in self.disk.shadow.iterdir()], [])


CLOCKS = "import datetime, time; print(time.time(), time.monotonic(), datetime.datetime.now().timestamp())"


class Clocks(unittest.TestCase):
    def test_the_wall_clock_jumps_and_the_monotonic_one_does_not(self):
        with tempfile.TemporaryDirectory() as folder:
            disk = Disk(SHIM, folder)
            for offset in (0, 86400, -86400, 0):
                disk.command(clock_offset_s=offset)
                said = subprocess.run([sys.executable, "-c", CLOCKS], env=os.environ | disk.environment(), check=True,
                                      capture_output=True, text=True).stdout
                wall, monotonic, date = (float(number) for number in said.split())
                for seen, expected in ((wall, time.time() + offset), (date, time.time() + offset), (monotonic, time.monotonic())):
                    self.assertLess(abs(seen - expected), 20)


class PowerCuts(unittest.TestCase):
    def torture(self, durability):
        with tempfile.NamedTemporaryFile() as record:
            return run(arguments(["--seed", "1", "--cycles", "8", "--only", "power", "--trim", "no", "--durability", durability,
                                  "--record", record.name]))

    def test_what_os_acknowledges_is_lost(self):
        found = self.torture("os")
        self.assertGreater(found.counts["lost"], 0)
        print(f"os: {found.counts['lost']} of {len(found.acks)} lost")

    def test_what_fsync_acknowledges_is_not(self):
        found = self.torture("fsync")
        self.assertEqual(found.violations, [])
        self.assertGreater(len(found.acks), 100)
        print(f"fsync: 0 of {len(found.acks)} lost")


if __name__ == "__main__":
    if not SHIM:
        sys.exit(77)
    unittest.main(warnings="ignore")
