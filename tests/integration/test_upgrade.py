#!/usr/bin/env python3
"""Every answer of the public listener before a WebSocket is open, in the order of its checks."""
import json
import socket
import ssl
import subprocess
import time
import unittest

from ws_client import (TEXT, Client, Socket, bearer, check_refusal, connect, encode_frame, exchange, read_response,
                       upgrade_request)
from wsd_process import Server, ServerCase, token


class Requests(ServerCase):
    OPTIONS = {"WS_ALLOWED_ORIGINS": "https://app.example", "WS_TRUSTED_PROXIES": "127.0.0.9/32"}

    def refused(self, status, code, **request):
        return check_refusal(self, exchange(self.server.port, upgrade_request(**request)), status, code)

    def test_accepted_upgrade(self):
        opened = Socket(self.server.port, **bearer())
        self.assertEqual(opened.response.field("Sec-WebSocket-Accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        self.assertIsNone(opened.response.field("Sec-WebSocket-Extensions"))
        self.assertIsNone(opened.response.field("Sec-WebSocket-Protocol"))
        self.assertEqual(json.loads(opened.receive_text())["type"], "CONNECTION_ESTABLISHED")
        opened.close()

    def test_header_block_of_8192_octets_is_read_and_one_more_is_not(self):
        plain = upgrade_request(x_fill="", **bearer())
        fits = upgrade_request(x_fill="a" * (8192 - len(plain)), **bearer())
        self.assertEqual(len(fits), 8192)
        with connect(self.server.port) as stream:
            stream.sendall(fits)
            self.assertIn(b"101", stream.recv(65536).split(b"\r\n")[0])
        self.refused(431, "HEADERS_TOO_LARGE", x_fill="a" * (8193 - len(plain)), **bearer())

    def test_100_fields_are_read_and_101_are_not(self):
        fields = {f"x_{n}": "y" for n in range(94)} | bearer()
        with connect(self.server.port) as stream:
            stream.sendall(upgrade_request(**fields))
            self.assertIn(b"101", stream.recv(65536).split(b"\r\n")[0])
        self.refused(431, "HEADERS_TOO_LARGE", x_more="y", **fields)

    def test_malformed_requests(self):
        good = upgrade_request(**bearer())
        line = b"GET /ws HTTP/1.1\r\n"
        self.assertTrue(good.startswith(line))
        cases = {
            "no version": good.replace(line, b"GET /ws\r\n"),
            "garbage": b"\x16\x03\x01\x02\x00\x01\r\n\r\n",
            "HTTP/1.0": good.replace(line, b"GET /ws HTTP/1.0\r\n"),
            "HTTP/2.0": good.replace(line, b"GET /ws HTTP/2.0\r\n"),
            "bare LF": good.replace(b"\r\nUpgrade", b"\nUpgrade"),
            "LF only": good.replace(b"\r\n", b"\n"),
            "folded header": good.replace(b"Upgrade: websocket\r\n", b"Upgrade: websocket\r\n more\r\n"),
            "blank before the colon": good.replace(b"Upgrade:", b"Upgrade :"),
            "control character in a value": good.replace(b"websocket\r\n", b"websocket\x01\r\n"),
            "absolute form": good.replace(b"GET /ws", b"GET http://chat.example/ws"),
            "asterisk form": good.replace(b"GET /ws", b"OPTIONS *"),
            "no Host": upgrade_request(host=None, **bearer()),
            "two Hosts": upgrade_request(host=["a.example", "b.example"], **bearer()),
            **{f"Host {host}": upgrade_request(host=host, **bearer()) for host in ("a b", "a/b", "u@b", "a,b", "a:b", "[::1")},
            "octets beyond ASCII in the target": upgrade_request("/ws?\xe4", **bearer()),
            "body announced": upgrade_request(content_length="5", **bearer()),
            "odd Content-Length": upgrade_request(content_length="abc", **bearer()),
            "chunked": upgrade_request(transfer_encoding="chunked", **bearer()),
            "two Origins": upgrade_request(origin=["https://app.example"] * 2, **bearer()),
            "two Authorizations": upgrade_request(authorization=["Bearer a", "Bearer b"]),
            "two keys": upgrade_request(sec_websocket_key=["dGhlIHNhbXBsZSBub25jZQ=="] * 2, **bearer()),
        }
        for name, octets in cases.items():
            with self.subTest(name):
                check_refusal(self, exchange(self.server.port, octets), 400, "BAD_REQUEST")

    def test_content_length_zero_is_no_body(self):
        Socket(self.server.port, content_length="0", **bearer()).close()

    def test_other_paths(self):
        for target in ("/", "/wsx", "/ws/", "/WS", "//ws", "/%77s", "/ws%3F", "/./ws", "/healthz", "/metrics"):
            with self.subTest(target):
                self.refused(404, "NOT_FOUND", target=target, **bearer())

    def test_query_is_ignored_and_no_source_of_a_token(self):
        Socket(self.server.port, target="/ws?token=x&y", **bearer()).close()
        self.refused(401, "NO_TOKEN", target="/ws?token=" + token("ann"))

    def test_other_methods(self):
        for method in ("POST", "HEAD", "PUT", "OPTIONS", "get"):
            with self.subTest(method):
                with connect(self.server.port) as stream:
                    stream.sendall(upgrade_request(method=method, **bearer()))
                    response = read_response(stream)
                self.assertEqual((response.status, response.field("Allow")), (405, "GET"))
                if method != "HEAD":
                    check_refusal(self, response, 405, "METHOD_NOT_ALLOWED")

    def test_path_is_judged_before_the_method(self):
        self.refused(404, "NOT_FOUND", target="/other", method="POST")

    def test_no_websocket_13(self):
        for change in ({"upgrade": None}, {"upgrade": "h2c"}, {"connection": None}, {"connection": "keep-alive"},
                       {"sec_websocket_version": "8"}, {"sec_websocket_version": None}):
            with self.subTest(change):
                response = self.refused(426, "UPGRADE_REQUIRED", **change)
                self.assertEqual(response.field("Upgrade"), "websocket")
                self.assertEqual(response.field("Sec-WebSocket-Version"), "13")

    def test_lists_and_case_in_the_upgrade_fields(self):
        Socket(self.server.port, connection="keep-alive, uPgRaDe", upgrade="h2c, WebSocket", **bearer()).close()
        Socket(self.server.port, connection=["keep-alive", "upgrade"], **bearer()).close()
        Socket(self.server.port, upgrade="HTTP/2.0, websocket", **bearer()).close()

    def test_key_is_the_base64_of_16_octets(self):
        for key in (None, "", "abc", "dGhlIHNhbXBsZSBub25jZQ", "dGhlIHNhbXBsZSBub25jZWQ=", "dGhlIHNhbXBsZSBub25j",
                    "dGhlIHNhbXBsZSBub25jZ!=="):
            with self.subTest(key):
                self.refused(400, "BAD_REQUEST", sec_websocket_key=key, **bearer())

    def test_origins(self):
        for origin in ("https://app.example", "HTTPS://APP.example:443", "http://chat.example", "https://chat.example:443"):
            with self.subTest(origin):
                host = "chat.example:443" if origin.startswith("https://chat") else "chat.example"
                Socket(self.server.port, host=host, origin=origin, **bearer()).close()
        for origin in ("https://evil.example", "http://app.example", "https://app.example:444", "null", "", "junk",
                       "https://app.example.evil", "http://chat.example:8080", "ftp://chat.example"):
            with self.subTest(origin):
                self.refused(403, "ORIGIN_FORBIDDEN", origin=origin, **bearer())

    def test_origin_is_judged_before_the_token(self):
        self.refused(403, "ORIGIN_FORBIDDEN", origin="https://evil.example")

    def test_two_token_cookies(self):
        good = token("ann")
        self.refused(400, "BAD_COOKIE", cookie=f"token={good}; token={good}")
        self.refused(400, "BAD_COOKIE", cookie=[f"token={good}", f"token={good}"])

    def test_two_tokens_as_subprotocol(self):
        good = token("ann")
        self.refused(400, "BAD_REQUEST", sec_websocket_protocol=f"wsd.v1, wsd.bearer.{good}, wsd.bearer.{good}")

    def test_no_token(self):
        for fields in ({}, {"cookie": "token="}, {"cookie": "Token=x; tokens=y"}, {"authorization": "Basic YTpi"},
                       {"authorization": "Bearer "}, {"sec_websocket_protocol": "wsd.bearer." + token("ann")}):
            with self.subTest(fields):
                self.refused(401, "NO_TOKEN", **fields)

    def test_invalid_tokens_are_not_told_apart(self):
        now = int(time.time())
        good = token("ann")
        bad = ["x", "a.b.c", good[:-1], good + "=", good + ".x", token("ann", secret="another secret" * 3),
               token("ann", exp=now - 31), token("ann", exp=None), token("ann", nbf=now + 60), token("ann", exp="9999999999"),
               token("ann", header={"alg": "none"}), token("ann", header={"alg": "HS512", "typ": "JWT"}),
               token("ann", header={"alg": "HS256", "crit": ["exp"]}), token("ann", header={"alg": "HS256", "typ": "JWE"}),
               token("ann", role="ROOT"), token(""), token(None), token("a\nb"), token("u" * 129), token(7),
               "..".join(good.split(".")), "a" * 7000]
        bodies = set()
        for one in bad:
            with self.subTest(one):
                response = self.refused(401, "INVALID_TOKEN", authorization="Bearer " + one)
                bodies.add((response.raw_body, tuple(response.fields)))
        self.assertEqual(len(bodies), 1)

    def test_tokens_within_their_tolerance(self):
        now = int(time.time())
        for claims in ({"exp": now - 20}, {"nbf": now + 20}, {"exp": now + 60.5}, {"role": "ADMIN"}, {"iss": "who", "aud": 7}):
            with self.subTest(claims):
                Socket(self.server.port, **bearer(**claims)).close()

    def user_of(self, **fields):
        opened = Socket(self.server.port, **fields)
        frame = json.loads(opened.receive_text())
        opened.close()
        return frame["userId"], opened.response.field("Sec-WebSocket-Protocol")

    def test_sources_of_tokens_and_their_order(self):
        ann, bob, eve = token("ann"), token("bob"), token("eve")
        both = f"wsd.v1, wsd.bearer.{eve}"
        cases = [
            ({"cookie": f"a=b; token={ann}", "authorization": "Bearer " + bob, "sec_websocket_protocol": both}, "ann", "wsd.v1"),
            ({"cookie": f'token="{ann}"'}, "ann", None),
            ({"cookie": ["x=1", f"\ttoken={ann}\t; y"]}, "ann", None),
            ({"cookie": "token=", "authorization": "bEaReR " + bob}, "bob", None),
            ({"authorization": "Basic YTpi", "sec_websocket_protocol": both}, "eve", "wsd.v1"),
            ({"sec_websocket_protocol": [f"wsd.bearer.{eve}", "wsd.v1"]}, "eve", "wsd.v1"),
            ({"authorization": "Bearer " + bob, "sec_websocket_protocol": "graphql-ws, mqtt"}, "bob", None),
        ]
        for fields, user, protocol in cases:
            with self.subTest(fields):
                self.assertEqual(self.user_of(**fields), (user, protocol))
        self.refused(401, "INVALID_TOKEN", cookie="token=junk", authorization="Bearer " + ann)

    def test_user_id_claims(self):
        cases = [({"userId": "a", "user_id": "b", "sub": "c"}, "a"), ({"user_id": "b", "sub": "c"}, "b"), ({"sub": "c"}, "c")]
        for claims, user in cases:
            with self.subTest(claims):
                signed = token(claims.get("userId"), **{k: v for k, v in claims.items() if k != "userId"})
                self.assertEqual(self.user_of(authorization="Bearer " + signed)[0], user)
        self.refused(401, "INVALID_TOKEN", authorization="Bearer " + token(7, sub="c"))

    def test_nothing_of_the_request_is_reflected(self):
        for fields in ({"target": "/reflect-me"}, {"authorization": "Bearer reflect-me"}, {"origin": "http://reflect-me"},
                       {"cookie": "token=reflect-me; token=reflect-me"}, {"host": "reflect-me", "upgrade": "reflect-me"}):
            with self.subTest(fields):
                response = exchange(self.server.port, upgrade_request(**fields))
                self.assertNotIn(b"reflect-me", response.raw_body)
                self.assertNotIn("reflect-me", str(response.fields))

    def test_octets_behind_the_header_are_the_first_frames(self):
        hello = encode_frame(TEXT, b'{"type":"HELLO","version":1}')
        with connect(self.server.port) as stream:
            stream.sendall(upgrade_request(**bearer()) + hello)
            received = b""
            while b"HELLO_ACK" not in received:
                received += stream.recv(65536)

    def test_request_in_single_octets(self):
        with connect(self.server.port) as stream:
            stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for octet in upgrade_request(**bearer()):
                stream.send(bytes([octet]))
            self.assertTrue(stream.recv(65536).startswith(b"HTTP/1.1 101 "))


class Tls(ServerCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.certificate, key = cls.server.folder.name + "/cert.pem", cls.server.folder.name + "/key.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                        "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
                        "-keyout", key, "-out", cls.certificate], check=True, capture_output=True)
        cls.server.options |= {"WS_TLS_CERT_FILE": cls.certificate, "WS_TLS_KEY_FILE": key, "WS_HANDSHAKE_TIMEOUT": 1000}
        cls.enterClassContext(cls.server)

    def wrap(self, stream):
        context = ssl.create_default_context(cafile=self.certificate)
        return context.wrap_socket(stream, server_hostname="localhost")

    def test_chat_of_users_on_all_shards(self):
        clients = [Client(self.server, f"user{number}", wrap=self.wrap) for number in range(8)]
        self.assertIn(clients[0].stream.version(), ("TLSv1.2", "TLSv1.3"))
        for sender in clients:
            for recipient in clients:
                if sender is not recipient:
                    text = f"from {sender.user} to {recipient.user} " + "x" * 20000
                    sender.send("MESSAGE_SEND", recipientId=recipient.user, content=text[:9000])
        for client in clients:
            received = [client.wait("MESSAGE_RECEIVE") for _ in range(14)]
            self.assertEqual([frame["seq"] for frame in received], list(range(1, 15)))
            from_others = {frame["senderId"] for frame in received} - {client.user}
            self.assertEqual(len(from_others), 7)
        for client in clients:
            client.close()

    def test_refusal_over_tls(self):
        with self.wrap(connect(self.server.port)) as stream:
            stream.sendall(upgrade_request())
            check_refusal(self, read_response(stream), 401, "NO_TOKEN")

    def test_old_protocol_versions(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
        with self.assertRaises((ssl.SSLError, OSError)):
            context.wrap_socket(connect(self.server.port)).close()

    def test_plain_octets_and_silence_end(self):
        start = time.monotonic()
        for octets in (upgrade_request(**bearer()), b""):
            with connect(self.server.port) as stream:
                stream.sendall(octets)
                try:
                    while data := stream.recv(65536):
                        self.assertNotIn(b"HTTP/1.1", data)
                except ConnectionResetError:
                    pass
        self.assertLess(time.monotonic() - start, 5)


if __name__ == "__main__":
    unittest.main(warnings="ignore")
