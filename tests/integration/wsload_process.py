"""wsload as a child process, for the tests of this folder. Every report is held against its schema."""
import json
import os
import subprocess

import jsonschema

import wsd_process

WSLOAD = os.environ.get("WSLOAD_BIN") or str(wsd_process.SOURCE / "build/release/wsload")
SCHEMA = json.loads((wsd_process.SOURCE / "docs/schema/wsload-report.schema.json").read_text())
PATIENCE = 100


def start(*words, **how):
    return subprocess.Popen([WSLOAD, *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **how)


def end(process):
    """(exit status, report or None, all that was printed) of a run with --json -."""
    out, errors = process.communicate(timeout=PATIENCE)
    report, text = None, out + errors
    if out.startswith("{"):
        report = json.loads(out)
        jsonschema.Draft202012Validator(SCHEMA).validate(report)
        assert report["exit"] == process.returncode, f"says {report['exit']}, ended with {process.returncode}"
        text = errors  # the summary
    return process.returncode, report, text


def command(*words):
    """A command other than run: its status and what it printed."""
    done = subprocess.run([WSLOAD, *map(str, words)], capture_output=True, text=True, timeout=PATIENCE, check=False)
    return done.returncode, done.stdout, done.stderr


def load(port, scenario, *words):
    """Starts a run against 127.0.0.1; its figures don't depend on how busy the machine is."""
    return start("run", scenario, f"ws://127.0.0.1:{port}/ws", "--secret", wsd_process.SECRET, "--allow-saturated", "-q",
                 "--json=-", *words)


def run(port, scenario, *words):
    return end(load(port, scenario, *words))
