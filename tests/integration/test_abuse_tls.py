#!/usr/bin/env python3
"""What hostile peers do with TLS. docs/SECURITY.md names the threats by the numbers here."""
import ssl
import threading
import time
import unittest

from ws_client import PONG, PING, Client, bearer, connect, encode_frame, read_response, upgrade_request
from tls_peer import Rekeying, tls_server
from wsd_process import token

NEW_KEYS_MAX = 32
TIMEOUT = 2  # of the handshake, in seconds


class Tls(unittest.TestCase):
    # 6: slow senders within TLS
    def test_06_peers_that_never_finish_the_tls_handshake(self):
        with tls_server(WS_HANDSHAKE_TIMEOUT=TIMEOUT * 1000) as (server, wrap):
            silent = [connect(server.port) for _ in range(100)]
            begun = [connect(server.port) for _ in range(100)]
            for stream in begun:
                stream.sendall(b"\x16\x03\x01\x02\x00\x01")  # the first octets of a ClientHello
            start = time.monotonic()
            client = Client(server, "ann", wrap=wrap)
            self.assertLess(time.monotonic() - start, 1.5)
            for stream in silent + begun:
                self.assertIsNone(read_response(stream))
                stream.close()
            self.assertLess(time.monotonic() - start, 6)
            client.request("PING")

    def drips(self, send, octets):
        """Sends octet by octet until the server has had enough; the seconds that it took."""
        begin = time.monotonic()
        for octet in octets:
            try:
                send(bytes([octet]))
            except OSError:
                return time.monotonic() - begin
            time.sleep(0.02)
        self.fail("it had the time to send all")

    def client_hello(self):
        """Of a connection that never was, with a name that makes it long."""
        context, sent = ssl.create_default_context(), ssl.MemoryBIO()
        with self.assertRaises(ssl.SSLWantReadError):
            context.wrap_bio(ssl.MemoryBIO(), sent, server_hostname=".".join(["x" * 60] * 4)).do_handshake()
        return sent.read()[:-1]

    def test_06_octets_that_drip_do_not_put_off_the_end(self):
        with tls_server(WS_HANDSHAKE_TIMEOUT=TIMEOUT * 1000) as (server, wrap):
            hello = self.client_hello()
            request = upgrade_request(x_padding="x" * 1000)[:-1]
            took = {}

            def drip(name, stream, octets):
                took[name] = self.drips(stream.send, octets)
                stream.close()
            opened = time.monotonic()
            threads = [threading.Thread(target=drip, args=("ClientHello", connect(server.port), hello)),
                       threading.Thread(target=drip, args=("header", wrap(connect(server.port)), request))]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.assertEqual(set(took), {"ClientHello", "header"})
            for name, seconds in took.items():
                self.assertLess(seconds, TIMEOUT * 1.5, name)
            self.assertGreater(time.monotonic() - opened, TIMEOUT * 0.9)

    # 29: new keys, which cost as much as dozens of messages and are not metered as these are
    def test_29_keys_may_change_so_often_and_no_more(self):
        with tls_server() as (server, _):
            peer = Rekeying(server.port)
            peer.upgrade(**bearer("mallory"))
            for number in range(NEW_KEYS_MAX):
                said = b"so often: %d" % number
                peer.stream.sendall(peer.new_keys(1) + peer.text(encode_frame(PING, said)))
                self.assertIn(said, peer.receive(bytes([0x80 | PONG, len(said)]) + said))
            peer.stream.sendall(peer.new_keys(1))
            self.assertTrue(peer.ended())
            peer.close()

    def test_29_keys_that_change_before_the_request_end_it(self):
        with tls_server() as (server, _):
            peer = Rekeying(server.port)
            request = upgrade_request(**bearer("mallory"))
            peer.stream.sendall(peer.text(request[:50]) + peer.new_keys(1))
            self.assertTrue(peer.ended())  # the handshake would have ten seconds
            peer.close()

    def test_29_a_flood_of_new_keys(self):
        patient = {"WS_HANDSHAKE_TIMEOUT": 60000, "WS_HELLO_TIMEOUT": 60000}  # to make a flood takes a while
        with tls_server(WS_THREADS=1, **patient) as (server, wrap):
            ann = Client(server, "ann", wrap=wrap)
            peers = [Rekeying(server.port) for _ in range(10)]
            floods = []
            for number, peer in enumerate(peers):
                if number % 2:
                    peer.upgrade(authorization="Bearer " + token(f"mallory-{number}"))
                floods.append(peer.new_keys(2000))

            def attack(peer, flood):
                try:
                    peer.stream.sendall(flood)
                except OSError:
                    pass
            threads = [threading.Thread(target=attack, args=pair) for pair in zip(peers, floods)]
            for thread in threads:
                thread.start()
            waits, end = [], time.monotonic() + 1
            while time.monotonic() < end:
                asked = time.monotonic()
                ann.request("PING")
                waits.append(time.monotonic() - asked)
            for thread in threads:
                thread.join()
            for peer in peers:
                self.assertTrue(peer.ended())
                peer.close()
            self.assertLess(sorted(waits)[len(waits) * 99 // 100], 0.25, "a bystander waited")


if __name__ == "__main__":
    unittest.main()
