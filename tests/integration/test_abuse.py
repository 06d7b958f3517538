#!/usr/bin/env python3
"""What hostile peers do, while well-behaved clients chat beside them: wsload as a bystander must find every message
delivered once, and without waiting. docs/SECURITY.md names the threats by the numbers here.

Each attack runs for as long as the bystanders do. The time their messages take is bounded loosely, since the machine may do other
things; `test_abuse.py --figures` compares it, for longer, with the time without an attack and with the time while another wsd is
attacked, just before each: what bystanders feel then is the machine they share with it. The attackers have the lowest priority.
What the server's memory may grow by is bounded.
"""
import itertools
import os
import random
import statistics
import sys
import threading
import time
import unittest

import wsd_process
from ws_client import (BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, Client, Closed, Socket, bearer, check_refusal, connect,
                       encode_frame, exchange, upgrade_request)
from bystanders import Bystanders
from wsd_process import Server, rss_mib, token

LONG = "--figures" in sys.argv
SECONDS = 8 if LONG else 2
TURNS = 3  # of each attack, for the figures
GROWTH_MIB_MAX = 32


class Abuse(unittest.TestCase):
    OPTIONS = {"WS_HANDSHAKE_TIMEOUT": 2000, "WS_HELLO_TIMEOUT": 2000, "WS_RATE_LIMIT_MESSAGES": 200,
               "WS_RATE_LIMIT_WINDOW_MS": 1000, "WS_MAX_PAYLOAD_SIZE": 65536}

    figures = {}  # of each attack
    sources = itertools.count()

    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(Server(**cls.OPTIONS))
        cls.neighbour = cls.enterClassContext(Server(**cls.OPTIONS)) if LONG else None
        cls.baseline = Bystanders(cls.server, SECONDS).p99()

    def __init__(self, method="runTest", aside=False):
        super().__init__(method)
        self.aside = aside

    def setUp(self):
        self.target = self.neighbour if self.aside else self.server  # of the attack; the bystanders are on self.server

    def beside(self, attack, least=1):
        """Repeats the attack while the bystanders chat, and until it was done so often."""
        if self.aside:
            type(self).baseline = Bystanders(self.server, SECONDS).p99()
        before, bystanders, rounds, failed = rss_mib(self.target.process), Bystanders(self.server, SECONDS), 0, []

        def repeat():
            nonlocal rounds
            if LONG:
                os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 19)
            try:
                while rounds < least or not bystanders.over():
                    attack()
                    rounds += 1
            except BaseException as e:  # pylint: disable=broad-except
                failed.append(e)
        attacker = threading.Thread(target=repeat)
        attacker.start()
        attacker.join()
        p99 = bystanders.p99()
        if failed:
            raise failed[0]
        growth = rss_mib(self.target.process) - before
        self.figures.setdefault(self._testMethodName, []).append((self.aside, self.baseline, p99, rounds, growth))
        # Attackers and other tests use the same two cores: what they take is some tens of milliseconds.
        self.assertLess(p99, max(250, 10 * self.baseline), "bystanders waited")
        if not wsd_process.INSTRUMENTED:
            self.assertLess(growth, GROWTH_MIB_MAX, "MiB of memory")

    def next_source(self):
        """One of 62,500 addresses in turn. From few, the machine would look long for ports that no ended connection still holds, and
        the bystanders would wait for that."""
        number = next(self.sources)
        return f"127.1.{number // 250 % 250}.{1 + number % 250}"

    def attacker(self, **fields):
        return Socket(self.target.port, source=self.next_source(), **bearer("mallory"), **fields)

    def ends_with(self, stream, code, reason):
        """Reads to the close frame, which must be this one."""
        try:
            while True:
                stream.receive_text()
        except Closed as closed:
            self.assertEqual((closed.code, closed.reason), (code, reason))
        stream.stream.close()

    def flood(self, data, code, reason):
        """Sends for as long as the server takes it."""
        stream = self.attacker(answer_pings=False)
        try:
            for _ in range(50):
                stream.send_octets(data)
        except (BrokenPipeError, ConnectionResetError):
            pass
        self.ends_with(stream, code, reason)

    # 3: requests that are none
    def test_03_octets_that_are_no_request(self):
        random.seed(3)

        def attack():
            octets = bytes(random.randrange(256) for _ in range(random.randrange(1, 300)))
            response = exchange(self.target.port, octets.replace(b"\n", b"") + b"\n\n", self.next_source())
            self.assertEqual(response.status, 400)
        self.beside(attack, least=20)

    # 6: slow senders of headers
    def test_06_five_hundred_dripping_requests(self):
        timeout, request = self.OPTIONS["WS_HANDSHAKE_TIMEOUT"] / 1000, upgrade_request(**bearer("mallory"))
        begin, open_until = {}, {}  # of each drip
        sent = 0

        def attack():
            nonlocal sent
            while len(begin) < 500:
                drip = connect(self.target.port, "127.0.0.3")
                begin[drip] = time.monotonic()
                drip.setblocking(False)
            for drip in begin.keys() - open_until.keys():
                try:
                    drip.send(request[sent:sent + 1])
                    self.assertEqual(drip.recv(1), b"", "an answer")
                except BlockingIOError:
                    continue
                except OSError:
                    pass
                open_until[drip] = time.monotonic()
            sent += 1
            time.sleep(0.1)
        self.beside(attack, least=int(timeout * 1.5 / 0.1))
        self.assertEqual(len(open_until), len(begin), "some are still open")
        for drip, opened in begin.items():
            self.assertLess(open_until[drip] - opened, timeout * 1.5)
            drip.close()

    # 7: floods
    def test_07_pings(self):
        self.beside(lambda: self.flood(encode_frame(PING, b"x") * 200, 1008, "CONTROL_FLOOD"), least=3)

    def test_07_pongs(self):
        self.beside(lambda: self.flood(encode_frame(PONG) * 200, 1008, "CONTROL_FLOOD"), least=3)

    def test_07_empty_messages(self):
        self.beside(lambda: self.flood(encode_frame(TEXT) * 10, 1008, "MALFORMED"), least=3)

    def test_07_binary_messages(self):
        self.beside(lambda: self.flood(encode_frame(BINARY, b"x" * 100) * 10, 1008, "MALFORMED"), least=3)

    # 8: fragments without end, bytes without end
    def test_08_endless_fragments(self):
        fragments = encode_frame(TEXT, b"x", fin=False) + encode_frame(CONTINUATION, b"", fin=False) * 1100
        self.beside(lambda: self.flood(fragments, 1008, "FRAGMENT_LIMIT"), least=3)

    def test_08_endless_message(self):
        fragments = encode_frame(TEXT, b"x" * 5000, fin=False) + encode_frame(CONTINUATION, b"x" * 5000, fin=False) * 20
        self.beside(lambda: self.flood(fragments, 1009, "PAYLOAD_TOO_LARGE"), least=3)

    # 9: peers that don't go
    def test_09_peers_that_answer_no_close_and_go_on_sending(self):
        held = {Client(self.target, f"mallory-{number}"): [None, None] for number in range(20)}  # told, and gone, when
        for client in held:
            client.send_octets(encode_frame(TEXT, b"not json") * 5)

        def look(client, times):
            """Sends what is wrong, and takes what has come."""
            try:
                client.send_text("not json")
                while True:
                    opcode, _ = client.receive_frame(0.001)
                    self.assertFalse(times[0] and opcode in (PING, TEXT), "something behind the close frame")
                    times[0] = times[0] or (opcode == CLOSE and time.monotonic())
            except TimeoutError:
                pass
            except (Closed, OSError):
                times[1] = time.monotonic()
                client.stream.close()

        def attack():
            for client, times in held.items():
                if times[1] is None:
                    look(client, times)
            time.sleep(0.05)
        self.beside(attack, least=10)
        end = time.monotonic() + 15
        while time.monotonic() < end and not all(gone for _, gone in held.values()):
            attack()
        for told, gone in held.values():
            self.assertTrue(told and gone, "told and gone")
            self.assertLess(gone - told, 5 + 1)  # and some for the machine

    # 12: forged tokens
    def test_12_forged_tokens(self):
        good = token("mallory")
        head, claims, mac = good.split(".")
        none = wsd_process.part({"alg": "none"}) + "." + claims + "."
        forged = [f"{head}.{claims}.", f"{head}.{claims}.{mac[:-2]}AA", none, f"{head}.{claims}.{mac}.x", "x" * 7000,
                  token("mallory", secret="another secret of the length it needs"), token("mallory", exp=1), token("mallory", exp="x"),
                  token("mallory", nbf=1 << 40), token(""), token("a\x00b"), token("mallory", header={"alg": "hs256"}),
                  token("mallory", header={"alg": "HS256", "crit": ["exp"]}), token("mallory", role="ROOT")]
        bodies = set()

        def attack():
            for bad in forged:
                response = exchange(self.target.port, upgrade_request(authorization="Bearer " + bad), self.next_source())
                check_refusal(self, response, 401, "INVALID_TOKEN")
                bodies.add(response.raw_body)
        self.beside(attack, least=3)
        self.assertEqual(len(bodies), 1)

    # 14: hostile JSON
    def test_14_every_text_is_answered(self):
        random.seed(14)
        pieces = ['{"type":"PING"}', '"type":', "{", "}", "[", "]", "null", "1e999", "-", '"\\ud800"', '"\\u0000"', "\u2028", ",",
                  ":", "[" * 40, '{"a":' * 40, '"MESSAGE_SEND"', "1" * 400, "true", " ", '{"type":"PING","type":"PING"}', "\ufeff"]

        def attack():
            client = Client(self.target, "mallory", source=self.next_source())
            texts = ["".join(random.choices(pieces, k=random.randrange(6))) for _ in range(4)]
            for text in texts:
                client.send_text(text)
            answers = []
            while len(answers) < 4:
                frame = client.next_arrival()
                if frame["type"] in ("ERROR", "MESSAGE_ERROR", "PONG"):
                    answers.append(frame["type"])
            client.close()
        self.beside(attack, least=10)

    # 20: everybody at once
    def test_20_a_storm_of_connections(self):
        def attack():
            streams = [connect(self.target.port, self.next_source()) for _ in range(200)]
            for number, stream in enumerate(streams):
                stream.sendall(upgrade_request(**bearer(f"crowd-{number}")))
            for stream in streams:
                self.assertTrue(stream.recv(12).startswith(b"HTTP/1.1 101"))
                stream.close()
        self.beside(attack, least=2)


def measure():
    """A table of every attack, in turns on another wsd and on the bystanders' own: medians. Whether all was as it must be."""
    names = unittest.TestLoader().getTestCaseNames(Abuse)
    parts = [part for part in sys.argv[1:] if part != "--figures"]
    chosen = [name for name in names if not parts or any(part in name for part in parts)]
    if not chosen:
        sys.exit(f"no attack has {' or '.join(parts)} in its name: {', '.join(names)}")
    result = unittest.TextTestRunner().run(unittest.TestSuite(
        Abuse(name, aside) for name in chosen for aside in (True, False) * TURNS))
    print("| attack | rounds | p99 ms without | another wsd attacked | theirs attacked | theirs by another | RSS MiB more, at most |\n"
          "|---|---|---|---|---|---|---|")
    for name, turns in Abuse.figures.items():
        aside, own = ([turn for turn in turns if turn[0] is which] for which in (True, False))
        if len(aside) < TURNS or len(own) < TURNS:
            continue  # it failed, which has been told
        without, another, theirs = (statistics.median(turn[place] for turn in of) for of, place in ((aside, 1), (aside, 2), (own, 2)))
        rounds, growth = statistics.median(turn[3] for turn in own), max(turn[4] for turn in own)
        print(f"| {name} | {rounds:.0f} | {without:.2f} | {another:.2f} | {theirs:.2f} | {theirs / another:.2f} | {growth:.1f} |")
    return result.wasSuccessful()


if __name__ == "__main__":
    if LONG:
        sys.exit(not measure())
    unittest.main()
