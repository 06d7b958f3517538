"""Three times as much as wsd can do: how much of it is done, what becomes of the rest, and how soon all is as before."""
import contextlib
import json
import statistics
import subprocess

from wsd_process import SECRET, Server

LEAD, RECOVERY, CALM = 10, 20, 0.3  # seconds; share of the peak
UNANSWERED = 500  # messages of a user: who has more of them waits, as an application would


def load(given, server, *words):
    process = (["taskset", "-c", "1-64"] if given.pin else []) + [
        given.wsload, "run", "chat", f"ws://127.0.0.1:{server.port}/ws", "-c", str(given.users), "--ramp", "500ms", "--secret", SECRET,
        "--source-ips", "127.0.0.2-9", "--allow-saturated", "-q", "--json=-", "--pid", str(server.process.pid), *words]
    done = subprocess.run(process, capture_output=True, text=True, timeout=given.seconds + 180, check=False)
    if not done.stdout.startswith("{"):
        raise RuntimeError(done.stdout + done.stderr)
    return done.returncode, json.loads(done.stdout), done.stderr


@contextlib.contextmanager
def started(given):
    with Server(program=given.wsd, WS_THREADS=given.threads, WS_DURABILITY="fsync") as server:
        if given.pin:
            subprocess.run(["taskset", "-a", "-p", "-c", "0", str(server.process.pid)], check=True, capture_output=True)
        yield server


def find_peak(given):
    """A closed loop offers exactly as much as is done; as long as the overload, since the log's disk is slower in the long run."""
    with started(given) as server:
        return max(load(given, server, "--closed", "--window", window, "-d", f"{given.seconds}s")[1]["metrics"]["rate.acked"] for window in ("4", "16"))


def overload(given, table):
    name, peak = "overload", given.peak or find_peak(given)
    with started(given) as server:
        _, report, _ = load(given, server, "--stage", f"{LEAD}s:{CALM * peak:.0f}", "--stage", f"{given.seconds}s:{given.factor * peak:.0f}",
                            "--stage", f"{RECOVERY}s:{CALM * peak:.0f}",
                            "--unanswered", str(UNANSWERED), "--drain", "60s")
    series = [second for second in report["series"] if second["phase"] == "load"]
    before, during = series[2:LEAD], series[LEAD + 1:LEAD + given.seconds]
    after = series[LEAD + given.seconds:]
    rates = {word: sum(second[word] for second in during) / max(1, len(during)) for word in ("sent", "acked", "refused")}
    calm = statistics.median(second["deliveryP99Ms"] for second in before)
    p99 = [second["deliveryP99Ms"] for second in after]
    recovered = next((number for number in range(len(p99)) if statistics.median(p99[number:number + 3]) <= max(2 * calm, calm + 20)), None)
    memory = [second["serverRssBytes"] / 1048576 for second in series if "serverRssBytes" in second]
    table.row(name, f"peak, {given.users} users in a closed loop", f"{peak:.0f} messages/s")
    table.row(name, f"{given.factor:g} × as much for {given.seconds} s: sent, acknowledged, refused, not even sent",
              f"{rates['sent']:.0f}/s, {rates['acked']:.0f}/s, {rates['refused']:.0f}/s, {report['messages']['skipped']}")
    table.row(name, "goodput of the peak", f"{rates['acked'] / peak:.0%}", "90 %", rates["acked"] >= 0.9 * peak)
    table.row(name, f"p99 at {CALM:.0%} of the peak before; seconds until it was so again", f"{calm:.1f} ms; {recovered if recovered is not None else 'never'}",
              "5 s", recovered is not None and recovered <= 5)
    if memory:
        table.row(name, "highest RSS", f"{max(memory):.0f} MiB", "512 MiB", max(memory) <= 512, True)
    faults = {what: count for what, count in report["faults"].items() if isinstance(count, int) and count}
    table.row(name, "unanswered at the end of the drain; connections that were closed and resumed",
              f"{report['messages']['unanswered']}; {report['metrics']['resumes']:.0f}")
    table.row(name, "faults in the ledger: lost, doubled, out of order, unanswered", faults or "none", "none", not faults, True)
