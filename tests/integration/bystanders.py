"""Well-behaved clients that chat while something else is done to wsd."""
import json
import os
import subprocess
import time

import wsd_process

WSLOAD = os.environ.get("WSLOAD_BIN") or str(wsd_process.SOURCE / "build/release/wsload")


class Bystanders:
    """50 clients that send 200 messages/s among them, from an address of their own."""

    def __init__(self, server, seconds):
        self.process = subprocess.Popen(
            [WSLOAD, "run", "chat", f"ws://127.0.0.1:{server.port}/ws", "-c", "50", "--rate", "200", "--ramp", "200ms", "-d",
             f"{seconds}s", "--secret", wsd_process.SECRET, "--source-ips", "127.0.0.9", "--allow-saturated", "-q", "--json"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.end = time.monotonic() + seconds

    def over(self):
        return time.monotonic() >= self.end

    def p99(self):
        """Of the deliveries, in ms, once they have ended: every message must have arrived once and in order."""
        output, errors = self.process.communicate(timeout=60)
        if self.process.returncode != 0:
            raise AssertionError(f"the bystanders ended with {self.process.returncode}:\n{output}{errors}")
        return json.loads(output)["latencyMs"]["delivery"]["p99"]
