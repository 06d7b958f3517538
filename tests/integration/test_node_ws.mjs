// Clients of another language and another library: npm's ws.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import WebSocket from 'ws';

const secret = 'a secret of the tests, long enough for HS256';
const patience = 20_000;

function token(userId) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ userId, exp: Math.floor(Date.now() / 1000) + 600 })}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

async function startServer(folder) {
  const process_ = spawn(process.env.WSD_BIN, [], {
    env: { JWT_SECRET: secret, PORT: '0', WS_ADMIN_HOST: 'off', WS_DATA_DIR: join(folder, 'data') },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const port = await new Promise((resolve, reject) => {
    process_.once('exit', (code) => reject(new Error(`ended with status ${code}`)));
    process_.once('error', reject);
    createInterface(process_.stderr).on('line', (line) => {
      const found = /listening .*?\bport=(\d+)/.exec(line);
      if (found) resolve(Number(found[1]));
    });
  });
  const ended = new Promise((resolve) => process_.once('exit', resolve));
  return { port, stop: () => (process_.kill('SIGTERM'), ended), kill: () => process_.kill('SIGKILL') };
}

class Client {
  constructor(port, user, how) {
    const url = `ws://127.0.0.1:${port}/ws`;
    const bearer = { headers: { Authorization: `Bearer ${token(user)}` } };
    const cookie = { headers: { Cookie: `token=${token(user)}` } };
    this.frames = [];
    this.socket = how === 'subprotocol' ? new WebSocket(url, ['wsd.v1', `wsd.bearer.${token(user)}`])
      : new WebSocket(url, how === 'cookie' ? cookie : bearer);
    this.closed = new Promise((resolve) => this.socket.once('close', (code, reason) => resolve([code, String(reason)])));
    this.socket.on('message', (text) => {
      this.frames.push(JSON.parse(text));
      this.arrived?.();
    });
    this.socket.on('error', (error) => { this.fault = error; this.arrived?.(); });
  }

  send(frame) { this.socket.send(JSON.stringify(frame)); }

  // Takes the first frame with these members; others stay.
  async wait(wanted) {
    const fits = (frame) => Object.entries(wanted).every(([name, value]) => frame[name] === value);
    for (const end = Date.now() + patience; ;) {
      const index = this.frames.findIndex(fits);
      if (index >= 0) return this.frames.splice(index, 1)[0];
      assert.ifError(this.fault);
      assert.ok(Date.now() < end, `no ${JSON.stringify(wanted)} among ${JSON.stringify(this.frames)}`);
      let timer;
      await new Promise((resolve) => { this.arrived = resolve; timer = setTimeout(resolve, 500); });
      clearTimeout(timer);
    }
  }

  async hello(fields = {}) {
    await this.wait({ type: 'CONNECTION_ESTABLISHED' });
    this.send({ type: 'HELLO', version: 1, caps: ['seq', 'cumack'], ...fields });
    return this.wait({ type: 'HELLO_ACK' });
  }
}

const folder = mkdtempSync(join(tmpdir(), 'wsd-test-'));
const server = await startServer(folder);
let passed = 0;
try {
  const alice = new Client(server.port, 'alice', 'subprotocol');
  const bob = new Client(server.port, 'bob', 'cookie');
  await alice.hello();
  const { epoch } = await bob.hello({ deviceId: 'phone' });
  assert.equal(alice.socket.protocol, 'wsd.v1');
  assert.equal(alice.socket.extensions, '');
  passed += 1;

  alice.send({ type: 'MESSAGE_SEND', recipientId: 'bob', content: 'héllo 👋', clientMessageId: 'a1', correlationId: 'x' });
  const ack = await alice.wait({ type: 'MESSAGE_ACK', correlationId: 'x' });
  const got = await bob.wait({ type: 'MESSAGE_RECEIVE', messageId: ack.messageId });
  assert.equal(got.content, 'héllo 👋');
  assert.equal(ack.durability, 'fsync');
  bob.send({ type: 'MESSAGE_SEND', recipientId: 'alice', content: 'and you?' });
  assert.equal((await alice.wait({ type: 'MESSAGE_RECEIVE', senderId: 'bob' })).chatSeq, 2);
  passed += 1;

  bob.send({ type: 'MESSAGE_ACK', upTo: got.seq });
  assert.equal((await alice.wait({ type: 'MESSAGE_STATE_UPDATE', messageId: ack.messageId })).state, 'delivered');
  bob.send({ type: 'MESSAGE_READ', messageId: ack.messageId });
  assert.equal((await alice.wait({ type: 'MESSAGE_STATE_UPDATE', messageId: ack.messageId })).state, 'read');
  passed += 1;

  bob.socket.terminate(); // no close frame
  await bob.closed;
  for (let number = 0; number < 20; number += 1) {
    alice.send({ type: 'MESSAGE_SEND', recipientId: 'bob', content: `while away ${number}` });
  }
  await alice.wait({ type: 'MESSAGE_ACK', seq: 22 });
  const again = new Client(server.port, 'bob', 'bearer');
  const head = (await again.hello({ deviceId: 'phone', resume: { epoch, seq: 2 } })).head;
  assert.equal(head, 22);
  const start = await again.wait({ type: 'RESYNC_START' });
  assert.deepEqual([start.mode, start.from, start.to, start.count], ['exact', 3, 22, 20]);
  for (let number = 0; number < 20; number += 1) {
    const frame = await again.wait({ type: 'MESSAGE_RECEIVE' });
    assert.deepEqual([frame.content, frame.seq, frame.isReplay], [`while away ${number}`, number + 3, true]);
  }
  assert.equal((await again.wait({ type: 'RESYNC_COMPLETE' })).complete, true);
  passed += 1;

  alice.socket.close(1000);
  assert.equal((await alice.closed)[0], 1000);
  const stopped = server.stop();
  await again.wait({ type: 'SERVER_SHUTDOWN' });
  assert.deepEqual(await again.closed, [1001, 'SERVER_SHUTDOWN']);
  assert.equal(await stopped, 0);
  passed += 1;
  console.log(`${passed} steps passed`);
} finally {
  server.kill();
  rmSync(folder, { recursive: true, force: true });
}
