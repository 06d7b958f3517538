"""What each scenario of wsload proves: it passes against wsd, and fails against wsd_planted with the fault that it is there
to find. The scripts test_wsload_bites_*.py try the rows."""
import concurrent.futures
import os
import socket
import tempfile
import unittest

import wsd_process
import wsload_process

PLANTED = os.environ.get("WSD_PLANTED_BIN") or str(wsd_process.SOURCE / "build/release/tests/wsd_planted")
STALL = {"WS_BACKPRESSURE_STALL_MS": 1000, "WS_BACKPRESSURE_BUFFERED_THRESHOLD": 65536}
LADDER = {"WS_RATE_LIMIT_MESSAGES": 50, "WS_RATE_LIMIT_WINDOW_MS": 10000}
LOOSE = "--slo server.fds.growth<100% --slo server.rss.growth<10000% --slo deliver.p99.growth<100000%"
LIMIT = "a place that was given back is taken"

# Scenario, and what tells a second row from the first: the fault, the server's options, the words of wsload, its status, and
# what it is found by: a threshold, a kind of fault or an expectation.
ROWS = {
    "connect": ("memory_leaked", {}, "-c 100 --ramp 500ms -d 3s --pid {pid} --slo server.rss<100m", 10, "server.rss<100m"),
    "echo": ("pong_lost", {}, "-c 10 --rate 200 -d 2s --drain 2s", 11, "unanswered"),
    "chat": ("event_lost", {}, "-c 40 --rate 300 -d 3s --drain 2s", 11, "lost"),
    "fanout": ("reordered", {}, "-c 40 --room-size 5 --rate 200 -d 3s --drain 2s", 11, "reordered"),
    "resume": ("event_twice", {}, "-c 40 --rate 400 --cuts 20 -d 4s --drain 2s", 11, "duplicated"),
    "storm": ("event_twice", {}, "-c 60 --rate 900 -d 4s --storm 50% --drain 2s", 11, "duplicated"),
    "restart": ("ack_before_commit", {}, "-c 30 --rate 300 --ramp 200ms -d 12s --drain 5s --exec {exec}", 11, "lost"),
    "capacity": ("event_twice", {}, "-c 10 --rate 8 -d 1s --drain 1s --slo deliver.p99<20s", 11, "duplicated"),
    "churn": ("descriptor_leaked", {}, "-c 40 --cuts 60 -d 5s --pid {pid} --slo server.fds.growth<100%", 10,
              "server.fds.growth<100%"),
    "soak": ("descriptor_leaked", {}, f"-c 40 --rate 100 --cuts 60 -d 5s --pid {{pid}} --drain 5s {LOOSE}", 10,
             "server.fds.growth<100%"),
    "limits": ("place_not_freed", {"WS_MAX_CONNECTIONS_PER_IP": 20},
               "--limit ip:20 --excess 5 --source-ips 127.0.0.2 -d 20s", 11, LIMIT),
    "ratelimit": ("unwarned", LADDER, "-d 20s", 11, "warnings"),
    "slow-consumer": ("lost_on_overflow", STALL, "-c 10 --rate 50 --ramp 200ms -d 3s --drain 2s", 11,
                      "acknowledged messages that the reader never saw"),
    "slow-consumer, unclosed": ("stall_never_closed", STALL,
                                "-c 10 --rate 50 --ramp 200ms -d 4s --drain 2s --stall 1s", 11,
                                "how the server ended the stalled connection"),
    "presence": ("presence_untold", {}, "-c 20 --cuts 10 --ramp 200ms -d 4s --drain 2s", 11,
                 "comings and goings that nobody was told of"),
}
# The others run for as long as they need.
ENDLESS = {"capacity": ("--rate 200 -d 1s --slo sent<450", "--rate 8 -d 1s --slo deliver.p99<20s")}


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def signs(report):
    """By what a run was found wanting."""
    return {one["slo"] for one in report["slo"] if not one["ok"]} | {one["what"] for one in report["checks"] if not one["ok"]} \
        | {kind for kind, count in report["faults"].items() if count and kind != "malformedBy"}


def scenario_of(row):
    return row.split(",")[0]


def measure(row, program, fault):
    """(exit status, report, all it printed)"""
    _, options, words, _, _ = ROWS[row]
    scenario = scenario_of(row)
    if not fault and scenario in ENDLESS:
        words = words.replace(*reversed(ENDLESS[scenario]))
    options = options | ({"WSD_PLANTED_FAULT": fault, "ASAN_OPTIONS": "detect_leaks=0"} if fault else {})
    with tempfile.TemporaryDirectory() as folder:
        if "{exec}" not in words:
            with wsd_process.Server(program=program, **options) as server:
                return wsload_process.run(server.port, scenario, *words.format(pid=server.process.pid).split())
        server = wsd_process.Server(program=program, data=folder, PORT=free_port(), WS_SHUTDOWN_TIMEOUT=2000,
                                    WS_LOG_LEVEL="error", WS_ADMIN_HOST="off", **options)
        variables = " ".join(f"{name}='{value}'" for name, value in server.options.items() if name != "WS_ADMIN_PORT")
        return wsload_process.run(server.options["PORT"], scenario, *(
            word.replace("{exec}", f"env {variables} {program} serve") for word in words.split()))


class Bites(unittest.TestCase):
    def check(self, *rows):
        for row in rows:
            fault, _, _, status, sign = ROWS[row]
            with self.subTest(row, fault=fault), concurrent.futures.ThreadPoolExecutor(2) as pool:
                good = pool.submit(measure, row, wsd_process.WSD, None)
                bad = pool.submit(measure, row, PLANTED, fault)
                found, report, text = good.result()
                self.assertEqual(found, 0, text)
                found, report, text = bad.result()
                self.assertEqual(found, status, text)
                self.assertIn(sign, signs(report), text)
