"""Half of the readers of some rooms are stopped (SIGSTOP) and go on later: what the others notice, and what is missing."""
import array
import asyncio
import collections
import multiprocessing
import os
import signal
import socket
import time

from wire import Link
from wsd_process import Server, rss_mib, token

WARM_UP, PATIENCE, SIZE = 5, 120, 400
RECEIVE_BUFFER = 65536  # of a reader, so that what it does not take stays with the server


def quantile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))] if values else float("nan")


class Reader:
    """Sees every message of its room once and in order, or says what it saw instead."""

    def __init__(self, port, user):
        self.port, self.user, self.epoch, self.cursor = port, user, None, 0
        self.last, self.link, self.connections, self.faults = 0, None, 0, []
        self.sent, self.took = array.array("d"), array.array("d")

    async def run(self):
        loop = asyncio.get_running_loop()
        while True:
            stream = socket.socket()
            stream.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
            stream.setblocking(False)
            await loop.sock_connect(stream, ("127.0.0.1", self.port))
            _, self.link = await loop.create_connection(lambda: Link(token(self.user), self.on_frame), sock=stream)
            self.connections += 1
            link = self.link
            while not link.ended.done():
                await asyncio.wait([link.ended], timeout=1)
                if self.cursor and not link.ended.done():
                    link.send("MESSAGE_ACK", upTo=self.cursor)
            await asyncio.sleep(0.2)

    def on_frame(self, frame):
        kind = frame["type"]
        if kind == "CONNECTION_ESTABLISHED":
            resume = {"resume": {"epoch": self.epoch, "seq": self.cursor}} if self.epoch else {}
            self.link.send("HELLO", version=1, deviceId="one", caps=["seq", "cumack"], **resume)
        elif kind == "HELLO_ACK":
            self.epoch = frame["epoch"]
        elif kind == "RESYNC_START" and frame["mode"] != "exact":
            self.faults.append(f"{self.user}: {frame}")
        elif "seq" in frame and kind != "MESSAGE_ACK":
            self.on_event(frame)

    def on_event(self, frame):
        if frame.get("fromSeq", frame["seq"]) != self.cursor + 1:
            self.faults.append(f"{self.user}: {frame['seq']} after {self.cursor}")
        self.cursor = frame["seq"]
        if frame["type"] != "ROOM_MESSAGE":
            return
        if frame["chatSeq"] != self.last + 1:
            self.faults.append(f"{self.user}: message {frame['chatSeq']} after {self.last}")
        self.last = frame["chatSeq"]
        if "isReplay" not in frame:
            sent = float(frame["content"].split(" ", 1)[0])
            self.sent.append(sent)
            self.took.append(time.monotonic() - sent)


class Writer:
    """The owner of a room. Sends on schedule, whatever the server does."""

    def __init__(self, port, room, members, rate, chance):
        self.port, self.user, self.room, self.members, self.rate = port, f"owner-{room}", f"room-{room}", members, rate
        self.ready, self.stop, self.offset, self.posted, self.acked, self.refused = False, False, chance, 0, 0, collections.Counter()

    async def run(self):
        _, self.link = await asyncio.get_running_loop().create_connection(lambda: Link(token(self.user), self.on_frame), "127.0.0.1", self.port)
        while not self.ready:
            await asyncio.sleep(0.05)
        due = time.monotonic() + self.offset / self.rate
        while not self.stop:
            await asyncio.sleep(max(0, due - time.monotonic()))
            self.link.send("ROOM_MESSAGE", roomId=self.room, content=f"{due:.6f} {'x' * SIZE}")
            self.posted += 1
            due += 1 / self.rate

    def on_frame(self, frame):
        if frame["type"] == "CONNECTION_ESTABLISHED":
            self.link.send("HELLO", version=1, caps=["seq", "noecho"])
        elif frame["type"] == "HELLO_ACK":
            self.link.send("ROOM_CREATE", roomId=self.room, memberIds=self.members)
        elif frame["type"] == "ROOM_CREATED":
            self.ready = True
        elif frame["type"] == "ROOM_MESSAGE_RESPONSE":
            self.acked += frame["success"]
            if not frame["success"]:
                self.refused[frame["code"]] += 1


async def serve(pipe, actors, report):
    """Runs the actors of this process; the parent asks by words."""
    tasks = [asyncio.ensure_future(actor.run()) for actor in actors]
    loop = asyncio.get_running_loop()
    asked = asyncio.Queue()
    loop.add_reader(pipe.fileno(), lambda: asked.put_nowait(pipe.recv()))
    while (word := await asked.get()) != "end":
        for task in tasks:
            if task.done():
                task.result()
        if word == "stop":
            for actor in actors:
                actor.stop = True
        pipe.send(report(actors, word))


def report_readers(actors, word):
    if word == "figures":
        return [(actor.sent, actor.took) for actor in actors]
    return {"last": {actor.user: actor.last for actor in actors}, "faults": [fault for actor in actors for fault in actor.faults][:10],
            "live": sum(actor.connections > 0 and actor.epoch is not None for actor in actors),
            "connections": sum(actor.connections for actor in actors)}


def report_writers(actors, _):
    return {"ready": all(actor.ready for actor in actors), "posted": sum(actor.posted for actor in actors),
            "acked": {actor.room: actor.acked for actor in actors}, "refused": sum((actor.refused for actor in actors), collections.Counter())}


class Child:
    def __init__(self, actors, report):
        self.pipe, far = multiprocessing.Pipe()
        self.process = multiprocessing.get_context("fork").Process(target=lambda: asyncio.run(serve(far, actors, report)), daemon=True)
        self.process.start()

    def ask(self, word="how"):
        self.pipe.send(word)
        if not self.pipe.poll(PATIENCE):
            raise TimeoutError(f"no answer to {word}")
        return self.pipe.recv()

    def end(self):
        self.pipe.send("end")
        self.process.join(10)


def watch(server, seconds):
    """How far RSS rose in this time above what it was at its begin, in MiB."""
    end, begin = time.monotonic() + seconds, rss_mib(server.process)
    highest = begin
    while time.monotonic() < end:
        highest = max(highest, rss_mib(server.process))
        time.sleep(0.5)
    return highest - begin


def wait_for(what, condition):
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(what)
        time.sleep(0.2)


def readers(given, table):
    options = {"WS_THREADS": given.threads, "WS_DURABILITY": "fsync", "WS_RATE_LIMIT_SENSITIVE_ROOM_ACTIONS": 1000000}
    with Server(program=given.wsd, **options) as server:
        names = [f"reader-{number}" for number in range(given.readers)]
        members = [names[room::given.rooms] for room in range(given.rooms)]
        halves = [name for in_room in members for name in in_room[::2]], [name for in_room in members for name in in_room[1::2]]
        live, stopped = (Child([Reader(server.port, name) for name in half], report_readers) for half in halves)
        wait_for("readers", lambda: live.ask()["live"] == len(halves[0]) and stopped.ask()["live"] == len(halves[1]))
        writers = Child([Writer(server.port, room, members[room], given.rate / given.rooms, room / given.rooms) for room in range(given.rooms)],
                        report_writers)
        try:
            show(given, table, server, live, stopped, writers, members)
        finally:
            os.kill(stopped.process.pid, signal.SIGCONT)
            for child in (writers, live, stopped):
                child.end()


def show(given, table, server, live, stopped, writers, members):
    wait_for("rooms", lambda: writers.ask()["ready"])
    time.sleep(WARM_UP)
    times = [time.monotonic()]
    before = watch(server, given.seconds)
    times.append(time.monotonic())
    at_stop = sum(stopped.ask()["last"].values())
    os.kill(stopped.process.pid, signal.SIGSTOP)
    meanwhile = watch(server, given.seconds)
    posted = writers.ask()["acked"]
    times.append(time.monotonic())
    os.kill(stopped.process.pid, signal.SIGCONT)
    begin = time.monotonic()
    last = stopped.ask()["last"]
    behind = sum(posted[f"room-{room}"] - last[name] for room, in_room in enumerate(members) for name in in_room if name in last)
    writers.ask("stop")
    time.sleep(1)
    final = writers.ask()
    expected = {name: final["acked"][f"room-{room}"] for room, in_room in enumerate(members) for name in in_room}

    def complete():
        seen = live.ask()["last"] | stopped.ask()["last"]
        return all(seen[name] == expected[name] for name in expected)
    try:
        wait_for("what is missing", complete)
        caught_up = f"{time.monotonic() - begin:.1f} s"
    except TimeoutError:
        caught_up = "never"
    seen = live.ask()["last"] | stopped.ask()["last"]
    missing = sum(expected[name] - seen[name] for name in expected)
    states = live.ask(), stopped.ask()
    faults = states[0]["faults"] + states[1]["faults"]
    figures = live.ask("figures")

    def p99(begin, end):
        return 1000 * quantile([took for sent, took in figures for at, took in zip(sent, took) if begin <= at < end], 0.99)
    without, during = p99(times[0], times[1]), p99(times[1], times[2])
    mebibytes = behind * (SIZE + 250) / 1048576
    name = "readers"
    table.row(name, f"{len(seen)} readers in {len(members)} rooms, {len(states[1]['last'])} stopped for {given.seconds} s; messages per second",
              f"{final['posted'] / (time.monotonic() - times[0]):.0f} asked {given.rate}")
    table.row(name, "messages stored, and not taken by the stopped ones when they went on",
              f"{sum(final['acked'].values())}, {behind} ({mebibytes:.0f} MiB; {at_stop} had been read)")
    table.row(name, "p99 of the others, before and meanwhile", f"{without:.1f} ms, {during:.1f} ms: {during / without:.2f}", "1.2", during <= 1.2 * without)
    limit = before + len(states[1]["last"]) / 4 + 8
    table.row(name, f"RSS rose by, in {given.seconds} s before and meanwhile; at most 256 KiB more for who does not read, and 8 MiB",
              f"{before:.1f} MiB, {meanwhile:.1f} MiB (now {rss_mib(server.process):.0f} MiB)", f"{limit:.1f} MiB", meanwhile <= limit, True)
    table.row(name, "until the stopped ones had everything", caught_up, f"{PATIENCE} s", caught_up != "never", True)
    table.row(name, "missing, doubled or out of order", f"{missing}, {len(faults)} {faults[:1] or ''}", "0, 0", not missing and not faults, True)
    table.row(name, "refused sends; others who were closed", f"{sum(final['refused'].values())}, {states[0]['connections'] - len(states[0]['last'])}", "0, 0",
              not final["refused"] and states[0]["connections"] == len(states[0]["last"]), True)
