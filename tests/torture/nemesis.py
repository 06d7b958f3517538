"""What goes wrong, and when: made from the seed before anything starts, then done."""
import asyncio
import random
import resource
import signal

# name, weight, needs the disk of power_cut.so
FAULTS = (("kill", 3, False), ("power", 4, True), ("kill_starting", 2, False), ("start_broken", 2, True), ("kill_draining", 2, False), ("pause", 2, False), ("term", 2, False), ("full", 2, True), ("sync_error", 2, True),
          ("write_error", 1, True), ("clock", 2, True), ("slow_disk", 1, True), ("descriptors", 1, False), ("cut", 3, False), ("stall", 2, False),
          ("cut_in_frame", 2, False), ("half_close", 2, False))
# What may happen while one of these lasts.
DURING = {"clock": ("kill", "power", "term", "cut"), "full": ("kill", "power", "term"), "sync_error": ("kill", "power"), "slow_disk": ("kill", "power", "cut"), "write_error": ("kill",),
          "stall": ("kill", "cut"), "descriptors": ("cut",)}


def make_schedule(seed, cycles, with_disk, only=()):
    chance = random.Random(f"{seed}/nemesis")
    known = [fault for fault in FAULTS if (with_disk or not fault[2]) and (not only or fault[0] in only)]
    schedule = []
    for _ in range(cycles):
        fault = chance.choices([name for name, *_ in known], [weight for _, weight, _ in known])[0]
        also = [name for name in DURING.get(fault, ()) if name in {name for name, *_ in known}]
        schedule.append({"after": round(chance.uniform(0.1, 0.7), 3), "fault": fault, "holds": round(chance.uniform(0.05, 0.6), 3),
                         "share": chance.choice((0.2, 0.5, 1.0)), "keep": chance.choice((0.0, 0.0, 0.3, 0.9)),
                         "torn": chance.random() < 0.5, "late_truncate": chance.random() < 0.5,
                         "during": chance.choice(also) if also and chance.random() < 0.4 else None, "errors": chance.choice((1, 3, -1)),
                         "seed": chance.randrange(1 << 30)})
    return schedule


class Nemesis:
    def __init__(self, world):
        self.world = world

    async def run(self, schedule):
        for number, step in enumerate(schedule):
            await asyncio.sleep(step["after"])
            self.world.check_alive()
            self.world.record("fault", number=number, **step)
            await getattr(self, step["fault"])(step, random.Random(step["seed"]))
            self.world.record("healed", number=number)

    async def kill(self, step, chance):
        self.world.check_alive()
        await self.world.kill()
        await asyncio.sleep(step["holds"] / 4)
        await self.world.start()

    def lost_power(self, step, chance):
        return {"chance": chance, "keep": step["keep"], "torn": step["torn"]}

    def maybe_lost_power(self, step, chance):
        return self.lost_power(step, chance) if self.world.disk and chance.random() < 0.5 else None

    async def kill_starting(self, step, chance):
        """A second crash while it recovers from the first."""
        await self.world.kill(self.maybe_lost_power(step, chance))
        for _ in range(chance.choice((1, 1, 2))):
            await self.world.launch()
            await asyncio.sleep(chance.uniform(0, 0.1))
            await self.world.kill(self.maybe_lost_power(step, chance))
        await self.world.start()

    async def start_broken(self, step, chance):
        """A start on a disk that fails: it may refuse, or serve what it can; healed, it does all that it should."""
        await self.world.kill(self.maybe_lost_power(step, chance))
        self.world.disk.command(**chance.choice(({"full": 1}, {"sync_errors": step["errors"]}, {"write_errors": step["errors"]})))
        await self.world.launch()
        await asyncio.sleep(step["holds"])
        self.world.disk.heal()
        await asyncio.sleep(0.2)
        await self.world.start(launched=self.world.server.process.poll() is None)

    async def kill_draining(self, step, chance):
        self.world.server.process.terminate()
        await asyncio.sleep(chance.uniform(0, 0.1))
        await self.world.kill(self.maybe_lost_power(step, chance))
        await self.world.start()

    async def power(self, step, chance):
        self.world.check_alive()
        await self.world.kill(self.lost_power(step, chance))
        self.world.disk.command(late_truncate=step["late_truncate"])
        await self.world.start()

    async def term(self, step, chance):
        await self.world.terminate()
        await self.world.start()

    async def pause(self, step, chance):
        self.world.server.signal(signal.SIGSTOP)
        await asyncio.sleep(step["holds"])
        self.world.server.signal(signal.SIGCONT)

    async def hold(self, step, chance):
        """For as long as the fault lasts; another one may come on top, half-way."""
        await asyncio.sleep(step["holds"] / 2)
        if step["during"]:
            self.world.record("fault_during", fault=step["during"])
            await getattr(self, step["during"])(step, chance)
        await asyncio.sleep(step["holds"] / 2)

    async def on_disk(self, step, chance, **command):
        self.world.disk.command(**command)
        await self.hold(step, chance)
        self.world.disk.heal()

    async def full(self, step, chance):
        await self.on_disk(step, chance, full=1)

    async def sync_error(self, step, chance):
        await self.on_disk(step, chance, sync_errors=step["errors"])

    async def write_error(self, step, chance):
        await self.on_disk(step, chance, write_errors=step["errors"])

    async def slow_disk(self, step, chance):
        await self.on_disk(step, chance, sync_delay_us=chance.choice((5000, 50000)))

    async def clock(self, step, chance):
        """The wall clock jumps, and stays wrong until it jumps again."""
        self.world.disk.command(clock_offset_s=chance.choice((-86400, -3600, -7, 0, 7, 3600, 86400)))
        await self.hold(step, chance)

    async def descriptors(self, step, chance):
        process = self.world.server.process
        before = resource.prlimit(process.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (chance.choice((10, 20, 40)), before[1]))
        await self.hold(step | {"during": "cut"}, chance)
        if process.poll() is None:
            resource.prlimit(process.pid, resource.RLIMIT_NOFILE, before)

    async def cut(self, step, chance):
        self.world.proxy.cut(chance, step["share"])

    async def stall(self, step, chance):
        stalled = self.world.proxy.stall(chance, step["share"])
        await self.hold(step | {"holds": step["holds"] * 3}, chance)
        await self.world.record_closes()
        for pair in stalled:
            pair.stall(False)

    async def cut_in_frame(self, step, chance):
        self.world.proxy.cut_in_frame(chance, step["share"], False)
        await asyncio.sleep(step["holds"] / 2)

    async def half_close(self, step, chance):
        self.world.proxy.cut_in_frame(chance, step["share"], True)
        await self.hold(step, chance)
