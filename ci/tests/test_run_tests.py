"""run_tests counts Catch2's cases one by one, scripts as one each, and never overlooks a program that died."""
import importlib.machinery
import importlib.util
import pathlib
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
PROGRAM = pathlib.Path(__file__).resolve().parent.parent / "run_tests"
LOADER = importlib.machinery.SourceFileLoader("run_tests", str(PROGRAM))
RUN_TESTS = importlib.util.module_from_spec(importlib.util.spec_from_loader("run_tests", LOADER))
LOADER.exec_module(RUN_TESTS)

SHARD = """<?xml version="1.0" encoding="UTF-8"?><Catch2TestRun name="unit_tests">
  <OverallResults successes="99" failures="9" expectedFailures="0" skips="0"/>
  <OverallResultsCases successes="{}" failures="{}" expectedFailures="1" skips="{}"/></Catch2TestRun>"""
PASSED, FAILED, SKIPPED = ' status="run">', ' status="fail"><failure message=""/>', ' status="notrun"><skipped message=""/>'


class run_tests_test(unittest.TestCase):
    def count(self, tests, shards=()):
        with tempfile.TemporaryDirectory() as folder:
            results = pathlib.Path(folder)
            cases = "".join(f'<testcase name="{name}"{outcome}</testcase>' for name, outcome in tests)
            (results / "ctest.xml").write_text(f"<testsuite>{cases}</testsuite>", encoding="utf-8")
            for name, report in shards:
                (results / f"{name}.xml").write_text(report, encoding="utf-8")
            return RUN_TESTS.count(results)

    def test_cases_of_shards_and_scripts_add_up(self):
        tests = (("unit.0", PASSED), ("unit.1", FAILED), ("ci.a", PASSED), ("integration.b", FAILED), ("ci.c", SKIPPED))
        shards = (("unit.0", SHARD.format(10, 0, 2)), ("unit.1", SHARD.format(20, 3, 0)))
        self.assertEqual(self.count(tests, shards), [33, 4, 3])

    def test_a_shard_that_died_before_its_report_is_a_failure(self):
        self.assertEqual(self.count((("unit.0", FAILED),)), [0, 1, 0])

    def test_a_shard_that_died_amid_its_report_is_a_failure(self):
        self.assertEqual(self.count((("unit.0", FAILED),), (("unit.0", "<Catch2TestRun><TestCase"),)), [0, 1, 0])

    def test_a_shard_that_failed_after_its_cases_passed_is_a_failure(self):
        tests, shards = (("unit.0", FAILED),), (("unit.0", SHARD.format(4, 0, 0)),)
        self.assertEqual(self.count(tests, shards), [5, 1, 0])


if __name__ == "__main__":
    unittest.main()
