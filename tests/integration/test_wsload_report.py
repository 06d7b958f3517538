"""Thresholds, stages and the JSON report of wsload; coordinated omission."""
import asyncio
import base64
import pathlib
import signal
import tempfile
import time
import unittest

import wsd_process
import wsload_process
from test_browser import CHROMIUM, Browser

# Of every canvas: how many pixels have one of these colours exactly, and how many colours there are.
PIXELS = """[...document.querySelectorAll("#charts canvas")].map(canvas => {
    const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data, found = {}
    for (let i = 0; i < data.length; i += 4)
        if (data[i + 3] === 255) {
            const colour = [data[i], data[i + 1], data[i + 2]].map(part => part.toString(16).padStart(2, "0")).join("")
            found[colour] = (found[colour] ?? 0) + 1
        }
    return found
})"""
BLUE, GREEN, VIOLET = "1f77b4", "2a9d4a", "8a56b8"


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
    @unittest.skipIf(wsd_process.INSTRUMENTED, "what it holds figures against is speed")
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


@unittest.skipUnless(CHROMIUM, "no chromium")
class Page(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        self.file = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory())) / "run.html"
        with wsd_process.Server(WS_STORE="memory") as server:
            status, _, text = await asyncio.to_thread(
                wsload_process.run, server.port, "chat", "-c", 10, "--ramp", "100ms", "-d", "5s", "--rate", 200, "--pid",
                server.process.pid, "--html", self.file)
        self.assertEqual(status, 0, text)
        self.browser = await self.enterAsyncContext(Browser())

    async def open(self, scripts=True):
        page = await self.browser.open("about:blank")
        await self.browser.call("Network.emulateNetworkConditions", page.session, offline=True, latency=0,
                                downloadThroughput=-1, uploadThroughput=-1)
        await self.browser.call("Emulation.setScriptExecutionDisabled", page.session, value=not scripts)
        page.requests.clear()
        await self.browser.call("Page.navigate", page.session, url=self.file.as_uri())
        await page.until("document.readyState === 'complete' && document.querySelector('h1') !== null", "not loaded")
        return page

    async def test_its_charts_are_drawn_without_a_network(self):
        page = await self.open()
        await page.until("document.querySelectorAll('#charts canvas').length === 6", "no charts")
        await page.until(f"({PIXELS}).every(found => Object.keys(found).length > 1)", "a blank canvas")
        messages, latency, shares, connections, memory, descriptors = await page.run(PIXELS)
        # The line that is drawn last may hide the others.
        for name, found, colour in (("messages", messages, GREEN), ("latency", latency, VIOLET), ("shares", shares, GREEN),
                                    ("connections", connections, BLUE), ("memory", memory, BLUE),
                                    ("descriptors", descriptors, BLUE)):
            self.assertGreater(found.get(colour, 0), 50, f"no line in the chart of {name}: {found}")
        picture = await self.browser.call("Page.captureScreenshot", page.session, captureBeyondViewport=True)
        picture = base64.b64decode(picture["data"])
        self.assertEqual(picture[:8], b"\x89PNG\r\n\x1a\n")
        self.assertGreater(len(picture), 10_000)
        self.assertEqual((page.requests, page.faults), ([self.file.as_uri()], []))

    async def test_without_scripts_it_shows_the_figures(self):
        page = await self.open(scripts=False)
        text = await page.run("document.body.innerText")
        self.assertIn("verdict       ok", text)
        self.assertIn("The charts need scripts", text)
        self.assertEqual(await page.run("document.querySelectorAll('canvas').length"), 0)
        rows = await page.run("[...document.querySelectorAll('table tr')].map(row => [...row.children].map(cell => "
                              "cell.textContent))")
        self.assertGreater(len(rows), 4)
        self.assertTrue(any(row[1] == "load" and float(row[3]) > 100 for row in rows[1:]), rows)


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
