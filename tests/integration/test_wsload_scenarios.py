"""Each scenario of wsload passes against wsd, and fails with the right status when what it proves is not so."""
import socket
import tempfile
import unittest

import wsd_process
import wsload_process
from test_wsload_ledger import Stub

SHORT = ("--ramp", "200ms", "-d", "2s", "--drain", "5s")


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Scenario(unittest.TestCase):
    def run_against(self, scenario, *words, **options):
        with wsd_process.Server(**{"WS_STORE": "memory"} | options) as server:
            return wsload_process.run(server.port, scenario, *words)

    def check_broken(self, result, *names):
        """Exactly these expectations were not met."""
        status, report, text = result
        self.assertEqual(status, 11, text)
        self.assertEqual([one["what"] for one in report["checks"] if not one["ok"]], list(names), text)


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


class Breaks(Scenario):
    def test_storm(self):
        status, report, text = self.run_against("storm", "-c", 100, "--rate", 200, "--storm", "60%", "--slo",
                                                "reconnect.max<20s", "--slo", "others.count>0", "--ramp", "200ms", "-d", "4s")
        self.assertEqual(status, 0, text)
        self.assertEqual(report["connections"]["cuts"], 60)
        self.assertEqual(report["latencyMs"]["reconnect"]["count"], 60)

    def test_a_storm_that_the_server_does_not_let_back_in(self):
        result = self.run_against("storm", "-c", 60, "--rate", 50, "--storm", "1", "--ramp", "4s", "-d", "3s", "--drain",
                                  "2s", WS_ACCEPT_RATE=20)
        self.check_broken(result, "connections that came back before the end of the load")

    def test_restart(self):
        with tempfile.TemporaryDirectory() as folder:
            port = free_port()
            options = {"JWT_SECRET": wsd_process.SECRET, "PORT": port, "WS_ADMIN_HOST": "off", "WS_DATA_DIR": folder,
                       "WS_RATE_LIMIT_MESSAGES": 1000000, "WS_LOG_LEVEL": "error", "WS_MAX_CONNECTIONS_PER_IP": 0,
                       "WS_SHUTDOWN_TIMEOUT": 2000}
            command = " ".join(f"{name}='{value}'" for name, value in options.items())
            status, report, text = wsload_process.run(port, "restart", "-c", 30, "--rate", 100, "--ramp", "200ms", "-d", "15s",
                                                      "--exec", f"env {command} {wsd_process.WSD} serve", "--slo", "lost==0")
        self.assertEqual(status, 0, text)
        self.assertEqual([one["what"] for one in report["checks"]],
                         ["the server's end by SIGTERM", "the server is back after SIGTERM",
                          "the server's end by kill -9", "the server is back after kill -9"])
        self.assertGreaterEqual(report["connections"]["resumes"], 50)
        self.assertGreater(report["messages"]["acked"], 1400)

    def test_a_restart_that_forgets_messages_is_found(self):
        port = free_port()
        options = {"JWT_SECRET": wsd_process.SECRET, "PORT": port, "WS_ADMIN_HOST": "off", "WS_STORE": "memory",
                   "WS_RATE_LIMIT_MESSAGES": 1000000, "WS_LOG_LEVEL": "error", "WS_MAX_CONNECTIONS_PER_IP": 0,
                   "WS_SHUTDOWN_TIMEOUT": 500}
        command = " ".join(f"{name}='{value}'" for name, value in options.items())
        status, report, text = wsload_process.run(port, "restart", "-c", 30, "--rate", 1000, "--ramp", "200ms", "-d", "10s",
                                                  "--drain", "5s", "--exec", f"env {command} {wsd_process.WSD} serve")
        self.assertEqual(status, 11, text)
        self.assertGreater(report["faults"]["lost"], 0)

    def test_churn_leaves_nothing_behind(self):
        with wsd_process.Server(WS_STORE="memory") as server:
            status, report, text = wsload_process.run(server.port, "churn", "-c", 50, "--cuts", 100, "--ramp", "200ms", "-d",
                                                      "5s", "--pid", server.process.pid, "--slo", "server.fds.growth<20%",
                                                      "--slo", "cuts>300")
        self.assertEqual(status, 0, text)
        self.assertEqual(report["connections"]["live"], 50)


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

    def test_a_server_that_never_closes(self):
        result = self.run_against("ratelimit", "-d", "20s", **self.OPTIONS, WS_MAX_VIOLATIONS=0)
        self.check_broken(result, "close code of the flood")


class Receivers(Scenario):
    def test_slow_consumer(self):
        status, report, text = self.run_against("slow-consumer", "-c", 10, "--rate", 50, "--ramp", "200ms", "-d", "4s",
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
