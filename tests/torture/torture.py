#!/usr/bin/env python3
"""A real wsd under load while things go wrong, by a schedule that a seed makes; then the record is checked.

WSD_BIN names the program, WSD_PLANTED_BIN the one that can have a small log, which half of the starts have, WSD_POWER_CUT the
library made from power_cut.c; without that one the faults of the disk and power cuts are left out.
"""
import argparse
import asyncio
import concurrent.futures
import os
import pathlib
import random
import shutil
import sys
import tempfile
import time

from checker import check
from nemesis import Nemesis, make_schedule
from record import Record
from world import Broken, World


def arguments(given=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=None, help="repeats a run (default: made from the time)")
    parser.add_argument("--cycles", type=int, default=20, help="faults, one after the other")
    parser.add_argument("--seconds", type=float, default=None, help="stop making trouble after this time, whatever the cycles")
    parser.add_argument("--runs", type=int, default=1, help="share the cycles out: each with the next seed, in another world")
    parser.add_argument("--threads", type=int, choices=(1, 2, 3), default=None, help="of the server (default: made from the seed)")
    parser.add_argument("--writers", type=int, default=3)
    parser.add_argument("--readers", type=int, default=2)
    parser.add_argument("--rooms", type=int, default=2)
    parser.add_argument("--rate", type=float, default=40.0, help="messages per second of a writer's device")
    parser.add_argument("--trim", choices=("seed", "yes", "no"), default="seed", help="logs of 60 entries; by default every third seed")
    parser.add_argument("--durability", choices=("fsync", "os"), default="fsync")
    parser.add_argument("--only", default="", help="comma-separated names of faults")
    parser.add_argument("--program", default=None, help="instead of WSD_BIN and WSD_PLANTED_BIN")
    parser.add_argument("--record", default=None, help="keep the record in this file")
    return parser.parse_args(given)


async def drive(options, folder, record):
    chance = random.Random(f"{options.seed}/world")
    trimming = options.seed % 3 == 0 if options.trim == "seed" else options.trim == "yes"
    threads = chance.choice((1, 2, 3))
    settings = {"WS_THREADS": options.threads or threads, "WS_DURABILITY": options.durability}
    shim = os.environ.get("WSD_POWER_CUT")
    world = World(options.seed, folder, record, shim=shim, options=settings, program=options.program,
                  planted=options.program or os.environ.get("WSD_PLANTED_BIN"), trimming=trimming)
    schedule = make_schedule(options.seed, options.cycles, shim is not None, [name for name in options.only.split(",") if name])
    record("begin", seed=options.seed, trimming=trimming, **settings)
    try:
        await world.start()
        await world.proxy.start()
        world.populate(options.writers, options.readers, options.rooms, options.rate)
        await world.make_rooms()
        tasks = [asyncio.ensure_future(device.run()) for device in world.devices]
        trouble = asyncio.ensure_future(Nemesis(world).run(schedule))
        watched = await asyncio.wait([trouble, *tasks], timeout=options.seconds, return_when=asyncio.FIRST_COMPLETED)
        for task in watched[0]:
            task.result()
        if not trouble.done():
            await stop_trouble(world, trouble)
        if world.disk:
            world.disk.heal()
        world.proxy.heal()
        await world.settle(30)
        await world.close_devices(tasks)
        await world.terminate()
        await world.start()
        world.closing = False
        await world.audit()
        await world.terminate()
        record("finished", syncs=world.disk.read("syncs") if world.disk else None,
               failures=world.disk.read("failures") if world.disk else None)
    except Broken as e:
        record("broken", text=str(e))
    finally:
        world.clean_up()


async def stop_trouble(world, trouble):
    """The time is over in the middle of a fault."""
    trouble.cancel()
    await asyncio.wait([trouble])
    await asyncio.sleep(0.2)  # a start that went on in its thread
    process = world.server.process
    if process.poll() is None:
        process.send_signal(18)
        await world.kill()
    await world.start()


def run(options):
    """The checker with its findings; what was recorded is kept when there are any."""
    with tempfile.TemporaryDirectory(prefix="wsd-torture-") as folder:
        path = options.record or str(pathlib.Path(folder) / "record.jsonl")
        record = Record(path)
        try:
            asyncio.run(drive(options, folder, record))
        finally:
            record.close()
        found = check(path)
        if found.counts and not options.record:
            kept = pathlib.Path(tempfile.gettempdir()) / f"wsd-torture-{options.seed}.jsonl"
            shutil.copy(path, kept)
            print(f"record: {kept}")
    return found


def shared_out(options):
    """One run, or as many as asked: with logs that are trimmed and not, with a thread and with two."""
    if options.seed is None:
        options.seed = time.time_ns() // 1000 % 1_000_000
    if options.runs == 1:
        return [options]
    return [argparse.Namespace(**vars(options) | {
        "seed": options.seed + number, "cycles": options.cycles // options.runs, "trim": ("no", "yes")[number % 2],
        "threads": (1, 2)[number // 2 % 2], "record": None}) for number in range(options.runs)]


def report(options):
    """Does one run and says what was found; true when that is nothing."""
    begin = time.monotonic()
    found = run(options)
    for rule, text in found.violations[:60]:
        print(f"{rule}: {text}")
    print(f"torture: seed {options.seed}, trim {options.trim}, threads {options.threads or 'by seed'}, {options.cycles} cycles, "
          f"{time.monotonic() - begin:.0f} s: {len(found.acks)} acknowledged, {len(found.messages)} messages, "
          f"{len(found.streams)} connections, {sum(found.counts.values())} violations {dict(found.counts) or ''}".rstrip(), flush=True)
    if found.counts:
        threads = f" --threads {options.threads}" if options.threads else ""
        print(f'again: make torture SEED={options.seed} CYCLES={options.cycles} OPTIONS="--runs 1 --trim {options.trim}{threads}"')
    return not found.counts


def main():
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        passed = list(pool.map(report, shared_out(arguments())))
    print(f"torture: {passed.count(True)} passed, {passed.count(False)} failed")
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main())
