#!/usr/bin/env python3
"""Options whose effect no other test shows on the wire; and that each option has such a test somewhere."""
import re
import subprocess
import tempfile
import time
import unittest

import jwt

from wsd_process import SOURCE, WSD, Server
from ws_client import Client, Closed, Refused, Socket, bearer

FILLER = "x" * 9000
# What shows an option that tests don't call by its name.
OTHER_NAMES = {"WS_LOG_RETENTION_DAYS": "age_max_ms"}


class Options(unittest.TestCase):
    def served(self, **options):
        return self.enterContext(Server(**options))

    def test_protocol_version_is_what_clients_are_told(self):
        client = Client(self.served(WS_PROTOCOL_VERSION="7.3.1-rc"), "ann")
        self.assertEqual(client.established["protocolVersion"], "7.3.1-rc")
        self.assertEqual(client.hello_ack["protocolVersion"], "7.3.1-rc")

    def test_any_origin_only_with_insecure(self):
        done = subprocess.run([WSD, "config", "check"], env={"JWT_SECRET": "x" * 32, "WS_ALLOWED_ORIGINS": "*"}, capture_output=True,
                              text=True, timeout=30, check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn("insecure", done.stderr)
        server = self.served(WS_ALLOWED_ORIGINS="*", WS_INSECURE="true")
        Client(server, "ann", origin="https://anywhere.example").request("PING")

    def test_algorithm_is_pinned(self):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(["openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", folder + "/key"],
                           check=True, capture_output=True)
            subprocess.run(["openssl", "pkey", "-in", folder + "/key", "-pubout", "-out", folder + "/public"], check=True)
            with open(folder + "/key", encoding="ascii") as file:
                key = file.read()
            tokens = {name: jwt.encode({"sub": "ann", "exp": int(time.time()) + 60}, key, algorithm=name) for name in ("RS256", "PS256")}
            for pinned, other in (("PS256", "RS256"), ("RS256", "PS256")):
                with Server(JWT_SECRET=None, JWT_PUBLIC_KEY_FILE=folder + "/public", JWT_ALGORITHM=pinned) as server:
                    Socket(server.port, authorization="Bearer " + tokens[pinned]).close()
                    with self.assertRaises(Refused) as refused:
                        Socket(server.port, authorization="Bearer " + tokens[other])
                    self.assertEqual(refused.exception.response.status, 401)

    def frames_until_warned(self, **options):
        client = Client(self.served(WS_RATE_LIMIT_MESSAGES=20, WS_RATE_LIMIT_WINDOW_MS=600000, **options), "ann")
        for count in range(1, 21):
            client.request("NO_SUCH")
            if any(frame["type"] == "RATE_LIMIT_WARNING" for frame in client.waiting):
                return count
        return None

    def test_warning_threshold(self):
        self.assertEqual(self.frames_until_warned(), 16)
        self.assertEqual(self.frames_until_warned(WS_RATE_LIMIT_WARNING_THRESHOLD="0.5"), 10)

    def test_violations_before_throttle(self):
        for allowed, refused in ((0, 0), (3, 2)):
            client = Client(self.served(WS_RATE_LIMIT_MESSAGES=10, WS_RATE_LIMIT_WINDOW_MS=3000,
                                        WS_VIOLATIONS_BEFORE_THROTTLE=allowed), "ann")
            for number in range(14):
                client.send("NO_SUCH", correlationId=str(number))
            client.wait(correlationId="13")
            errors = [frame for frame in client.waiting if frame.get("code") == "RATE_LIMIT_EXCEEDED"]
            self.assertEqual([error.get("throttled", False) for error in errors], [False] * refused + [True])

    def test_buffered_threshold_makes_a_slow_consumer(self):
        def ends(threshold):
            server = self.served(WS_BACKPRESSURE_BUFFERED_THRESHOLD=threshold, WS_BACKPRESSURE_MAX_OVERFLOWS=1,
                                 WS_BACKPRESSURE_STALL_MS=200, WS_BACKPRESSURE_THRESHOLD=1000000, WS_BACKPRESSURE_MAX_QUEUE=1000000)
            reader = Client(server, "ann")
            for _ in range(30):
                reader.say("bob", FILLER)
            for _ in range(80):  # each answer has 256 KiB, all of them more than the buffers of both systems take
                reader.send("HISTORY", chatId="dm:ann:bob")
            time.sleep(1.0)
            try:
                while True:
                    reader.next_arrival(timeout=2)
            except TimeoutError:
                return None
            except Closed as closed:
                return closed.code
        self.assertEqual(ends(65536), 1013)
        self.assertIsNone(ends(1000000000))

    def test_every_option_is_in_some_test(self):
        shown = subprocess.run([WSD, "config", "default"], capture_output=True, text=True, timeout=30, check=True).stdout
        variables = re.findall(r"# Variable ([A-Z_]+)[,;]", shown)
        self.assertGreater(len(variables), 60)
        tests = [path for pattern in ("integration/*.py", "unit/[!c]*/*.cpp", "contract/*.cpp", "simulation/*.cpp", "torture/*.py")
                 for path in SOURCE.glob("tests/" + pattern)]
        text = "\n".join(path.read_text() for path in tests)
        missing = []
        for variable in variables:
            flag = variable.removeprefix("WS_").lower()
            # As a variable, a flag, a member of the settings, or what the log makes of it.
            names = (rf"\b{variable}\b", rf"--{flag.replace('_', '-')}\b", rf"\.{flag}\b", rf"\b{OTHER_NAMES.get(variable, variable)}\b")
            if not any(re.search(name, text) for name in names):
                missing.append(variable)
        self.assertEqual(missing, [])


if __name__ == "__main__":
    unittest.main(warnings="ignore")
