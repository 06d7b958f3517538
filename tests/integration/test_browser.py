#!/usr/bin/env python3
"""The demonstration page in Chromium: a client that we did not write the WebSocket layer of. Skipped without Chromium."""
import asyncio
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

import websockets

from ws_client import PATIENCE, exchange, upgrade_request
from wsd_process import Server, ServerCase, token

CHROMIUM = shutil.which("chromium")


class Page:
    """One tab, driven by the Chrome DevTools protocol. What goes wrong in it is collected in `faults`, what it asks for in
    `requests`."""

    def __init__(self, wire, session):
        self.wire, self.session, self.faults, self.requests = wire, session, [], []

    async def run(self, script):
        """The value of an expression in the page."""
        done = await self.wire.call("Runtime.evaluate", self.session, expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in done:
            raise AssertionError(done["exceptionDetails"])
        return done["result"].get("value")

    async def until(self, script, what):
        for _ in range(int(PATIENCE * 50)):
            if await self.run(script):
                return
            await asyncio.sleep(0.02)
        raise AssertionError(f"{what}; page: {await self.run('document.body.innerText')}; faults: {self.faults}")

    async def open_chat(self, name):
        await self.run(f"page('to').value = {json.dumps(name)}; page('open').requestSubmit()")

    async def write(self, text):
        await self.run(f"page('text').value = {json.dumps(text)}; page('send').requestSubmit()")

    async def shows(self, *lines):
        """The open chat shows exactly these lines."""
        await self.until(f"JSON.stringify([...document.querySelectorAll('#log p')].map(p => p.textContent)) === "
                         f"JSON.stringify({json.dumps(lines)})", f"not {lines}")


class Browser:
    async def __aenter__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.process = subprocess.Popen(
            [CHROMIUM, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", "--remote-debugging-port=0",
             "--user-data-dir=" + self.folder.name, "about:blank"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        place = pathlib.Path(self.folder.name) / "DevToolsActivePort"
        for _ in range(int(PATIENCE * 20)):
            if place.exists() and len(place.read_text().split()) == 2:
                break
            await asyncio.sleep(0.05)
        port, path = place.read_text().split()
        self.socket = await websockets.connect(f"ws://127.0.0.1:{port}{path}", max_size=None)
        self.counter, self.waiting, self.pages = 0, {}, {}
        self.reader = asyncio.create_task(self.read())
        return self

    async def __aexit__(self, *_):
        self.reader.cancel()
        await self.socket.close()
        self.process.terminate()
        self.process.wait(PATIENCE)
        shutil.rmtree(self.folder.name, ignore_errors=True)  # its helpers may still be writing
        self.folder.cleanup()

    async def read(self):
        async for text in self.socket:
            said = json.loads(text)
            if "id" in said:
                self.waiting.pop(said["id"]).set_result(said)
            elif said["method"] in ("Runtime.exceptionThrown", "Log.entryAdded"):
                page = self.pages.get(said.get("sessionId"))
                level = said["params"].get("entry", {}).get("level", "error")
                if page and level == "error":
                    page.faults.append(said["params"])
            elif said["method"] == "Network.requestWillBeSent":
                self.pages[said["sessionId"]].requests.append(said["params"]["request"]["url"])

    async def call(self, method, session=None, **parameters):
        self.counter += 1
        self.waiting[self.counter] = asyncio.get_running_loop().create_future()
        frame = {"id": self.counter, "method": method, "params": parameters}
        answer = self.waiting[self.counter]
        await self.socket.send(json.dumps(frame | ({"sessionId": session} if session else {})))
        said = await asyncio.wait_for(answer, PATIENCE)
        if "error" in said:
            raise AssertionError(said["error"])
        return said["result"]

    async def open(self, url):
        """A tab with a storage of its own."""
        context = (await self.call("Target.createBrowserContext"))["browserContextId"]
        target = (await self.call("Target.createTarget", url="about:blank", browserContextId=context))["targetId"]
        session = (await self.call("Target.attachToTarget", targetId=target, flatten=True))["sessionId"]
        page = self.pages[session] = Page(self, session)
        for domain in ("Runtime", "Log", "Page", "Network"):
            await self.call(domain + ".enable", session)
        await self.call("Emulation.setFocusEmulationEnabled", session, enabled=True)
        await self.call("Page.navigate", session, url=url)
        return page


@unittest.skipUnless(CHROMIUM, "no chromium")
class Demonstration(unittest.IsolatedAsyncioTestCase):
    async def test_two_tabs_chat_lose_nothing_in_a_cut_and_find_everything_after_a_reload(self):
        with Server(WS_DEV="true", WS_LOG_LEVEL="debug") as server:
            async with Browser() as browser:
                pages = {}
                for user in ("alice", "bob"):
                    address = f"http://127.0.0.1:{server.port}/dev/#{token(user)}"
                    pages[user] = await browser.open(address)
                    await pages[user].until("document.getElementById('state')?.textContent === 'online'", "not online")
                alice, bob = pages["alice"], pages["bob"]
                await alice.open_chat("bob")
                await alice.write("hello <b>bob</b>")
                await bob.until("[...document.querySelectorAll('nav button')].some(b => b.textContent === 'alice')", "no chat")
                await alice.shows("alicehello <b>bob</b> ✓✓")
                await bob.open_chat("alice")
                await bob.shows("alicehello <b>bob</b>")
                await alice.shows("alicehello <b>bob</b> ✓✓ read")

                await bob.run("page('cut').click()")
                await bob.until("socket.readyState !== WebSocket.OPEN", "still open")
                for number in range(3):
                    await alice.write(f"while you were away {number}")
                away = [f"while you were away {number}" for number in range(3)]
                await bob.shows("alicehello <b>bob</b>", *("alice" + text for text in away))
                await alice.shows(*("alice" + text + " ✓✓ read" for text in ("hello <b>bob</b>", *away)))
                self.assertEqual(len(await bob.run("Object.values(kept.messages[current])")), 4)

                await browser.call("Page.reload", bob.session)
                await bob.until("document.getElementById('state')?.textContent === 'online'", "not online again")
                await bob.open_chat("alice")
                await bob.shows("alicehello <b>bob</b>", *("alice" + text for text in away))
                await bob.write("back")
                await alice.until("document.querySelector('#log').textContent.includes('bobback')", "no reply")

                for page in (alice, bob):
                    await page.open_chat("#garden")
                await bob.until("kept.rooms['room:garden']", "not in the room")
                await alice.write("in the garden")
                await bob.shows("alicein the garden")
                for page in (alice, bob):
                    self.assertEqual(page.faults, [])


class Serving(ServerCase):
    OPTIONS = {"WS_DEV": "true"}

    def page(self, port):
        return exchange(port, b"GET /dev/ HTTP/1.1\r\nHost: a\r\n\r\n")

    def test_only_dev_serves_it(self):
        response = self.page(self.server.port)
        self.assertEqual((response.status, response.field("Content-Type")), (200, "text/html; charset=utf-8"))
        self.assertIn(b"<title>wsd</title>", response.raw_body)
        with Server() as server:
            self.assertEqual(self.page(server.port).status, 404)

    def test_the_websocket_is_where_it_was(self):
        self.assertEqual(exchange(self.server.port, upgrade_request("/dev/x")).status, 404)
        self.assertEqual(exchange(self.server.port, upgrade_request("/ws")).status, 401)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[1:]])
