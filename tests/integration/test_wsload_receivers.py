"""Scenarios of wsload about those who receive: a reader that stalls, and contacts that hear of each other."""
import unittest

from wsload_scenario import Scenario


class Receivers(Scenario):
    def test_slow_consumer(self):
        status, report, text = self.run_against("slow-consumer", "-c", 10, "--rate", 50, "--ramp", "200ms", "-d", "4s",
                                                "--stall", "1s",
                                                WS_BACKPRESSURE_STALL_MS=1000, WS_BACKPRESSURE_BUFFERED_THRESHOLD=65536,
                                                WS_STORE="sqlite")
        self.assertEqual(status, 0, text)
        found = {one["what"]: one["found"] for one in report["checks"]}
        self.assertGreater(int(found["messages to the reader that stalls, acknowledged"]), 500)

    def test_what_a_slow_consumer_never_gets_is_found(self):
        # Its log is cut short while it does not read.
        status, report, text = self.run_against("slow-consumer", "-c", 2, "--rate", 5, "--ramp", "200ms", "-d", "4s",
                                                WS_BACKPRESSURE_STALL_MS=500, WS_BACKPRESSURE_BUFFERED_THRESHOLD=65536,
                                                WS_LOG_MAX_ENTRIES_PER_USER=10)
        self.assertEqual(status, 11, text)
        self.assertIn("acknowledged messages that the reader never saw",
                      [one["what"] for one in report["checks"] if not one["ok"]])

    def test_presence(self):
        status, report, text = self.run_against("presence", "-c", 40, "--cuts", 10, "--ramp", "200ms", "-d", "6s", "--slo",
                                                "presence.count>20")
        self.assertEqual(status, 0, text)

    def test_a_server_that_tells_nobody(self):
        status, report, text = self.run_against("presence", "-c", 20, "--cuts", 10, "--ramp", "200ms", "-d", "5s",
                                                WS_PRESENCE_AUDIENCE="none")
        self.assertEqual(status, 11, text)
        self.assertIn("comings and goings that nobody was told of", [one["what"] for one in report["checks"] if not one["ok"]])


if __name__ == "__main__":
    unittest.main()
