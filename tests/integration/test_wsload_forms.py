"""wsload report and compare, the other forms of a report, and the adapter for servers that echo."""
import asyncio
import json
import pathlib
import re
import tempfile
import threading
import unittest
import xml.etree.ElementTree as xml

import websockets

import wsd_process
import wsload_process


class Forms(wsd_process.ServerCase):
    OPTIONS = {"WS_STORE": "memory"}

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))

    def chat(self, *words):
        return wsload_process.run(self.server.port, "chat", "-c", 10, "--ramp", "100ms", "-d", "2s", "--rate", 100, *words)

    def test_all_forms_of_one_run(self):
        names = {form: self.folder / form for form in ("html", "junit", "metrics")}
        status, report, text = self.chat("--slo", "deliver.p99<30s", "--pid", self.server.process.pid,
                                         *(word for form, path in names.items() for word in (f"--{form}", path)))
        self.assertEqual(status, 0, text)
        page = names["html"].read_text()
        self.assertLess(len(page.encode()), 250_000)
        # uPlot names its home; nothing is loaded from anywhere.
        self.assertEqual(re.findall(r"https?://[^\s\"')]*", page), ["https://github.com/leeoniya/uPlot"])
        self.assertIn("The MIT License", page)
        suite = xml.parse(names["junit"]).getroot()
        self.assertEqual((suite.get("failures"), len(suite)), ("0", int(suite.get("tests"))))
        self.assertIn("deliver.p99<30s", [case.get("name") for case in suite])
        metrics = dict(line.rsplit(" ", 1) for line in names["metrics"].read_text().splitlines() if line[0] != "#")
        self.assertEqual(float(metrics['wsload_acked{scenario="chat"}']), report["messages"]["acked"])
        # The same again from the JSON.
        saved = self.folder / "run.json"
        saved.write_text(json.dumps(report))
        status, out, errors = wsload_process.command("report", saved)
        self.assertEqual((status, out.splitlines()), (0, report["summary"]), errors)
        again = self.folder / "again.html"
        status, _, errors = wsload_process.command("report", saved, "--html", again)
        self.assertEqual(status, 0, errors)
        self.assertEqual(again.read_text(), page)

    def test_several_processes_make_one_run(self):
        status, report, text = self.chat("--procs", 3, "-c", 60, "--users", 30, "--rate", 300, "--slo", "lost==0", "--slo",
                                         "live==60")
        self.assertEqual(status, 0, text)
        self.assertEqual(report["connections"]["upgrades"], 60)
        messages = report["messages"]
        self.assertAlmostEqual(messages["sent"], 600, delta=30)
        # Two connections of the partner show each message.
        self.assertEqual([messages["acked"], messages["delivered"]], [messages["sent"], 2 * messages["sent"]])
        self.assertEqual(report["latencyMs"]["delivery"]["count"], messages["delivered"])
        self.assertEqual(report["run"]["procs"], 3)

    def test_a_part_that_fails_fails_the_run(self):
        status, report, text = self.chat("--procs", 2, "--token-via", "bearer", "--secret", "another secret than the server's")
        self.assertEqual(status, 3, text)
        self.assertIn("401", report["problem"])

    def test_what_is_no_report_is_refused(self):
        path = self.folder / "other.json"
        path.write_text("{}")
        for words in (["report", path], ["report", self.folder / "missing.json"], ["compare", path],
                      ["compare", path, path]):
            status, out, errors = wsload_process.command(*words)
            self.assertEqual((status, out), (2, ""), words)
            self.assertNotEqual(errors, "")

    def test_a_slower_server_is_a_regression(self):
        _, report, text = self.chat()
        self.assertIsNotNone(report, text)

        def side(name, factor):
            runs = []
            for extra in (1.0, 1.01, 1.02):
                metrics = report["metrics"] | {"deliver.p99": report["metrics"]["deliver.p99"] * factor * extra}
                runs.append(json.dumps(report | {"metrics": metrics, "exit": 0}))
            path = self.folder / name
            path.write_text("\n".join(runs) + "\n")
            return path
        base, same, slower = side("base", 1), side("same", 1.05), side("slower", 1.3)
        limit = ("--max-regress", "deliver.p99=10%")
        status, out, errors = wsload_process.command("compare", base, same, *limit)
        self.assertEqual(status, 0, out + errors)
        status, out, errors = wsload_process.command("compare", base, slower, *limit)
        self.assertEqual(status, 12, out + errors)
        self.assertRegex(out, r"deliver\.p99 .* \+30\.0% +10\.0% +WORSE")
        status, _, errors = wsload_process.command("compare", base, slower, "--max-regress", "delver.p99=10%")
        self.assertEqual(status, 2)
        self.assertIn("did you mean deliver.p99?", errors)

    def test_two_runs_are_too_few(self):
        _, report, text = self.chat()
        self.assertIsNotNone(report, text)
        path = self.folder / "two"
        path.write_text((json.dumps(report) + "\n") * 2)
        status, _, errors = wsload_process.command("compare", path, path)
        self.assertEqual(status, 2)
        self.assertIn("at least 3 runs", errors)

    def test_capacity_finds_where_the_threshold_breaks(self):
        # The threshold is one of counts, so that the machine does not matter.
        status, report, text = wsload_process.run(self.server.port, "capacity", "-c", 10, "--ramp", "100ms", "-d", "1s",
                                                  "--rate", 100, "--slo", "sent<450", "--slo", "lost==0")
        self.assertEqual(status, 0, text)
        self.assertGreater(report["metrics"]["capacity"], 350)
        self.assertLess(report["metrics"]["capacity"], 470)
        self.assertGreaterEqual(len(report["checks"]), 4)


class Echo:
    """A server that sends every message back, but for those that `change` makes something else of: texts, their pieces, or
    the octets of frames. With `pings` it waits for a pong after each."""

    def __init__(self, change=lambda number, text: [text], pings=False):
        self.pings = pings
        self.change, self.loop, self.port, self.ready = change, asyncio.new_event_loop(), None, threading.Event()
        self.count, self.ended = 0, None
        self.thread = threading.Thread(target=self.loop.run_until_complete, args=(self.serve(),))

    async def handle(self, connection, *_):
        try:
            async for text in connection:
                self.count += 1
                for one in self.change(self.count, text):
                    if isinstance(one, bytes):
                        connection.transport.write(one)
                    else:
                        await connection.send(one)
                if self.pings:
                    await asyncio.wait_for(await connection.ping(), 10)
        except websockets.ConnectionClosed:
            pass  # the last break of a run is none of ours

    async def serve(self):
        self.ended = asyncio.Event()
        async with websockets.serve(self.handle, "127.0.0.1", 0, compression=None) as server:
            self.port = server.sockets[0].getsockname()[1]
            self.ready.set()
            await self.ended.wait()

    def __enter__(self):
        self.thread.start()
        self.ready.wait(20)
        return self

    def __exit__(self, *_):
        self.loop.call_soon_threadsafe(self.ended.set)
        self.thread.join(20)
        self.loop.close()


class RawEcho(unittest.TestCase):
    def measure(self, server):
        process = wsload_process.start("run", "echo", f"ws://127.0.0.1:{server.port}/", "--adapter", "raw-echo", "-c", 10,
                                       "--ramp", "100ms", "-d", "1s", "--rate", 300, "--drain", "1s", "-q", "--json=-",
                                       "--allow-saturated")
        return wsload_process.end(process)

    def test_a_server_that_echoes_passes(self):
        with Echo() as server:
            status, report, text = self.measure(server)
        self.assertEqual(status, 0, text)
        self.assertGreater(report["messages"]["acked"], 250)

    def test_messages_in_pieces_and_pings_between_them(self):
        with Echo(lambda number, text: [text if number % 3 else (text[:10], text[10:20], text[20:])], pings=True) as server:
            status, report, text = self.measure(server)
        self.assertEqual(status, 0, text)
        self.assertGreater(report["messages"]["acked"], 250)
        self.assertEqual(report["connections"]["attempts"], 10)

    def test_text_that_is_none_breaks_the_connection(self):
        # Octets that are no UTF-8 end in 1007, and the message is sent again by the next connection.
        def change(number, text):
            return [text] if number != 50 else [b"\x81\x02\xff\xfe"]
        with Echo(change) as server:
            status, report, text = self.measure(server)
        self.assertEqual(status, 0, text)
        self.assertEqual(report["connections"]["attempts"], 11)

    def test_damaged_doubled_and_missing_echoes_are_counted(self):
        def change(number, text):
            return {50: ["#" + text[1:]], 100: [text, text], 150: []}.get(number, [text])
        with Echo(change) as server:
            status, report, text = self.measure(server)
        self.assertEqual(status, 11, text)
        faults = report["faults"]
        # The damaged one was not answered either; both were sent again after the last break.
        self.assertEqual([faults[name] for name in ("corrupt", "strayReplies", "unanswered")], [1, 1, 2])

    def test_other_scenarios_need_wsd(self):
        status, _, errors = wsload_process.command("run", "chat", "--adapter", "raw-echo")
        self.assertEqual(status, 2)
        self.assertIn("raw-echo", errors)


if __name__ == "__main__":
    unittest.main()
