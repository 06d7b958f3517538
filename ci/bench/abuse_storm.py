"""As many connections as the limit of descriptors allows, all at once, while some users chat; and many who come and go."""
import concurrent.futures
import heapq
import json
import os
import random
import re
import selectors
import socket
import subprocess
import time

from wire import TEXT, encode_frame
from wsd_process import SECRET, Server, rss_mib, token

BYSTANDERS, RATE, PATIENCE = 50, 200, 120
WARM_UP, FORGOTTEN_AFTER = 60, 130  # crowds until SQLite's page cache is full; seconds, see log_state::age
HELLO = encode_frame(TEXT, b'{"type":"HELLO","version":1,"caps":["seq","cumack","noecho"]}')


class Guest:
    """Comes in; when it is refused, again after the time it was told, and up to a second that it chose itself."""

    def __init__(self, number, port):
        # From few addresses the machine would look long for free ports, and who chats would wait for that.
        self.source, self.port, self.state, self.head = f"127.{1 + number // 62500}.{number // 250 % 250}.{1 + number % 250}", port, "away", b""
        self.request = ("GET /ws HTTP/1.1\r\nHost: wsd\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                        f"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nAuthorization: Bearer {token(f'guest-{number}')}\r\n\r\n").encode()
        self.stream, self.attempts = None, 0

    def come(self, selector):
        self.attempts += 1
        self.state, self.head = "connecting", b""
        self.stream = socket.socket()
        self.stream.setblocking(False)
        self.stream.setsockopt(socket.IPPROTO_IP, getattr(socket, "IP_BIND_ADDRESS_NO_PORT", 24), 1)
        self.stream.bind((self.source, 0))
        self.stream.connect_ex(("127.0.0.1", self.port))
        selector.register(self.stream, selectors.EVENT_WRITE, self)

    def leave(self, selector):
        if self.stream is not None:
            selector.unregister(self.stream)
            self.stream.close()
        self.stream, self.state = None, "away"

    def act(self, selector):
        """In seconds when it wants to come again, or None. Its state tells the rest."""
        try:
            if self.state == "connecting":
                self.stream.send(self.request)
                self.state = "asking"
                selector.modify(self.stream, selectors.EVENT_READ, self)
                return None
            data = self.stream.recv(65536)
        except OSError:
            data = b""
        if not data:
            if self.state == "asking" and self.head.startswith(b"HTTP/1.1 503"):
                hint = re.search(rb"Retry-After: (\d+)\r\n", self.head)
                self.leave(selector)
                if hint is None:
                    self.state = "broken"
                    return None
                return int(hint[1]) + random.random()
            self.leave(selector)
            self.state = "broken"
            return None
        if self.state == "in":
            return None
        self.head += data
        if self.state == "asking" and b"\r\n\r\n" in self.head and self.head.startswith(b"HTTP/1.1 101"):
            self.stream.send(HELLO)
            self.state = "saying"
        if self.state == "saying" and b'"HELLO_ACK"' in self.head:
            self.state, self.head = "in", b""
        return None


def bystanders(given, server, seconds):
    """Pinned, on no core of wsd's, and before everybody there (which takes root): what is measured is wsd and not the guests."""
    return subprocess.Popen((["taskset", "-c", "1-64", "chrt", "-f", "1"] if given.pin else []) + [
        given.wsload, "run", "chat", f"ws://127.0.0.1:{server.port}/ws", "-c", str(BYSTANDERS), "--rate", str(RATE), "--ramp", "500ms",
        "-d", f"{seconds}s", "--secret", SECRET, "--source-ips", "127.0.0.10", "--allow-saturated", "-q", "--json=-"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def report_of(process):
    output, errors = process.communicate(timeout=PATIENCE)
    return process.returncode, json.loads(output) if output.startswith("{") else {}, errors


def rush_elsewhere(guests, pin):
    """Like rush; pinned, on no core of wsd's."""
    def run():
        if pin:  # of this thread alone
            os.sched_setaffinity(0, os.sched_getaffinity(0) - {0} or {0})
            os.setpriority(os.PRIO_PROCESS, 0, 19)
        return rush(guests)
    with concurrent.futures.ThreadPoolExecutor(1) as aside:
        return aside.submit(run).result()


def rush(guests):
    """Seconds until all were in, or until the patience was over."""
    selector, waiting, counter = selectors.DefaultSelector(), [], 0
    begin = time.monotonic()
    for guest in guests:
        guest.come(selector)
        for key, _ in selector.select(0):  # answers to the first come while the last are still on their way
            counter = act(key.data, selector, waiting, counter)
    while time.monotonic() - begin < PATIENCE and any(guest.state not in ("in", "broken") for guest in guests):
        pause = 0.2 if not waiting else min(0.2, max(0, waiting[0][0] - time.monotonic()))
        for key, _ in selector.select(pause):
            counter = act(key.data, selector, waiting, counter)
        while waiting and waiting[0][0] <= time.monotonic():
            heapq.heappop(waiting)[2].come(selector)
    return time.monotonic() - begin, selector


def act(guest, selector, waiting, counter):
    again = guest.act(selector)
    if again is not None:
        heapq.heappush(waiting, (time.monotonic() + again, counter, guest))
    return counter + 1


def come(given, server, target):
    """All guests come to the target while others chat on the server. What became of the guests, and the report of the others."""
    guests = [Guest(number, target.port) for number in range(given.connections)]
    chat = bystanders(given, server, 45)
    time.sleep(3)
    took, selector = rush_elsewhere(guests, given.pin)
    inside = sum(guest.state == "in" for guest in guests)
    status, report, errors = report_of(chat)
    while events := selector.select(0):  # the ends of connections, if there were any
        for key, _ in events:
            key.data.act(selector)
    lost = inside - sum(guest.state == "in" for guest in guests)
    for guest in guests:
        guest.leave(selector)
    return {"in": inside, "took": took, "lost": lost, "attempts": sum(guest.attempts for guest in guests), "p99": p99_of(report),
            "right": "yes" if status == 0 else errors[:200]}


def p99_of(report):
    return report["latencyMs"]["delivery"]["p99"] if report else float("nan")


def storm(given, table):
    name = "storm"
    options = {"WS_THREADS": given.threads, "WS_DURABILITY": "fsync", "WS_ACCEPT_RATE": given.accept_rate, "WS_HEARTBEAT_INTERVAL": 300000,
               "WS_HEARTBEAT_TIMEOUT": 600000, "WS_MAX_CONNECTIONS": 100000}
    for where in ("to another wsd" + " on the same core" * given.pin, "to theirs"):
        with Server(program=given.wsd, **options) as server, Server(program=given.wsd, **options) as another:
            if given.pin:
                for each in (server, another):
                    subprocess.run(["taskset", "-a", "-p", "-c", "0", str(each.process.pid)], check=True, capture_output=True)
            own = where == "to theirs"
            without = p99_of(report_of(bystanders(given, server, 15))[1])
            done = come(given, server, server if own else another)
        table.row(name, f"p99 of {BYSTANDERS} users who chat, before and while {given.connections} come {where}",
                  f"{without:.1f} ms, {done['p99']:.1f} ms: {done['p99'] / without:.2f}", "2" if own else "",
                  done["p99"] <= 2 * without if own else None)
        table.row(name, f"in, of {given.connections} at once, each from an address of its own, WS_ACCEPT_RATE {given.accept_rate}",
                  f"{done['in']} in {done['took']:.1f} s, {done['attempts']} attempts", f"{given.connections} in 60 s",
                  done["in"] == given.connections and done["took"] <= 60, own)
        table.row(name, "what they saw was right; connections lost later", f"{done['right']}, {done['lost']}", "yes, 0",
                  done["right"] == "yes" and done["lost"] == 0, True)


def crowds(given, table):
    """Crowds come and go; what is left of them in memory when nobody has used it for two minutes."""
    name, size = "crowds", 10000
    with Server(program=given.wsd, WS_THREADS=given.threads, WS_DURABILITY="os", WS_MAX_CONNECTIONS=100000, PRESENCE_OFFLINE_GRACE_MS=0) as server:
        memory = []
        for number in range(WARM_UP + given.crowds):
            subprocess.run([given.wsload, "run", "connect", f"ws://127.0.0.1:{server.port}/ws", "-c", str(size), "--ramp", "0s", "-d", "100ms",
                            "--user-prefix", f"crowd-{number}-", "--secret", SECRET, "--source-ips", "127.0.0.2-9", "--allow-saturated", "-q",
                            "--connect-timeout", "60s"], check=True, capture_output=True, timeout=PATIENCE)
            if number in (WARM_UP - 1, WARM_UP + given.crowds - 1):
                time.sleep(FORGOTTEN_AFTER)
                memory.append(rss_mib(server.process))
        table.row(name, f"RSS after {WARM_UP} crowds of {size} users, and after {given.crowds} more", f"{memory[0]:.1f} MiB, {memory[1]:.1f} MiB", "+5 %",
                  memory[1] <= 1.05 * memory[0], True)
