#!/usr/bin/env python3
"""Revocations and suspensions: what they end, what they refuse, how long they last."""
import json
import socket
import threading
import time
import unittest
from urllib.parse import quote

from test_pressure import FILLER, TinyDisk
from ws_client import Client, Refused, bearer, check_refusal, exchange, upgrade_request
from wsd_process import Server, ServerCase, token

TOKEN = "a token of the operator"


def administer(server, method, target, body=None, **fields):
    """The response to an admin request; `body` is a value for JSON or octets as they are."""
    octets = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    fields = {"host": "127.0.0.1", "connection": "close", "authorization": "Bearer " + TOKEN,
              "content_length": len(octets)} | fields
    lines = [f"{method} {target} HTTP/1.1"]
    lines += [f"{name.replace('_', '-').title()}: {value}" for name, value in fields.items() if value is not None]
    return exchange(server.admin_port, ("\r\n".join(lines) + "\r\n\r\n").encode() + octets)


class ExclusionCase(ServerCase):
    OPTIONS = {"WS_ADMIN_TOKEN": TOKEN, "WS_BACKPRESSURE_STALL_MS": 600000}

    def closes(self, count, response):
        self.assertEqual((response.status, response.body), (200, {"closed": count}))
        self.assertEqual(response.field("Content-Type"), "application/json")

    def revoke(self, user, **fields):
        return administer(self.server, "POST", "/v1/revocations", {"userId": user} | fields)

    def suspend(self, user):
        return administer(self.server, "PUT", "/v1/suspensions/" + quote(user, safe=""))

    def lift(self, user):
        response = administer(self.server, "DELETE", "/v1/suspensions/" + quote(user, safe=""))
        self.assertEqual((response.status, response.raw_body), (204, b""))
        self.assertIsNone(response.field("Content-Length"))

    def ends(self, client, code, reason):
        """What is left of the connection is the error and the close frame, within a second."""
        begun = time.monotonic()
        closed = client.closed()
        self.assertLess(time.monotonic() - begun, 1)
        self.assertEqual((closed.code, closed.reason), (code, reason))
        errors = [frame for frame in client.waiting if not frame["type"].startswith("PRESENCE_")]
        self.assertEqual([(frame["type"], frame.get("code")) for frame in errors], [("ERROR", reason)])
        self.assertEqual((errors[0]["retryable"], "correlationId" in errors[0]), (False, False))

    def refused(self, status, code, user, **claims):
        response = exchange(self.server.port, upgrade_request(**bearer(user, **claims)))
        check_refusal(self, response, status, code)


class Revocations(ExclusionCase):
    def test_a_session(self):
        ann = self.user("ann")
        tabs = [Client(self.server, ann, claims={"sid": "tab"}) for _ in range(2)]
        early = Client(self.server, ann, claims={"sid": "tab"}, hello=False)
        early.wait("CONNECTION_ESTABLISHED")
        other = Client(self.server, ann, claims={"sid": "other"})
        self.closes(3, self.revoke(ann, sessionId="tab"))
        for tab in (*tabs, early):
            self.ends(tab, 4001, "SESSION_REVOKED")
        other.request("PING")
        self.refused(401, "SESSION_REVOKED", ann, sid="tab", iat=int(time.time()) + 100)
        Client(self.server, self.user("bob"), claims={"sid": "tab"}).request("PING")
        self.closes(0, self.revoke(ann, sessionId="tab"))
        self.closes(0, self.revoke(self.user("nobody"), sessionId="tab"))

    def test_the_session_of_tokens_that_name_none(self):
        ann = self.user("ann")
        nameless, named = Client(self.server, ann), Client(self.server, ann, claims={"sid": "tab"})
        self.closes(1, self.revoke(ann, sessionId="default"))
        self.ends(nameless, 4001, "SESSION_REVOKED")
        self.refused(401, "SESSION_REVOKED", ann)
        named.request("PING")

    def test_every_token_issued_so_far(self):
        ann, now = self.user("ann"), int(time.time())
        undated = Client(self.server, ann)
        early = Client(self.server, ann, claims={"iat": now - 100, "sid": "a"})
        late = Client(self.server, ann, claims={"iat": now + 100, "sid": "b"})
        self.closes(2, self.revoke(ann))
        for client in (undated, early):
            self.ends(client, 4001, "SESSION_REVOKED")
        late.request("PING")
        self.refused(401, "SESSION_REVOKED", ann)
        self.refused(401, "SESSION_REVOKED", ann, iat=now)
        Client(self.server, ann, claims={"iat": now + 100, "sid": "c"}).request("PING")

    def test_tokens_issued_before_a_time(self):
        ann, now = self.user("ann"), int(time.time())
        ended = [Client(self.server, ann, claims={"iat": issued}) for issued in (now - 1001, now - 1000)]
        kept = Client(self.server, ann, claims={"iat": now - 999})
        self.closes(2, self.revoke(ann, issuedBefore=now - 1000))
        for client in ended:
            self.ends(client, 4001, "SESSION_REVOKED")
        kept.request("PING")
        self.refused(401, "SESSION_REVOKED", ann, iat=now - 1000)
        self.refused(401, "SESSION_REVOKED", ann)
        Client(self.server, ann, claims={"iat": now - 998.5}).request("PING")

    def test_until_it_ends(self):
        ann = self.user("ann")
        client = Client(self.server, ann, claims={"sid": "tab"})
        ends_at = int(time.time() * 1000) + 4000
        self.closes(1, self.revoke(ann, sessionId="tab", expiresAt=ends_at))
        self.ends(client, 4001, "SESSION_REVOKED")
        self.refused(401, "SESSION_REVOKED", ann, sid="tab")
        time.sleep(max(0, ends_at / 1000 - time.time()) + 0.01)
        kept = Client(self.server, ann, claims={"sid": "tab"})
        self.closes(0, self.revoke(ann, sessionId="tab", expiresAt=ends_at))  # over before it begins
        kept.request("PING")

    def test_a_revoked_token_does_not_refresh(self):
        ann = self.user("ann")
        client = Client(self.server, ann, claims={"sid": "good", "iat": int(time.time()) + 50})
        self.closes(0, self.revoke(ann, sessionId="bad"))
        self.closes(0, self.revoke(ann))
        for claims in ({"sid": "bad", "iat": int(time.time()) + 50}, {"sid": "good"}, {"sid": "good", "iat": 5}):
            error = client.request("AUTH_REFRESH", token=token(ann, **claims))
            self.assertEqual((error["type"], error["code"], error["retryable"]), ("ERROR", "SESSION_REVOKED", False))
        self.assertEqual(client.request("AUTH_REFRESH", token=token(ann, sid="good", iat=int(time.time()) + 60))["sessionId"],
                         "good")

    def test_nothing_is_delivered_any_more(self):
        ann, bob = Client(self.server, self.user("ann")), Client(self.server, self.user("bob"))
        self.closes(1, self.revoke(ann.user))
        bob.say(ann.user, "after it")
        self.ends(ann, 4001, "SESSION_REVOKED")
        again = Client(self.server, ann.user, claims={"iat": int(time.time()) + 100})
        self.assertEqual(again.resume()[1]["content"], "after it")  # it is kept for the next session

    def test_what_waits_for_a_reader_that_has_stalled_is_never_sent(self):
        ann, bob = Client(self.server, self.user("ann")), Client(self.server, self.user("bob"))
        ann.stream.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 17)  # more than a segment on loopback
        for _ in range(900):  # more than the buffers of the system take
            bob.say(ann.user, "x" * 9000)
        ann.send("MESSAGE_SEND", recipientId=bob.user, content="the reply to this waits behind")
        bob.wait("MESSAGE_RECEIVE", senderId=ann.user)
        self.closes(1, self.revoke(ann.user))
        closed = ann.closed()
        self.assertEqual((closed.code, closed.reason), (4001, "SESSION_REVOKED"))
        self.assertEqual(ann.waiting[-1]["code"], "SESSION_REVOKED")
        self.assertEqual({frame["type"] for frame in ann.waiting[:-1]} & {"MESSAGE_ACK"}, set())

    def test_who_keeps_coming_while_it_happens_does_not_stay(self):
        """Upgrades at every stage of their life when the revocation takes effect."""
        user, stop, survivors = self.user("ann"), threading.Event(), []

        def come_again():
            while not stop.is_set():
                try:
                    survivors.append(Client(self.server, user, hello=False, claims={"sid": "tab"}))
                except Refused as refused:
                    assert refused.response.body["code"] == "SESSION_REVOKED", refused
        threads = [threading.Thread(target=come_again) for _ in range(4)]
        for thread in threads:
            thread.start()
        time.sleep(0.3)
        closed = self.revoke(user, sessionId="tab").body["closed"]
        time.sleep(0.2)
        stop.set()
        for thread in threads:
            thread.join()
        self.assertGreater(closed, 4)
        self.assertEqual(len(survivors), closed)
        for client in survivors:
            client.wait("CONNECTION_ESTABLISHED")
            self.ends(client, 4001, "SESSION_REVOKED")


class Suspensions(ExclusionCase):
    OPTIONS = ExclusionCase.OPTIONS | {"PRESENCE_OFFLINE_GRACE_MS": 60000}

    def test_until_it_is_lifted(self):
        ann = self.user("ann/ä %")
        clients = [Client(self.server, ann, claims={"sid": sid, "iat": 5}) for sid in "ab"]
        self.closes(2, self.suspend(ann))
        for client in clients:
            self.ends(client, 4003, "ACCOUNT_SUSPENDED")
        self.refused(403, "ACCOUNT_SUSPENDED", ann, sid="c", iat=int(time.time()) + 100)
        Client(self.server, self.user("bob")).request("PING")
        self.closes(0, self.suspend(ann))
        self.lift(ann)
        Client(self.server, ann).request("PING")
        self.lift(ann)
        self.lift(self.user("nobody"))

    def test_revoked_and_suspended(self):
        ann = self.user("ann")
        self.suspend(ann)
        self.revoke(ann, sessionId="tab")
        self.refused(401, "SESSION_REVOKED", ann, sid="tab")
        self.refused(403, "ACCOUNT_SUSPENDED", ann, sid="other")

    def test_offline_at_once(self):
        """Although the client does not answer the close frame, and there is a grace of a minute."""
        ann, bob = Client(self.server, self.user("ann")), Client(self.server, self.user("bob"))
        ann.say(bob.user)
        bob.say(ann.user)
        bob.wait("PRESENCE_UPDATE", userId=ann.user, status="online")
        begun = time.monotonic()
        self.closes(1, self.suspend(ann.user))
        bob.wait("PRESENCE_UPDATE", userId=ann.user, status="offline")
        self.assertLess(time.monotonic() - begun, 1)


class Kept(ExclusionCase):
    @classmethod
    def setUpClass(cls):
        pass

    def exclude_all(self, server):
        self.server = server
        self.suspend("ann")
        self.suspend("lifted")
        self.lift("lifted")
        self.revoke("bob", sessionId="tab")
        self.revoke("carl", issuedBefore=1000)
        self.revoke("dora", sessionId="tab", expiresAt=int(time.time() * 1000) + 1)

    def check_all(self, server):
        self.refused(403, "ACCOUNT_SUSPENDED", "ann")
        self.refused(401, "SESSION_REVOKED", "bob", sid="tab")
        self.refused(401, "SESSION_REVOKED", "carl", iat=1000)
        for user, claims in (("lifted", {}), ("bob", {"sid": "new"}), ("carl", {"iat": 1001}), ("dora", {"sid": "tab"})):
            Client(server, user, claims=claims).close()

    def test_over_a_restart_and_a_crash(self):
        with Server(**self.OPTIONS) as server:
            self.exclude_all(server)
            server.restart()
            self.check_all(server)
            server.kill()
            server.start()
            self.check_all(server)
            self.lift("ann")
            server.kill()
            server.start()
            Client(server, "ann").close()

    def test_in_memory_as_long_as_the_process(self):
        with Server(WS_STORE="memory", **self.OPTIONS) as server:
            self.exclude_all(server)
            self.check_all(server)
            server.restart()
            Client(server, "ann").close()

    def test_what_cannot_be_stored_is_an_error(self):
        with TinyDisk(**self.OPTIONS) as server:
            self.server = server
            ann, bob = Client(server, "ann"), Client(server, "bob")
            for _ in range(500):
                if ann.request("MESSAGE_SEND", recipientId="bob", content=FILLER)["type"] != "MESSAGE_ACK":
                    break
            response = self.suspend("bob")
            self.assertEqual((response.status, response.body["code"]), (500, "INTERNAL_ERROR"))
            self.assertEqual(administer(server, "DELETE", "/v1/suspensions/bob").status, 500)
            bob.request("PING")  # it has no effect either
            server.grow()
            end = time.monotonic() + 10
            while (response := self.suspend("bob")).status != 200 and time.monotonic() < end:
                time.sleep(0.1)
            self.closes(1, response)


class Requests(ExclusionCase):
    def check(self, status, code, *request, **fields):
        response = administer(self.server, *request, **fields)
        self.assertEqual((response.status, response.body["code"]), (status, code), request)
        self.assertEqual(set(response.body), {"code", "message"})
        self.assertEqual(response.field("WWW-Authenticate"), "Bearer" if status == 401 else None)
        return response

    CHANGES = (("POST", "/v1/revocations", {"userId": "x"}), ("PUT", "/v1/suspensions/x"), ("DELETE", "/v1/suspensions/x"))

    def test_who_may(self):
        for request in self.CHANGES:
            self.check(403, "FORBIDDEN", *request, origin="http://127.0.0.1")
            for authorization in (None, "Bearer wrong", "Basic " + TOKEN, "Bearer " + TOKEN + "x"):
                self.check(401, "UNAUTHORIZED", *request, authorization=authorization)
        Client(self.server, "x").request("PING")

    def test_without_a_token_nobody_may(self):
        with Server() as server:
            self.server = server
            for request in self.CHANGES:
                self.check(403, "ADMIN_TOKEN_REQUIRED", *request)
                self.check(403, "ADMIN_TOKEN_REQUIRED", *request, authorization=None)
            Client(server, "x").request("PING")
        self.server = type(self).server

    def test_paths_and_methods(self):
        for target in ("/v1", "/v1/revocations/", "/v1/suspensions", "/v1/suspensions/", "/v1/suspensions/a/b"):
            self.check(404, "NOT_FOUND", "PUT", target)
        for method in ("GET", "PUT", "DELETE"):
            self.assertEqual(self.check(405, "METHOD_NOT_ALLOWED", method, "/v1/revocations").field("Allow"), "POST")
        for method in ("GET", "POST"):
            response = self.check(405, "METHOD_NOT_ALLOWED", method, "/v1/suspensions/x")
            self.assertEqual(response.field("Allow"), "PUT, DELETE")

    def test_malformed(self):
        for body in (b"", b"{", b"[]", b"null", b'{"userId":"x"}{}', b'{"userId":"x","userId":"x"}', b"\xff", b'{"userId":"\\ud800"}',
                     {}, {"userId": 5}, {"userId": ""}, {"userId": "x" * 129}, {"userId": "a\nb"}, {"userId": "x", "sessionId": None},
                     {"userId": "x", "sessionId": ""}, {"userId": "x", "issuedBefore": 1.5}, {"userId": "x", "issuedBefore": "5"},
                     {"userId": "x", "expiresAt": 2**53}, {"userId": "x", "expiresAt": None}, b'{"userId":"x","expiresAt":1e3}'):
            self.check(400, "BAD_REQUEST", "POST", "/v1/revocations", body)
        for name in ("%", "%4", "%zz", "%00", "%0a", "%ff", "x" * 129, "%c3"):
            for method in ("PUT", "DELETE"):
                self.check(400, "BAD_REQUEST", method, "/v1/suspensions/" + name)
        self.check(400, "BAD_REQUEST", "PUT", "/v1/suspensions/x", b"{")
        Client(self.server, "x").request("PING")

    def test_ids_of_every_kind(self):
        for name in ("x" * 128, "ä/ %?#+", "emoji 🎉", '"quoted\\"', "ü" * 64):
            client = Client(self.server, name)
            self.closes(1, self.suspend(name))
            self.ends(client, 4003, "ACCOUNT_SUSPENDED")
            self.lift(name)
            client = Client(self.server, name, claims={"sid": name})
            self.closes(1, self.revoke(name, sessionId=name, more="is ignored"))
            self.ends(client, 4001, "SESSION_REVOKED")

    def test_nothing_secret_is_logged(self):
        self.suspend("secretive")
        self.server.wait_for_line("account_suspended .*user=secretive")
        self.assertNotIn(TOKEN, self.server.log())


if __name__ == "__main__":
    unittest.main(warnings="ignore")
