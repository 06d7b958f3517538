"""The server, its disk and clock, the proxy and the devices of one run; made from a seed."""
import asyncio
import os
import pathlib
import random
import re
import subprocess
import sys
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "integration"))
from wsd_process import PATIENCE, Server, token  # noqa: E402 pylint: disable=wrong-import-position

from device import Device  # noqa: E402 pylint: disable=wrong-import-position
from power import Disk  # noqa: E402 pylint: disable=wrong-import-position
from proxy import Proxy  # noqa: E402 pylint: disable=wrong-import-position


class Broken(Exception):
    """The run can't go on, which is a failure of the server."""


class World:
    def __init__(self, seed, folder, record, *, shim, options, program=None, planted=None, trimming=False):
        """`planted`: wsd_planted, which takes turns with `program` (wsd): it can have a log so small that copying the write-ahead
        log and folding meet every fault."""
        self.seed, self.record, self.trimming = seed, record, trimming
        self.disk = Disk(shim, folder) if shim else None
        options = {"WS_LOG_MAX_ENTRIES_PER_USER": 60 if trimming else 10_000_000, "WS_REPLAY_MAX_ENTRIES": 10_000_000,
                   "WS_RATE_LIMIT_SENSITIVE_ROOM_ACTIONS": 1_000_000,
                   # So short that who is stalled is taken for slow, or for dead.
                   "WS_HEARTBEAT_INTERVAL": 400, "WS_HEARTBEAT_TIMEOUT": 1200, "WS_BACKPRESSURE_STALL_MS": 300,
                   "WS_BACKPRESSURE_MAX_QUEUE": 20, "WS_BACKPRESSURE_THRESHOLD": 10,
                   "WS_DURABILITY": "fsync", "WS_MAX_DEVICES_PER_USER": 20} | options
        if self.disk:
            options |= self.disk.environment()
        if "WSD_PLANTED_FAULT" in os.environ:
            options["WSD_PLANTED_FAULT"] = os.environ["WSD_PLANTED_FAULT"]
        extra = {"program": program} if program else {}
        self.server = Server(data=str(self.disk.data) if self.disk else str(pathlib.Path(folder) / "data"), **extra, **options)
        self.proxy = Proxy(lambda: self.server.port or 1)
        self.programs, self.chance = (self.server.program, planted), random.Random(f"{seed}/log")
        self.quiet = self.closing = False
        self.connections, self.tokens, self.devices, self.through_proxy = 0, {}, [], True

    def port(self):
        return self.proxy.port if self.through_proxy else self.server.port

    def token(self, user):
        if user not in self.tokens:
            self.tokens[user] = token(user, exp=4000000000)
        return self.tokens[user]

    def next_connection(self):
        self.connections += 1
        return self.connections

    # ---- the server's life ----
    def choose_program(self):
        small = self.programs[1] is not None and self.chance.random() < 0.5
        self.server.program = self.programs[small]
        self.server.options["WSD_PLANTED_SMALL_LOG"] = 1 if small else None
        return small

    async def launch(self):
        """A start that nobody waits for."""
        self.record("launch", small_log=self.choose_program())
        await asyncio.to_thread(self.server.launch)

    async def start(self, launched=False):
        """With `launched` the one that is on its way."""
        if self.disk:
            self.disk.heal()
        small = None if launched else self.choose_program()
        try:
            await asyncio.to_thread(self.server.listening if launched else self.server.start)
        except AssertionError as e:
            raise Broken(f"the server does not start: {e}") from None
        self.record("start", small_log=small)

    async def kill(self, power=None):
        """kill -9; with the options of Disk.cut_power also what a power cut does."""
        await asyncio.to_thread(self.server.kill)
        lost = None
        if power is not None:
            lost = await asyncio.to_thread(lambda: self.disk.cut_power(power["chance"], power["keep"], power["torn"]))
        self.record("crash", power=power is not None, sectors=lost)

    async def terminate(self):
        self.check_alive()
        self.server.process.terminate()
        try:
            status = await asyncio.to_thread(self.server.wait, PATIENCE)
        except subprocess.TimeoutExpired:
            raise Broken(f"SIGTERM does not end the server:\n{self.tail()}") from None
        self.record("stop", status=status)
        if status != 0:
            raise Broken(f"SIGTERM ends with status {status}:\n{self.tail()}")

    async def record_closes(self):
        """How many connections the server has ended since it started, by reason."""
        try:
            text = await asyncio.to_thread(lambda: urllib.request.urlopen(f"http://127.0.0.1:{self.server.admin_port}/metrics", timeout=5)
                                           .read().decode())
        except OSError:
            return  # it has no descriptors
        self.record("closes", **{reason: int(count) for reason, count in re.findall(r'connections_closed\w*{[^}]*?"([^"]+)"} (\d+)', text)
                                 if int(count)})

    def check_alive(self):
        if self.server.process.poll() is not None:
            raise Broken(f"the server ended by itself, status {self.server.process.returncode}:\n{self.tail()}")

    def tail(self):
        return "\n".join(self.server.log().splitlines()[-15:])

    # ---- the users ----
    def populate(self, writers, readers, rooms, rate):
        """Writers w0.., readers r0.., one guest who comes and goes, a stranger. w0 owns the rooms."""
        writer_names, reader_names = [f"w{n}" for n in range(writers)], [f"r{n}" for n in range(readers)]
        room_names = [f"room{n}" for n in range(rooms)]
        everybody = writer_names + reader_names
        for user in everybody + ["guest", "stranger"]:
            for n in range(2 if user in ("w0", "r0") else 1):
                chance = random.Random(f"{self.seed}/{user}/{n}")
                self.devices.append(Device(
                    self, user, f"{user}.{n}", chance, rate=rate if user in writer_names else 4.0 if user == "guest" else 0.0,
                    noecho=user in ("w1", "w0") and n == 0, guests=["guest"] if user == "w0" else (),
                    rooms=room_names if user in writer_names + ["guest"] else (),
                    peers=[name for name in everybody if name != user] if user in writer_names else ()))
        self.room_names, self.members = room_names, everybody
        self.record("rooms", rooms=room_names, members=everybody, guests=["guest"])

    async def make_rooms(self):
        """Before anything goes wrong."""
        owner, done = Device(self, "w0", "setup", random.Random(0)), asyncio.get_running_loop().create_future()
        missing = set(self.room_names)

        def created(frame):
            missing.discard(frame["room"]["id"])
            if not missing and not done.done():
                done.set_result(None)
        owner.on_room_created = created
        self.quiet = True  # who makes the rooms does nothing else
        task = asyncio.ensure_future(owner.session())
        while not owner.synced:
            await asyncio.sleep(0.01)
        for room in self.room_names:
            owner.link.send("ROOM_CREATE", roomId=room, memberIds=self.members, joinPolicy="invite")
        await asyncio.wait_for(done, PATIENCE)
        owner.link.abort()
        await task
        self.quiet = False

    async def settle(self, seconds):
        """All faults are healed: whatever was asked is answered, every device is at the head of its log, and no entry is on its
        way any more: what one sends in its last moment reaches the others a little later."""
        self.quiet = True
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while loop.time() < end:
            self.check_alive()
            silent = loop.time() - max(device.advanced for device in self.devices) > 0.5
            if silent and all(device.synced and not device.pending and not device.asked for device in self.devices):
                return
            await asyncio.sleep(0.1)

    async def audit(self):
        """On a server that was just started: the log of every user from the beginning, and how far it has read."""
        self.through_proxy = False
        for user in sorted({device.user for device in self.devices}):
            auditor = Device(self, user, f"{user}.audit", random.Random(0))
            auditor.caps, snapshot = ["seq", "cumack"], []
            auditor.on_snapshot = lambda frame, to=snapshot: to.extend(frame["conversations"])
            self.record("audit", user=user)
            self.quiet = True
            task = asyncio.ensure_future(auditor.session())
            try:
                async with asyncio.timeout(60):
                    while not auditor.synced and not task.done():
                        await asyncio.sleep(0.01)
                    heads = {device.name: device.cursor for device in self.devices if device.user == user}
                    self.record("audited", user=user, head=auditor.cursor, cursors=heads,
                                pending={d.name: list(d.pending) for d in self.devices if d.user == user})
                    snapshot.clear()
                    self.record("snapshot_asked", user=user, conn=auditor.connection)
                    auditor.on_resync_complete = lambda frame: auditor.link.abort()
                    auditor.on_resync_start = lambda frame: None
                    auditor.link.send("RESUME", epoch="none", seq=0)
                    await task
            except TimeoutError:
                raise Broken(f"the log of {user} can't be read to its end") from None
            for chat in snapshot:
                self.record("conversation", user=user, chatId=chat["chatId"], readChatSeq=chat["readChatSeq"],
                            headChatSeq=chat["headChatSeq"])

    async def close_devices(self, tasks):
        self.closing = True
        done, late = await asyncio.wait(tasks, timeout=10)
        for task in late:
            task.cancel()
        for task in done:
            task.result()

    def clean_up(self):
        if self.server.process is not None:
            if self.server.process.poll() is None:
                os.kill(self.server.process.pid, 18)
            self.server.kill()
        self.server.folder.cleanup()
