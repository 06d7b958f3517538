#!/usr/bin/env python3
"""How many connections there may be, how fast they may come and how slowly they may begin."""
import concurrent.futures
import os
import signal
import socket
import time
import unittest

from ws_client import (PING, TEXT, Client, Closed, Refused, Socket, bearer, check_refusal, connect, encode_frame, exchange, open_when_free,
                       read_response, upgrade_request)
from wsd_process import INSTRUMENTED, PATIENCE, Server, token


class Limits(unittest.TestCase):
    def refused(self, status, code, *, server, source="127.0.0.1", **request):
        check_refusal(self, exchange(server.port, upgrade_request(**request), source), status, code)

    def served(self, **options):
        return self.enterContext(Server(**options))

    def storm(self, server, count, fields):
        """Opens all at once; returns the open ones and the refusals."""
        def one(number):
            try:
                return Socket(server.port, **fields(number))
            except Refused as refused:
                return refused.response
        with concurrent.futures.ThreadPoolExecutor(count) as pool:
            results = list(pool.map(one, range(count)))
        opened = [result for result in results if isinstance(result, Socket)]
        return opened, [result for result in results if not isinstance(result, Socket)]

    def stopped(self, server):
        server.signal(signal.SIGSTOP)
        os.waitid(os.P_PID, server.process.pid, os.WSTOPPED)

    def flood(self, server, count, fields):
        """As storm, but all requests are there when the server looks, which a thread for each would not do."""
        self.stopped(server)
        streams = [connect(server.port) for _ in range(count)]
        for number, stream in enumerate(streams):
            stream.sendall(upgrade_request(**fields(number)))
        server.signal(signal.SIGCONT)
        opened, refusals = [], []
        for stream in streams:
            if stream.recv(12, socket.MSG_PEEK | socket.MSG_WAITALL) == b"HTTP/1.1 101":
                opened.append(stream)
            else:
                refusals.append(read_response(stream))
                stream.close()
        return opened, refusals

    def exact(self, option, code, fields):
        server = self.served(**{option: 7})
        opened, refusals = self.flood(server, 1000, fields)
        self.assertEqual((len(opened), len(refusals)), (7, 993))
        for response in refusals:
            check_refusal(self, response, 503, code)
        self.assertGreaterEqual(len({response.field("Retry-After") for response in refusals}), 5)
        opened.pop().close()
        opened.append(open_when_free(lambda: Socket(server.port, **fields(0))))
        self.refused(503, code, server=server, **fields(0))
        for one in opened:
            one.close()

    def test_connections_in_all(self):
        self.exact("WS_MAX_CONNECTIONS", "CONNECTION_LIMIT", lambda number: bearer(f"user{number}"))

    def test_connections_of_an_address(self):
        self.exact("WS_MAX_CONNECTIONS_PER_IP", "CONNECTION_LIMIT_IP", lambda number: bearer(f"user{number}"))

    def test_connections_of_a_user(self):
        self.exact("WS_MAX_CONNECTIONS_PER_USER", "CONNECTION_LIMIT_USER", lambda number: bearer())

    def test_a_refused_request_gives_its_slots_back(self):
        server = self.served(WS_MAX_CONNECTIONS=1, WS_MAX_CONNECTIONS_PER_IP=1)
        for _ in range(5):
            self.refused(401, "NO_TOKEN", server=server)
        Socket(server.port, **bearer()).close()

    def test_replace_oldest(self):
        server = self.served(WS_MAX_CONNECTIONS_PER_USER=2, WS_PER_USER_POLICY="replace_oldest")
        first, second = Client(server, "ann"), Client(server, "ann")
        third = Client(server, "ann")
        self.assertEqual(third.established["connectionCount"], 2)  # the first is no longer open
        closed = first.closed()
        self.assertEqual((closed.code, closed.reason), (4009, "REPLACED"))
        second.request("PING")
        third.request("PING")

    def test_replace_oldest_is_exact_in_a_storm(self):
        server = self.served(WS_MAX_CONNECTIONS_PER_USER=3, WS_PER_USER_POLICY="replace_oldest")
        opened, refusals = self.storm(server, 30, lambda number: bearer("ann"))
        self.assertEqual((len(opened), refusals), (30, []))
        ends = []
        for one in opened:
            try:
                while True:
                    one.receive_text(timeout=1)
            except Closed as closed:
                ends.append((closed.code, closed.reason))
            except TimeoutError:
                pass
        self.assertEqual(ends, [(4009, "REPLACED")] * 27)

    def test_a_half_open_connection_makes_room(self):
        server = self.served(WS_MAX_CONNECTIONS_PER_USER=1, WS_HEARTBEAT_INTERVAL=8000)
        silent = Client(server, "ann")
        silent.stream.settimeout(PATIENCE)
        while silent.receive_frame()[0] != PING:
            pass
        pinged = time.monotonic()
        self.refused(503, "CONNECTION_LIMIT_USER", server=server, **bearer("ann"))
        fresh = open_when_free(lambda: Client(server, "ann"))
        self.assertGreater(time.monotonic() - pinged, 4.9)
        fresh.request("PING")
        self.assertIsNone(silent.closed().code, "aborted without a close frame")

    def test_a_half_open_connection_makes_room_for_one(self):
        server = self.served(WS_MAX_CONNECTIONS_PER_USER=1, WS_HEARTBEAT_INTERVAL=8000, WS_THREADS=1, WS_RATE_LIMIT_MESSAGES=10000)
        silent = Client(server, "ann")
        silent.stream.settimeout(PATIENCE)
        while silent.receive_frame()[0] != PING:
            pass
        time.sleep(5.3)
        busy = [Client(server, f"busy-{number}") for number in range(40)]
        pings = encode_frame(TEXT, b'{"type":"PING"}') * 3000
        server.signal(signal.SIGSTOP)
        for client in busy:
            client.stream.setblocking(False)
            client.stream.send(pings)
        guests = [connect(server.port) for _ in range(20)]
        for guest in guests:
            guest.sendall(upgrade_request(**bearer("ann")))
        server.signal(signal.SIGCONT)
        statuses = []
        for guest in guests:  # many steps of handshakes follow each other at the end of a long turn
            guest.settimeout(PATIENCE)
            statuses.append(guest.recv(4096).split(b" ")[1])
        self.assertEqual(sorted(statuses), [b"101"] + [b"503"] * 19)

    def test_sockets_of_a_session(self):
        server = self.served(WS_MAX_SOCKETS_PER_SESSION=1)
        other = Client(server, "ann", claims={"sid": "tablet"})
        first = Client(server, "ann", claims={"sid": "laptop"})
        Client(server, "ann", claims={"sid": "laptop"}).request("PING")
        closed = first.closed()
        self.assertEqual((closed.code, closed.reason), (4009, "REPLACED"))
        other.request("PING")

    def test_who_comes_into_a_session_by_a_new_token_replaces_others(self):
        server = self.served(WS_MAX_SOCKETS_PER_SESSION=1)
        older, newer = (Client(server, "ann", claims={"sid": name}) for name in ("tablet", "laptop"))
        self.assertEqual(older.request("AUTH_REFRESH", token=token("ann", sid="laptop"))["type"], "AUTH_REFRESHED")
        closed = newer.closed()
        self.assertEqual((closed.code, closed.reason), (4009, "REPLACED"))
        older.request("PING")
        Client(server, "ann", claims={"sid": "laptop"}).request("PING")
        self.assertEqual(older.closed().code, 4009)

    def test_addresses_behind_a_trusted_proxy(self):
        server = self.served(WS_TRUSTED_PROXIES="127.0.0.8/31", WS_MAX_CONNECTIONS_PER_IP=1)
        opened = []

        def accepted(source, **fields):
            opened.append(Socket(server.port, source=source, **fields, **bearer()))

        def refused(source, **fields):
            self.refused(503, "CONNECTION_LIMIT_IP", server=server, source=source, **fields, **bearer())

        accepted("127.0.0.9", x_forwarded_for="10.0.0.1")
        refused("127.0.0.9", x_forwarded_for="10.0.0.1")
        refused("127.0.0.9", x_forwarded_for="10.0.0.77, 10.0.0.1")  # what the client itself put there
        refused("127.0.0.9", x_forwarded_for=["10.0.0.77", "10.0.0.1, 127.0.0.9"])
        refused("127.0.0.9", x_forwarded_for="[::ffff:10.0.0.1]:4711")
        refused("127.0.0.9", x_real_ip="10.0.0.1")
        accepted("127.0.0.9", x_forwarded_for="10.0.0.2:4711")
        accepted("127.0.0.9", x_forwarded_for="2001:db8::1")
        refused("127.0.0.9", x_forwarded_for="2001:db8::2")
        accepted("127.0.0.9", x_forwarded_for="2001:db8:0:1::1")
        accepted("127.0.0.9", x_forwarded_for="10.0.0.3, junk")  # counts as the peer
        refused("127.0.0.9", x_forwarded_for="10.0.0.3, junk")
        refused("127.0.0.9", x_forwarded_for=["", "127.0.0.8"])  # an empty element is malformed, too
        accepted("127.0.0.2", x_forwarded_for="10.0.0.4")  # forged: that peer is no proxy
        refused("127.0.0.2", x_forwarded_for="10.0.0.5")
        for one in opened:
            one.close()

    def test_accept_rate(self):
        server = self.served(WS_ACCEPT_RATE=5)
        opened, refusals = self.storm(server, 20, lambda number: bearer(f"user{number}"))
        self.assertEqual(len(opened), 5)
        for response in refusals:
            check_refusal(self, response, 503, "CONNECTION_RATE")
        time.sleep(1.05)
        Socket(server.port, **bearer()).close()

    def test_who_comes_too_fast_is_refused_before_any_look_at_the_token(self):
        server = self.served(WS_ACCEPT_RATE=5)
        cases = [bearer("x", exp=1), {}, {"authorization": "Bearer x"}, {"cookie": "token=a; token=b"},
                 {"origin": "https://evil.example"}, bearer()]
        opened = [Socket(server.port, **bearer()) for _ in range(5)]
        for fields in cases * 5:  # which count, too
            self.refused(503, "CONNECTION_RATE", server=server, **fields)
        for one in opened:
            one.close()

    @unittest.skipIf(INSTRUMENTED, "takes the time anyway")
    def test_a_shard_rests_while_a_crowd_comes(self):
        # After 4 handshakes, or one more that was under way, nobody is accepted for half a millisecond.
        count, server = 800, self.served(WS_THREADS=1)
        self.stopped(server)
        crowd = [self.enterContext(socket.create_connection(("127.0.0.1", server.port), PATIENCE)) for _ in range(count)]
        for one in crowd:
            one.sendall(b"GET /nothing HTTP/1.1\r\nHost: wsd\r\n\r\n")
        begin = time.monotonic()
        server.signal(signal.SIGCONT)
        answers = {one.recv(100)[:12] for one in crowd}
        self.assertGreaterEqual(time.monotonic() - begin, (count / 5 - 1) * 0.0005)
        self.assertEqual(answers, {b"HTTP/1.1 404"})

    def test_dripping_requests_end_without_an_answer(self):
        timeout = 2
        server = self.served(WS_HANDSHAKE_TIMEOUT=timeout * 1000)
        start = time.monotonic()
        silent, dripping, begun = (connect(server.port) for _ in range(3))
        begun.sendall(b"GET /ws HTTP/1.1\r\nHost: x\r\n")
        octets = iter(upgrade_request(**bearer(), x_padding="x" * 1000))
        with self.assertRaises((BrokenPipeError, ConnectionResetError)):  # long before all is sent
            while True:
                dripping.send(bytes([next(octets)]))
                time.sleep(0.02)
        for stream in (silent, dripping, begun):
            self.assertIsNone(read_response(stream))
            stream.close()
        self.assertGreater(time.monotonic() - start, timeout * 0.9)
        self.assertLess(time.monotonic() - start, timeout * 1.5)

    def test_an_open_connection_outlives_the_handshake_time(self):
        server = self.served(WS_HANDSHAKE_TIMEOUT=100)
        client = Client(server, "ann")
        time.sleep(0.3)
        client.request("PING")

    def test_shutting_down(self):
        server = self.served(WS_SHUTDOWN_TIMEOUT=5000)
        held = Client(server, "ann")
        held.send("PING")
        server.signal(signal.SIGTERM)
        held.wait("SERVER_SHUTDOWN")
        # The close handshake is left open, so that the process goes on for a while.
        self.refused(503, "SHUTTING_DOWN", server=server, **bearer())
        self.refused(503, "SHUTTING_DOWN", server=server)
        self.refused(404, "NOT_FOUND", server=server, target="/x")
        held.close(None)
        self.assertEqual(server.wait(), 0)

    def test_descriptors_used_up(self):
        server = self.served(descriptors=64)
        streams = [connect(server.port) for _ in range(100)]
        time.sleep(0.2)
        for stream in streams:
            stream.close()
        start = time.monotonic()
        Client(server, "ann").request("PING")
        self.assertLess(time.monotonic() - start, 1)


if __name__ == "__main__":
    unittest.main(warnings="ignore")
