"""Scenarios of wsload about messages and limits pass against wsd, and fail with the right status when what they prove is
not so."""
import unittest

import wsload_process
from test_wsload_ledger import Stub
from wsload_scenario import SHORT, Scenario


class Messages(Scenario):
    def test_echo(self):
        status, report, text = self.run_against("echo", "-c", 10, "--rate", 500, *SHORT)
        self.assertEqual(status, 0, text)
        self.assertGreater(report["messages"]["acked"], 900)
        self.assertEqual(report["messages"]["delivered"], 0)

    def test_pings_without_a_pong_fail_the_run(self):
        with Stub() as stub:
            status, report, text = wsload_process.run(stub.port, "echo", "-c", 4, "--rate", 20, "--ramp", "100ms", "-d", "1s",
                                                      "--drain", "1s")
        self.assertEqual(status, 11, text)
        self.assertEqual(report["messages"]["acked"], 0)
        self.assertEqual(report["faults"]["unanswered"], report["messages"]["sent"])

    def test_fanout(self):
        # 8 rooms of 5, two connections each: every message is shown to nine others.
        status, report, text = self.run_against("fanout", "-c", 80, "--users", 40, "--room-size", 5, "--rate", 100, *SHORT)
        self.assertEqual(status, 0, text)
        messages = report["messages"]
        self.assertGreater(messages["sent"], 150)
        # The sender's own other connection sees it as well, and is no recipient.
        self.assertEqual(messages["delivered"], 8 * messages["sent"])

    def test_rooms_that_cannot_be_made_end_the_run(self):
        status, report, text = self.run_against("fanout", "-c", 6, "--room-size", 3, "--connect-timeout", "2s", *SHORT,
                                                WS_MAX_MEMBERS_PER_ROOM=2)
        self.assertEqual(status, 3, text)
        self.assertIn("CREATE_FAILED", report["connections"]["notices"])


class Limits(Scenario):
    def limits(self, limit, *words, **options):
        return self.run_against("limits", "--limit", limit, "--excess", 7, "-d", "20s", *words, **options)

    def test_each_limit_is_exact(self):
        for limit, options in (("user:5", {"WS_MAX_CONNECTIONS_PER_USER": 5}), ("ip:20", {"WS_MAX_CONNECTIONS_PER_IP": 20}),
                               ("all:30", {"WS_MAX_CONNECTIONS": 30})):
            with self.subTest(limit):
                status, report, text = self.limits(limit, "--source-ips", "127.0.0.2-5", **options)
                self.assertEqual(status, 0, text)
                self.assertEqual(len(report["checks"]), 9)

    def test_another_limit_than_the_servers_is_noticed(self):
        self.check_broken(self.limits("user:5", WS_MAX_CONNECTIONS_PER_USER=6), "connections admitted",
                          "connections refused with 503 CONNECTION_LIMIT_USER")

    def test_a_server_without_the_limit(self):
        self.check_broken(self.limits("ip:5"), "connections admitted", "connections refused with 503 CONNECTION_LIMIT_IP")


class RateLimits(Scenario):
    OPTIONS = {"WS_RATE_LIMIT_MESSAGES": 50, "WS_RATE_LIMIT_WINDOW_MS": 10000}

    def test_the_ladder(self):
        status, report, text = self.run_against("ratelimit", "-d", "20s", **self.OPTIONS)
        self.assertEqual(status, 0, text)
        self.assertGreaterEqual(len(report["checks"]), 12)

    def test_a_server_that_refuses_instead_of_delaying(self):
        status, report, text = self.run_against("ratelimit", "-d", "20s", **self.OPTIONS, WS_RATE_LIMIT_MODE="reject")
        self.assertEqual(status, 11, text)
        broken = [one["what"] for one in report["checks"] if not one["ok"]]
        self.assertIn("refused before anything is delayed", broken)
        self.assertIn("notices that frames are delayed", broken)

    def test_a_ladder_that_is_set_otherwise(self):
        options = {"WS_RATE_LIMIT_WARNING_THRESHOLD": "0.5", "WS_VIOLATIONS_BEFORE_THROTTLE": 4, "WS_MAX_VIOLATIONS": 6}
        status, report, text = self.run_against("ratelimit", "-d", "20s", "--ladder", "warn=50%,throttle=4,close=6",
                                                **self.OPTIONS, **options)
        self.assertEqual(status, 0, text)
        self.assertIn("acknowledged before the warning at 50 %", [one["what"] for one in report["checks"]])

    def test_a_ladder_without_a_close(self):
        status, report, text = self.run_against("ratelimit", "-d", "20s", "--ladder", "close=0", **self.OPTIONS,
                                                WS_MAX_VIOLATIONS=0)
        self.assertEqual(status, 0, text)

    def test_what_cannot_be_climbed_is_a_usage_error_that_says_why(self):
        status, report, text = self.run_against("ratelimit", "-d", "2s", **self.OPTIONS)
        self.assertEqual((status, report["problem"]),
                         (2, "HELLO_ACK tells a limit of 50 messages in 10.0s; -d has to be at least 6.20s to climb that"), text)
        status, report, text = self.run_against("ratelimit", "-d", "20s", WS_RATE_LIMIT_MESSAGES=1000000)
        self.assertEqual(status, 2, text)
        self.assertIn("ratelimit can climb limits of 1 to 100000 messages", report["problem"])

    def test_a_server_that_never_closes(self):
        result = self.run_against("ratelimit", "-d", "20s", **self.OPTIONS, WS_MAX_VIOLATIONS=0)
        self.check_broken(result, "close code of the flood")


if __name__ == "__main__":
    unittest.main()
