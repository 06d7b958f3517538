"""wsload against the real server: it finds nothing wrong with wsd, and finds a planted fault."""
import os
import pathlib
import subprocess
import unittest

import wsd_process

WSLOAD = os.environ.get("WSLOAD_BIN") or str(wsd_process.SOURCE / "build/release/wsload")
DROPPING = os.environ.get("WSD_DROPPING_BIN") or str(wsd_process.SOURCE / "build/release/tests/wsd_dropping")


class LoadTest(unittest.TestCase):
    def load(self, server, scenario, *arguments):
        command = [WSLOAD, "run", scenario, f"ws://127.0.0.1:{server.port}/ws", "--secret", wsd_process.SECRET,
                   "--source-ips", "127.0.0.2-9", "--allow-saturated", "-q", *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)

    def test_every_message_is_delivered_once_and_in_order(self):
        server = wsd_process.Server()
        server.start()
        self.addCleanup(server.stop)
        done = self.load(server, "chat", "-c", "400", "--users", "200", "-d", "4s", "--rate", "500")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_connections_that_are_cut_all_the_time_resume_without_loss(self):
        server = wsd_process.Server()
        server.start()
        self.addCleanup(server.stop)
        done = self.load(server, "resume", "-c", "200", "--users", "100", "-d", "5s", "--rate", "300")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_one_event_lost_in_a_thousand_is_found(self):
        server = wsd_process.Server(program=DROPPING)
        server.start()
        self.addCleanup(server.stop)
        done = self.load(server, "chat", "-c", "100", "-d", "4s", "--rate", "1000", "--drain", "3s")
        self.assertEqual(done.returncode, 11, done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
