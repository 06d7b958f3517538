#!/usr/bin/env python3
"""Keys and certificates that change while the server runs."""
import base64
import json
import os
import pathlib
import re
import ssl
import subprocess
import tempfile
import time
import unittest

from ws_client import Client, Refused, Socket, connect, exchange
from wsd_process import PATIENCE, Server, part

ATTEMPTS = 12  # connections among which each of two shards gets some


def openssl(*arguments):
    return subprocess.run(["openssl", *arguments], check=True, capture_output=True).stdout


class Key:
    """An Ed25519 key that signs tokens; the id of the key is its name."""

    def __init__(self, folder, name):
        self.name, self.path = name, f"{folder}/{name}.pem"
        openssl("genpkey", "-algorithm", "ed25519", "-out", self.path)
        self.pem = openssl("pkey", "-in", self.path, "-pubout").decode()
        octets = openssl("pkey", "-in", self.path, "-pubout", "-outform", "DER")[-32:]
        self.jwk = {"kty": "OKP", "crv": "Ed25519", "x": base64.urlsafe_b64encode(octets).rstrip(b"=").decode(),
                    "kid": name, "use": "sig"}

    def token(self, user):
        text = part({"alg": "EdDSA", "kid": self.name}) + "." + part({"sub": user, "exp": int(time.time()) + 3600})
        with tempfile.NamedTemporaryFile() as signed:
            signed.write(text.encode())
            signed.flush()
            signature = openssl("pkeyutl", "-sign", "-rawin", "-inkey", self.path, "-in", signed.name)
        return text + "." + part(signature)


def replace(path, text):
    """As whoever wants no half-written file to be read."""
    pathlib.Path(path + ".new").write_text(text, encoding="ascii")
    os.rename(path + ".new", path)


def until(condition, what):
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"still not: {what}")
        time.sleep(0.05)


class ReloadCase(unittest.TestCase):
    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory())

    def start(self, **options):
        self.server = self.enterContext(Server(**options))  # pylint: disable=attribute-defined-outside-init

    def lines(self, event):
        return [line for line in self.server.log().splitlines() if f" {event} " in line]

    def await_lines(self, event, count):
        until(lambda: len(self.lines(event)) >= count, f"{count} × {event}\n{self.server.log()}")
        self.assertEqual(len(self.lines(event)), count)
        return self.lines(event)[-1]


class Keys(ReloadCase):
    def setUp(self):
        super().setUp()
        self.path = self.folder + "/keys"
        self.old, self.new = Key(self.folder, "old"), Key(self.folder, "new")

    def write_set(self, *keys):
        replace(self.path, json.dumps({"keys": [key.jwk for key in keys]}))

    def admits(self, key):
        """Whether connections with tokens of the key get in: all of them, or none."""
        signed, admitted = key.token("guest"), 0
        for _ in range(ATTEMPTS):
            try:
                Socket(self.server.port, authorization="Bearer " + signed).close()
                admitted += 1
            except Refused as refused:
                self.assertEqual((refused.response.status, refused.response.body["code"]), (401, "INVALID_TOKEN"))
        return {0: False, ATTEMPTS: True}.get(admitted)

    def await_only(self, good, bad):
        """One shard hears of new keys a moment after the other."""
        until(lambda: self.admits(good) is True and self.admits(bad) is False, f"{good.name} instead of {bad.name}")

    def client(self, key, user):
        return Client(self.server, user, authorization="Bearer " + key.token(user))

    def test_rotation_of_a_set(self):
        self.write_set(self.old)
        self.start(JWT_SECRET=None, JWT_JWKS_FILE=self.path)
        self.assertIs(self.admits(self.old), True)
        self.assertIs(self.admits(self.new), False)
        clients = [self.client(self.old, f"user{number}") for number in range(4)]  # on both shards

        self.write_set(self.old, self.new)
        self.assertRegex(self.await_lines("keys_reloaded", 1), r"\bkeys=2$")
        until(lambda: self.admits(self.new) and self.admits(self.old), "both keys are good")

        self.write_set(self.new)
        self.assertRegex(self.await_lines("keys_reloaded", 2), r"\bkeys=1$")
        self.await_only(self.new, self.old)
        for client in clients:  # they stay, and go on with a token of the new key only
            self.assertEqual(client.request("PING")["type"], "PONG")
            refused = client.request("AUTH_REFRESH", token=self.old.token(client.user))
            self.assertEqual((refused["type"], refused["code"]), ("ERROR", "INVALID_TOKEN"))
            self.assertEqual(client.request("AUTH_REFRESH", token=self.new.token(client.user))["type"], "AUTH_REFRESHED")
        clients[0].say(clients[1].user, "still here")
        self.assertEqual(clients[1].wait("MESSAGE_RECEIVE")["content"], "still here")

    def test_what_can_not_be_used_changes_nothing(self):
        self.write_set(self.old)
        self.start(JWT_SECRET=None, JWT_JWKS_FILE=self.path)
        replace(self.path, '{"keys":[')
        self.assertIn("not JSON", self.await_lines("keys_not_reloaded", 1))
        self.assertIs(self.admits(self.old), True)
        os.unlink(self.path)
        self.assertIn("No such file", self.await_lines("keys_not_reloaded", 2))
        self.assertIs(self.admits(self.old), True)
        self.assertIs(self.admits(self.new), False)
        self.write_set(self.new)
        self.await_lines("keys_reloaded", 1)
        self.await_only(self.new, self.old)
        self.assertEqual(len(self.lines("keys_not_reloaded")), 2)  # once for each change, however often it was looked

    def test_public_key_written_in_place(self):
        path = pathlib.Path(self.path)
        path.write_text(self.old.pem, encoding="ascii")
        self.start(JWT_SECRET=None, JWT_PUBLIC_KEY_FILE=self.path)
        self.assertIs(self.admits(self.old), True)
        path.write_text(self.new.pem, encoding="ascii")
        self.await_lines("keys_reloaded", 1)
        self.await_only(self.new, self.old)


class Certificate(ReloadCase):
    def make_pair(self, name):
        """The folder of a certificate and its key."""
        os.mkdir(f"{self.folder}/{name}")
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2" if name == "old"
                else "30", "-subj", "/CN=localhost", "-keyout", f"{self.folder}/{name}/key", "-out",
                f"{self.folder}/{name}/cert")
        return f"{self.folder}/{name}"

    def setUp(self):
        super().setUp()
        self.old, self.new = self.make_pair("old"), self.make_pair("new")
        # As volumes of Kubernetes and certbot's live/ do it, the path leads over a link.
        os.symlink("old", self.folder + "/live")
        self.start(WS_TLS_CERT_FILE=self.folder + "/live/cert", WS_TLS_KEY_FILE=self.folder + "/live/key")

    def turn_link(self):
        os.symlink("new", self.folder + "/next")
        os.rename(self.folder + "/next", self.folder + "/live")

    @staticmethod
    def wrap(stream):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context.wrap_socket(stream)

    def shows(self, pair):
        """Whether new handshakes are done with the pair's certificate: all of them, or none."""
        wanted = ssl.PEM_cert_to_DER_cert(pathlib.Path(pair + "/cert").read_text(encoding="ascii"))
        shown = 0
        for _ in range(ATTEMPTS):
            with self.wrap(connect(self.server.port)) as stream:
                shown += stream.getpeercert(binary_form=True) == wanted
        return {0: False, ATTEMPTS: True}.get(shown)

    def not_after(self):
        response = exchange(self.server.admin_port, b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        return int(re.search(rb"^wsd_tls_certificate_not_after_timestamp_seconds (\d+)$", response.raw_body, re.M)[1])

    def test_link_that_is_turned(self):
        self.assertIs(self.shows(self.old), True)
        self.assertAlmostEqual(self.not_after(), time.time() + 2 * 86400, delta=300)
        clients = [Client(self.server, f"user{number}", wrap=self.wrap) for number in range(4)]
        self.turn_link()
        self.assertRegex(self.await_lines("certificate_reloaded", 1), r'\bnot_after=2\d{3}-\d\d-\d\dT\d\d:\d\d:\d\dZ$')
        until(lambda: self.shows(self.new), "the new certificate is shown")
        self.assertAlmostEqual(self.not_after(), time.time() + 30 * 86400, delta=300)
        for sender in clients:
            for recipient in clients:
                if sender is not recipient:
                    sender.say(recipient.user, "x" * 9000)
        for client in clients:
            self.assertEqual([client.wait("MESSAGE_RECEIVE")["content"] for _ in range(6)], ["x" * 9000] * 6)
        Client(self.server, "late", wrap=self.wrap).say(clients[0].user, "hello")

    def test_certificate_without_its_key(self):
        os.rename(self.new + "/cert", self.old + "/cert")
        self.assertIn("does not belong", self.await_lines("certificate_not_reloaded", 1))
        self.assertIs(self.shows(self.old), False)  # what the file holds now is not what is used
        client = Client(self.server, "ann", wrap=self.wrap)
        os.rename(self.new + "/key", self.old + "/key")
        self.await_lines("certificate_reloaded", 1)
        until(lambda: self.shows(self.old), "the certificate of the two files is shown")
        self.assertEqual(client.request("PING")["type"], "PONG")
        self.assertEqual(len(self.lines("certificate_not_reloaded")), 1)


if __name__ == "__main__":
    unittest.main(warnings="ignore")
