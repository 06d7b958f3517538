"""Scenarios of wsload about connections, limits and who is told find the faults that are planted in wsd_planted; see
wsload_bites."""
import unittest

from wsload_bites import Bites


class Connections(Bites):
    def test_what_stays_behind(self):
        self.check("connect", "churn", "soak")

    def test_limits(self):
        self.check("limits", "ratelimit")

    def test_receivers(self):
        self.check("slow-consumer", "slow-consumer, unclosed", "presence")


if __name__ == "__main__":
    unittest.main()
