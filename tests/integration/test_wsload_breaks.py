"""Scenarios of wsload that break connections or the server: they pass against wsd, and find what is forgotten."""
import socket
import tempfile
import unittest

import wsd_process
import wsload_process
from wsload_scenario import Scenario


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


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

    def test_restart_of_a_server_that_somebody_else_starts_again(self):
        with wsd_process.Server(PORT=free_port(), WS_SHUTDOWN_TIMEOUT=2000) as server:
            process = wsload_process.load(server.port, "restart", "-c", 30, "--rate", 100, "--ramp", "200ms", "-d",
                                          "10s", "--pid", server.process.pid, "--slo", "lost==0")
            self.assertEqual(server.wait(wsd_process.PATIENCE), 0)
            server.start()
            status, report, text = wsload_process.end(process)
        self.assertEqual(status, 0, text)
        self.assertEqual([one["what"] for one in report["checks"]],
                         ["the server's end by SIGTERM", "the server is back after SIGTERM"])
        self.assertGreaterEqual(report["connections"]["resumes"], 30)

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

    def test_soak(self):
        with wsd_process.Server() as server:
            words = ("soak", "-c", 40, "--rate", 200, "--cuts", 20, "--ramp", "200ms", "-d", "5s", "--pid", server.process.pid,
                     "--slo", "server.rss.growth<10000%", "--slo", "server.fds.growth<50%", "--slo", "deliver.p99.growth<100000%")
            status, report, text = wsload_process.run(server.port, *words)
            self.assertEqual(status, 0, text)
            self.assertEqual(len(report["slo"]), 3)
            self.assertGreater(report["connections"]["cuts"], 50)
            self.assertGreater(report["messages"]["acked"], 800)
            status, report, text = wsload_process.run(server.port, *words, "--slo", "server.rss<1m")
        self.assertEqual(status, 10, text)
        self.assertIn("server.rss<1m does not hold", report["problem"])


if __name__ == "__main__":
    unittest.main()
