#!/usr/bin/env python3
"""What hostile peers do that needs no bystanders to be seen. docs/SECURITY.md names the threats by the numbers here."""
import json
import socket
import subprocess
import time
import unittest

from bystanders import WSLOAD
from ws_client import CLOSE, Client, Closed, Refused, Socket, bearer, check_refusal, connect, exchange, upgrade_request
from wsd_process import INSTRUMENTED, SECRET, Server, cpu_seconds, part, rss_at_rest_mib, token


class Peers(unittest.TestCase):
    # 10: half-open peers
    def test_10_a_peer_that_is_gone_without_a_word_is_noticed(self):
        with Server(WS_HEARTBEAT_INTERVAL=200, WS_HEARTBEAT_TIMEOUT=800, PRESENCE_OFFLINE_GRACE_MS=0,
                    WS_PRESENCE_AUDIENCE="all", WS_MAX_CONNECTIONS_PER_USER=1) as server:
            watcher = Client(server, "ann")
            gone = Client(server, "bob", answer_pings=False)  # nothing is read from it, nothing sent
            start = time.monotonic()
            watcher.wait("PRESENCE_UPDATE", userId="bob", status="offline", timeout=8)
            took = time.monotonic() - start
            self.assertGreater(took, 0.7)
            self.assertLess(took, 0.8 + 1 + 0.25 + 1)  # time-out, heartbeat's precision, tick of presence; and the machine
            Client(server, "bob").request("PING")  # its slot is free at once
            end = time.monotonic() + 5
            with self.assertRaises((Closed, ConnectionResetError)):
                while True:
                    opcode, _ = gone.receive_frame(max(0.001, end - time.monotonic()))
                    self.assertNotEqual(opcode, CLOSE, "there was nobody to tell")

    # 12: keys that a token names
    def test_12_no_key_that_a_token_names_is_fetched(self):
        with socket.create_server(("127.0.0.1", 0)) as keys, Server() as server:
            url = f"http://127.0.0.1:{keys.getsockname()[1]}/keys"
            jwk = {"kty": "oct", "k": part(b"the secret of mallory, long enough for HS256"), "alg": "HS256", "kid": "1"}
            for named in ({"jku": url}, {"x5u": url}, {"jwk": jwk}, {"jwk": url}, {"jku": url, "x5u": url, "jwk": jwk, "kid": url}):
                for algorithm in ("HS256", "RS256", "none"):
                    forged = token("mallory", "the secret of mallory, long enough for HS256", {"alg": algorithm, **named})
                    response = exchange(server.port, upgrade_request(authorization="Bearer " + forged))
                    check_refusal(self, response, 401, "INVALID_TOKEN")
                good = token("ann", header={"alg": "HS256", **named})  # it is ignored
                Client(server, "ann", authorization="Bearer " + good).request("AUTH_REFRESH", token=good)
            keys.settimeout(0.5)
            with self.assertRaises(TimeoutError):
                keys.accept()

    # 13: what ends in the log
    def test_13_no_line_of_the_log_is_made_by_a_client(self):
        secret_token = token("mallory", exp=1)
        with Server(WS_LOG_JSON="true", WS_LOG_LEVEL="debug") as server:
            for field in ("origin", "user_agent", "x_forwarded_for", "cookie"):
                exchange(server.port, upgrade_request(authorization="Bearer " + secret_token, **{field: 'x\x1b[31m"}{"level":"error'}))
            exchange(server.port, upgrade_request("/ws?\x1b[2J", authorization="Bearer " + secret_token))
            with self.assertRaises(Refused):
                Socket(server.port, authorization="Bearer " + secret_token)
            client = Client(server, 'm"al\\lory\u2028')
            for text in ('{"type":"X","correlationId":"a\\nb\\u001b[31m"}', '{"type":"\\u0007\\n{}"}', "\x7f{"):
                client.send_text(text)
                client.next()
            client.close()
            server.stop()
            log = server.log()
        lines = log.splitlines()
        self.assertGreater(len(lines), 5)
        for line in lines:
            self.assertIsInstance(json.loads(line), dict)
        self.assertNotRegex(log, "[\x00-\x09\x0b-\x1f\x7f]")

    def test_13_no_token_is_ever_logged(self):
        operator = "the token of the operator, which is a secret"
        for form in ("true", "false"):
            with Server(WS_LOG_JSON=form, WS_LOG_LEVEL="debug", WS_ADMIN_TOKEN=operator) as server:
                tokens = []

                def fresh(**claims):
                    tokens.append(token(f"user-{len(tokens)}", **claims))
                    return tokens[-1]
                for claims in ({}, {"exp": 1}):  # one that is let in, and one that is refused
                    for fields in ({"authorization": "Bearer " + fresh(**claims)}, {"cookie": "token=" + fresh(**claims)},
                                   {"sec_websocket_protocol": "wsd.v1, wsd.bearer." + fresh(**claims)}):
                        try:
                            Socket(server.port, **fields).close()
                        except Refused:
                            self.assertTrue(claims)
                exchange(server.port, upgrade_request("/ws?token=" + fresh()))
                exchange(server.port, upgrade_request("/" + fresh()))
                exchange(server.port, upgrade_request(authorization="Basic " + fresh()))
                exchange(server.port, upgrade_request(cookie=["token=" + fresh(), "token=" + fresh()]))
                client = Client(server, "ann")
                for bad in (fresh(), fresh(exp=1), fresh(exp="x")):
                    other = Client(server, "bob")
                    other.request("AUTH_REFRESH", token=bad)
                    other.close()
                tokens.append(token("ann", sid="another"))
                self.assertEqual(client.request("AUTH_REFRESH", token=tokens[-1])["type"], "AUTH_REFRESHED")
                for secret in (operator, operator[:-1] + "x"):
                    tokens.append(secret)
                    request = f"GET /metrics?{fresh()} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {secret}\r\nConnection: close\r\n\r\n"
                    exchange(server.admin_port, request.encode())
                client.close()
                server.stop()
                log = server.log()
            self.assertGreater(len(log.splitlines()), 10)
            self.assertIn("credential_refused", log)
            for secret in [*tokens, SECRET]:
                self.assertNotIn(secret, log)
                self.assertNotIn(secret.split(".")[-1], log)  # the signature

    # 17: what is forbidden and what is not there
    def test_17_both_take_the_same_time(self):
        with Server(WS_STORE="sqlite") as server:
            ann, mallory = Client(server, "ann"), Client(server, "mallory")
            ann.request("ROOM_CREATE", roomId="secret", joinPolicy="invite")
            message = ann.request("ROOM_MESSAGE", roomId="secret", content="x")["messageId"]
            unknown = message[:-4] + "ffff"
            asked = [[("ROOM_INFO", {"roomId": room}) for room in ("secret", "nowhere")],
                     [("HISTORY", {"chatId": "room:" + room}) for room in ("secret", "nowhere")],
                     [("MESSAGE_READ", {"messageId": name}) for name in (message, unknown)],
                     [("MESSAGE_DELETE", {"messageId": name}) for name in (message, unknown)]]
            for pair in asked:
                ratios = []  # the machine disturbs some, a difference would be in all
                while len(ratios) < 8 and (not ratios or min(ratios) > 1.2):
                    ratios.append(self.ratio_of_times(mallory, pair))
                self.assertLess(min(ratios), 1.2, pair[0][0])

    def ratio_of_times(self, client, pair, count=150):
        took = [[], []]
        for _ in range(count):
            for which, (kind, fields) in enumerate(pair):
                begin = time.perf_counter()
                self.assertIn(client.request(kind, **fields)["code"], ("NOT_FOUND", "MESSAGE_NOT_FOUND"))
                took[which].append(time.perf_counter() - begin)
        medians = [sorted(times)[count // 2] for times in took]
        return max(medians) / min(medians)

    # 21: no descriptors left
    def test_21_who_is_there_is_served_and_nothing_spins(self):
        with Server(descriptors=80) as server:
            ann = Client(server, "ann")
            streams = [connect(server.port) for _ in range(150)]
            time.sleep(0.3)
            before, begin = cpu_seconds(server), time.monotonic()
            while time.monotonic() - begin < 2:
                asked = time.monotonic()
                ann.request("PING")
                self.assertLess(time.monotonic() - asked, 1)
                time.sleep(0.1)
            self.assertLess(cpu_seconds(server) - before, 0.5)
            for stream in streams:
                stream.close()
            begin = time.monotonic()
            bob = Client(server, "bob")
            bob.request("PING")
            self.assertLess(time.monotonic() - begin, 1.5)

    # 15: exhaustion by what comes and goes
    def load(self, server, *what):
        subprocess.run([WSLOAD, "run", *what, f"ws://127.0.0.1:{server.port}/ws", "--secret", SECRET, "--allow-saturated", "-q"],
                       check=True, capture_output=True, timeout=60)

    def silent(self, server, _):
        """3,000 users who say nothing."""
        self.load(server, "connect", "-c", "3000", "--ramp", "0s", "-d", "100ms", "--source-ips", "127.0.0.2-9")

    def talkative(self, server, number):
        """100 users of whom things are remembered: frames of every rate, ids of messages and rooms, which are others each time."""
        guests = [Client(server, f"guest-{guest}") for guest in range(100)]
        for guest, client in enumerate(guests):
            room, peer = f"room-{number}-{guest}", guests[guest - 1].user
            client.send("ROOM_CREATE", roomId=room, memberIds=[peer])
            client.send("TYPING_START", roomId=room)
            client.send("TYPING_START", targetUserId=peer)
            for message in range(5):
                client.send("MESSAGE_SEND", recipientId=peer, content="x", clientMessageId=f"{number}/{message}")
            client.send("ROOM_MESSAGE", roomId=room, content="x", clientMessageId=f"{number}/room")
            client.send("HISTORY", chatId="room:" + room)
            client.send("ROOM_DELETE", roomId=room)
        for client in guests:
            client.settle()
            client.close(None)

    def test_15_memory_after_many_users_have_come_and_gone(self):
        with Server(PRESENCE_OFFLINE_GRACE_MS=0) as server:
            # Fills SQLite's cache and the tails of the talkative, which are kept for a while.
            self.load(server, "chat", "-c", "100", "--user-prefix", "guest-", "--rate", "12000", "--size", "300", "-d", "3s")
            for crowd, warm_up, more, share in ((self.talkative, 2, 4, 0), (self.silent, 3, 3, 0.05)):
                for number in range(warm_up):
                    crowd(server, number)
                before = rss_at_rest_mib(server.process)
                for number in range(warm_up, warm_up + more):
                    crowd(server, number)
                growth = rss_at_rest_mib(server.process) - before
                if not INSTRUMENTED:
                    self.assertLess(growth, max(1, share * before), f"MiB of memory, {crowd.__name__}")


if __name__ == "__main__":
    unittest.main()
