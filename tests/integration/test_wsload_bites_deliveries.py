"""Scenarios of wsload about messages find the faults that are planted in wsd_planted; see wsload_bites."""
import pathlib
import unittest

import wsd_process
import wsload_process
from wsload_bites import PLANTED, ROWS, Bites, scenario_of


class Deliveries(Bites):
    def test_messages_between_two(self):
        self.check("echo", "chat", "capacity")

    def test_messages_in_rooms(self):
        self.check("fanout")

    def test_messages_across_breaks(self):
        self.check("resume", "storm", "restart")


class Table(unittest.TestCase):
    def test_every_scenario_has_its_fault(self):
        _, listing, _ = wsload_process.command("list")
        self.assertEqual({scenario_of(row) for row in ROWS}, {line.split()[0] for line in listing.splitlines() if line.startswith("  ")})

    def test_the_shipped_program_has_none(self):
        self.assertIn(b"WSD_PLANTED_FAULT", pathlib.Path(PLANTED).read_bytes())
        self.assertNotIn(b"WSD_PLANTED_FAULT", pathlib.Path(wsd_process.WSD).read_bytes())


if __name__ == "__main__":
    unittest.main()
