#!/usr/bin/env python3
"""The checker must bite: wsd_planted has faults, one of which WSD_PLANTED_FAULT chooses. Each is found within 60 s.

WSD_PLANTED_BIN names the program. Arguments are names of faults; without any all are tried.
"""
import concurrent.futures
import os
import subprocess
import sys
import time
import tempfile
import unittest

PROGRAM = os.environ.get("WSD_PLANTED_BIN")
SECONDS_MAX = 60

# Fault, options of torture.py, rules of the checker of which one must find it.
FAULTS = (
    ("ack_before_commit", ("--only", "kill,power", "--trim", "no"), {"lost", "vanished", "place", "resume"}),
    ("synchronous_off", ("--only", "power", "--trim", "no"), {"lost", "vanished", "place", "epoch", "server"}),
    ("seq_reused", ("--only", "kill,term", "--trim", "no"), {"place", "live", "replay", "resume", "holes", "once"}),
    ("duplicate_on_resume", ("--only", "cut,kill", "--trim", "no"), {"replay"}),
    ("gap_at_seam", ("--only", "cut,kill", "--trim", "no"), {"replay"}),
    ("wrong_room", ("--only", "cut", "--trim", "no"), {"audience"}),
    ("lost_on_overflow", ("--only", "pause,stall", "--trim", "no", "--rate", "80"), {"live"}),
    ("reordered", ("--only", "cut", "--trim", "no"), {"order", "server"}),  # a start refuses such a log
    ("dedupe_not_durable", ("--only", "kill,power", "--trim", "no"), {"once"}),
    ("read_goes_back", ("--only", "cut", "--trim", "no"), {"read_back"}),
    ("trimmed_unnoticed", ("--only", "cut,kill,stall", "--trim", "yes"), {"replay", "resume"}),
    ("removed_member", ("--only", "cut", "--trim", "no"), {"audience"}),
    ("member_skipped", ("--only", "cut", "--trim", "no"), {"missing", "holes"}),
    ("gap_too_large", ("--only", "cut,kill", "--trim", "yes"), {"gap"}),
    ("delivered_unconfirmed", ("--only", "cut", "--trim", "no"), {"delivered"}),
    ("pending_status_wrong", ("--only", "cut,kill", "--trim", "no"), {"pending"}),
    ("membership_not_durable", ("--only", "kill,term", "--trim", "no"), {"audience"}),
)
TORTURE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "torture.py")


def torture(fault, options, seed):
    """What one run printed."""
    with tempfile.NamedTemporaryFile() as record:
        command = [sys.executable, TORTURE, "--program", PROGRAM, "--seed", str(seed), "--cycles", "8", "--seconds", "15",
                   "--record", record.name, *options]
        environment = os.environ | {"WSD_PLANTED_FAULT": fault}
        try:
            return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=SECONDS_MAX, check=False).stdout
        except subprocess.TimeoutExpired as e:
            return f"no end of this run: {e}"


def hunt(fault, options, rules):
    """(fault, seconds until it was found or None, the first finding)."""
    begin, said, seed = time.monotonic(), "", 1
    while time.monotonic() - begin < SECONDS_MAX - 15:
        said = torture(fault, options, seed)
        for line in said.splitlines():
            if line.split(":")[0] in rules:
                return fault, time.monotonic() - begin, line
        seed += 1
    return fault, None, said[-2000:]


class Bites(unittest.TestCase):
    def test_without_a_fault_nothing_is_found(self):
        said = torture("none", (), 1)
        self.assertIn(" 0 violations", said)

    def test_every_planted_fault_is_found(self):
        chosen = [fault for fault in FAULTS if not sys.argv[1:] or fault[0] in sys.argv[1:]]
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            found = list(pool.map(lambda fault: hunt(*fault), chosen))
        for fault, seconds, line in found:
            print(f"{fault:20}" + (f" {seconds:4.0f} s  {line[:150]}" if seconds else f" NOT FOUND\n{line}"))
        print(f"{sum(seconds is not None for _, seconds, _ in found)} of {len(found)} found")
        self.assertEqual([fault for fault, seconds, _ in found if seconds is None], [])


if __name__ == "__main__":
    if not PROGRAM or not os.environ.get("WSD_POWER_CUT"):
        sys.exit(77)
    unittest.main(argv=sys.argv[:1], warnings="ignore")
