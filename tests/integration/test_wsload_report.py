"""Thresholds, stages and the JSON report of wsload; coordinated omission."""
import signal
import time
import unittest

import wsd_process
import wsload_process


class Thresholds(wsd_process.ServerCase):
    OPTIONS = {"WS_STORE": "memory"}

    def chat(self, *words):
        return wsload_process.run(self.server.port, "chat", "-c", 20, "--ramp", "200ms", "-d", "1s", "--rate", 200, *words)

    def test_thresholds_that_hold(self):
        status, report, text = self.chat("--slo", "lost==0", "--slo", "deliver.p99<30s", "--slo", "rate.acked>100")
        self.assertEqual(status, 0, text)
        self.assertEqual([one["ok"] for one in report["slo"]], [True] * 3)
        self.assertEqual(report["slo"][0]["found"], 0)

    def test_a_threshold_that_does_not_hold_is_status_10_and_named(self):
        status, report, text = self.chat("--slo", "deliver.p50<1ms", "--slo", "deliver.p50<0", "--slo", "lost==0")
        self.assertEqual(status, 10, text)
        broken = [one["slo"] for one in report["slo"] if not one["ok"]]
        self.assertIn("deliver.p50<0", broken)
        self.assertIn("deliver.p50<0 does not hold", report["problem"])
        self.assertIn("BROKEN  deliver.p50<0", "\n".join(report["summary"]))

    def test_an_unknown_metric_is_a_usage_error_that_names_the_likely_one(self):
        status, out, errors = wsload_process.command("run", "chat", "--secret", "x", "--slo", "delivr.p99<5ms")
        self.assertEqual((status, out), (2, ""))
        self.assertIn("did you mean deliver.p99?", errors)

    def test_stages_with_a_poisson_schedule(self):
        status, report, text = wsload_process.run(self.server.port, "chat", "-c", 20, "--ramp", "200ms", "--stage",
                                                  "2s:50", "--stage", "1s:0", "--stage", "2s:300", "--schedule", "poisson")
        self.assertEqual(status, 0, text)
        self.assertEqual(report["run"]["load"]["stages"], [{"seconds": 2, "messagesPerSecond": 50},
                                                           {"seconds": 1, "messagesPerSecond": 0},
                                                           {"seconds": 2, "messagesPerSecond": 300}])
        self.assertEqual(report["run"]["load"]["schedule"], "poisson")
        # 700 are expected; eight deviations of a Poisson count.
        self.assertLess(abs(report["messages"]["sent"] - 700), 8 * 700 ** 0.5)

    def test_the_report_tells_how_the_run_came_about(self):
        status, report, text = self.chat("--pid", self.server.process.pid, "--seed", 42, "-d", "4s")
        self.assertEqual(status, 0, text)
        self.assertEqual(report["run"]["seed"], 42)
        self.assertIn("--secret ***", report["run"]["commandLine"])
        self.assertNotIn(wsd_process.SECRET, report["run"]["commandLine"])
        self.assertEqual(report["serverVersion"], "1.0.0")
        self.assertGreater(report["host"]["descriptors"], 0)
        load = [point for point in report["series"] if point["phase"] == "load"]
        self.assertGreaterEqual(len(load), 2)
        self.assertGreater(min(point["serverRssBytes"] for point in load), 1 << 20)
        self.assertGreater(min(point["serverDescriptors"] for point in load), 20)
        self.assertLessEqual(sum(point["acked"] for point in report["series"]), report["messages"]["acked"])
        buckets = report["histograms"]["delivery"]
        self.assertEqual(sum(count for _, count in buckets), report["latencyMs"]["delivery"]["count"])
        self.assertEqual(buckets, sorted(buckets))
        self.assertEqual(report["metrics"]["deliver.p99"], report["latencyMs"]["delivery"]["p99"])


class CoordinatedOmission(unittest.TestCase):
    def test_a_server_that_stands_still_for_2_s_of_10_is_shown_by_corrected_figures_alone(self):
        with wsd_process.Server(WS_STORE="memory") as server:
            process = wsload_process.load(server.port, "chat", "-c", 100, "--ramp", "500ms", "-d", "10s", "--rate", 1000)
            time.sleep(4)
            server.signal(signal.SIGSTOP)
            try:
                time.sleep(2)
            finally:
                server.signal(signal.SIGCONT)
            status, report, text = wsload_process.end(process)
        self.assertEqual(status, 0, text)
        self.assertAlmostEqual(report["messages"]["sent"], 10_000, delta=50)
        # A fifth of the messages was due while nothing was answered, and waited 0 to 2 s.
        corrected, uncorrected = report["latencyMs"]["ack"], report["latencyMs"]["ackUncorrected"]
        self.assertGreater(corrected["p90"], 900)
        self.assertLess(corrected["p90"], 1100)
        self.assertLess(uncorrected["p90"], 50)
        self.assertGreater(uncorrected["max"], 1500)


class Commands(unittest.TestCase):
    def test_every_scenario_is_listed_and_explained(self):
        status, listing, _ = wsload_process.command("list")
        self.assertEqual(status, 0)
        names = [line.split()[0] for line in listing.splitlines() if line.startswith("  ")]
        self.assertIn("chat", names)
        for name in names:
            with self.subTest(name):
                status, text, _ = wsload_process.command("explain", name)
                self.assertEqual(status, 0)
                self.assertTrue(text.startswith(name + ":"), text)
                self.assertIn("Options that matter", text)

    def test_metrics_are_explained_and_unknown_topics_refused(self):
        status, text, _ = wsload_process.command("explain", "metrics")
        self.assertEqual(status, 0)
        self.assertIn("deliver", text)
        status, _, errors = wsload_process.command("explain", "chta")
        self.assertEqual(status, 2)
        self.assertIn("did you mean chat?", errors)


if __name__ == "__main__":
    unittest.main()
