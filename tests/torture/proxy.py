"""A TCP proxy that fails on command: between the devices and the server."""
import asyncio
import socket


class Half(asyncio.Protocol):
    """One of the two connections of a pair. What it receives goes to `other`."""

    def __init__(self, pair):
        self.pair, self.other, self.transport, self.waiting, self.cut_after = pair, None, None, [], None
        self.at_end = False  # the end was forwarded: nothing may follow

    def connection_made(self, transport):
        self.transport = transport
        transport.set_write_buffer_limits(high=65536)
        if self.pair.stalled:
            transport.pause_reading()

    def data_received(self, data):
        if self.cut_after is not None:  # in mid frame, most likely
            data, half_close = data[:self.cut_after], self.pair.half_close
            self.forward(data)
            self.cut_after = None
            return self.finish(half_close)
        self.forward(data)

    def forward(self, data):
        if self.other is None or self.other.transport is None:
            self.waiting.append(data)
        elif not self.at_end and not self.other.transport.is_closing():
            self.other.transport.write(data)

    def end(self):
        if not self.at_end and self.other is not None and self.other.transport is not None and not self.other.transport.is_closing():
            self.at_end = True
            self.other.transport.write_eof()

    def finish(self, half_close):
        if half_close:
            self.transport.pause_reading()  # whatever else comes this way is never forwarded
            self.end()
        else:
            self.pair.abort()

    def pause_writing(self):
        self.other.transport.pause_reading()

    def resume_writing(self):
        if not self.pair.stalled and not self.other.transport.is_closing():
            self.other.transport.resume_reading()

    def eof_received(self):
        self.end()
        return self.at_end

    def connection_lost(self, exc):
        self.pair.abort()


class Pair:
    def __init__(self, proxy):
        self.proxy, self.stalled, self.half_close = proxy, False, False
        self.near, self.far = Half(self), Half(self)
        self.near.other = self.far
        proxy.pairs.append(self)

    async def connect(self):
        try:
            loop, way = asyncio.get_running_loop(), socket.socket()
            way.setblocking(False)
            # Small buffers: that nobody reads is felt by the server, and not taken up by the kernel.
            way.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 1400)
            way.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
            try:
                await loop.sock_connect(way, ("127.0.0.1", self.proxy.target()))
            except OSError:
                way.close()
                raise
            await loop.create_connection(lambda: self.far, sock=way)
            self.far.other = self.near
            if self.near.transport.is_closing():
                return self.abort()
            for data in self.near.waiting:
                self.far.transport.write(data)
            self.near.waiting.clear()
        except OSError:
            self.abort()

    def accept(self):
        asyncio.ensure_future(self.connect())
        return self.near

    def halves(self):
        return [half for half in (self.near, self.far) if half.transport is not None and not half.transport.is_closing()]

    def abort(self):
        for half in self.halves():
            half.transport.abort()
        if self in self.proxy.pairs:
            self.proxy.pairs.remove(self)

    def stall(self, stalled):
        self.stalled = stalled
        for half in self.halves():
            half.transport.pause_reading() if stalled else half.transport.resume_reading()


class Proxy:
    def __init__(self, target):
        self.target, self.pairs, self.listener, self.port = target, [], None, None

    async def start(self):
        loop = asyncio.get_running_loop()
        self.listener = await loop.create_server(lambda: Pair(self).accept(), "127.0.0.1", 0, backlog=1024)
        self.port = self.listener.sockets[0].getsockname()[1]

    def some(self, chance, share):
        return [pair for pair in list(self.pairs) if chance.random() < share]

    def cut(self, chance, share):
        for pair in self.some(chance, share):
            pair.abort()

    def cut_in_frame(self, chance, share, half_close):
        for pair in self.some(chance, share):
            pair.half_close = half_close
            half = chance.choice((pair.near, pair.far))
            half.cut_after = chance.randrange(1, 40)

    def stall(self, chance, share):
        chosen = self.some(chance, share)
        for pair in chosen:
            pair.stall(True)
        return chosen

    def heal(self):
        for pair in list(self.pairs):
            if pair.stalled or pair.near.cut_after is not None or pair.far.cut_after is not None:
                pair.abort() if pair.half_close else pair.stall(False)
