"""What the tests of wsload's scenarios have in common."""
import unittest

import wsd_process
import wsload_process

SHORT = ("--ramp", "200ms", "-d", "2s", "--drain", "5s")


class Scenario(unittest.TestCase):
    def run_against(self, scenario, *words, **options):
        with wsd_process.Server(**{"WS_STORE": "memory"} | options) as server:
            return wsload_process.run(server.port, scenario, *words)

    def check_broken(self, result, *names):
        """Exactly these expectations were not met."""
        status, report, text = result
        self.assertEqual(status, 11, text)
        self.assertEqual([one["what"] for one in report["checks"] if not one["ok"]], list(names), text)
