// A bare relay on the npm package `ws`, for comparison: it speaks as much of the protocol as wsload needs, without
// tokens, limits, storage or receipts. Usage: ws_relay.mjs PORT. NODE_PATH or the working directory finds `ws`.
import { createRequire } from 'node:module';
import { join } from 'node:path';

const { WebSocketServer } = createRequire(join(process.cwd(), 'x.js'))('ws');
const users = new Map(); // user → {socket, seq}
let messages = 0;

const userOf = (cookie) => {
    const claims = JSON.parse(Buffer.from(cookie.split('token=')[1].split('.')[1], 'base64url').toString());
    return claims.userId ?? claims.user_id ?? claims.sub;
};
const uuid = (n) => `00000000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;

new WebSocketServer({ port: Number(process.argv[2]), host: '127.0.0.1', perMessageDeflate: false }).on('connection', (socket, request) => {
    const id = userOf(request.headers.cookie);
    const me = { socket, seq: users.get(id)?.seq ?? 0 };
    users.set(id, me);
    socket.send(JSON.stringify({ type: 'CONNECTION_ESTABLISHED', userId: id, connectionId: 'c', sessionId: 'default', isReconnect: false, connectionCount: 1, protocolVersion: '1.0.0', timestamp: Date.now() }));
    socket.on('message', (data) => {
        const frame = JSON.parse(data);
        if (frame.type === 'HELLO') {
            socket.send(JSON.stringify({ type: 'HELLO_ACK', version: 1, protocolVersion: '1.0.0', connectionId: 'c', sessionId: 'default', epoch: 'e', head: me.seq, floor: 1, heartbeatMs: 30000, caps: frame.caps ?? [], limits: { maxPayloadBytes: 1048576, maxContentLength: 10000, rateMessages: 1000000, rateWindowMs: 60000 }, serverTime: Date.now() }));
            socket.send(JSON.stringify({ type: 'PRESENCE_SNAPSHOT', users: {}, timestamp: Date.now() }));
            return;
        }
        if (frame.type !== 'MESSAGE_SEND') return;
        const now = Date.now();
        const messageId = uuid(++messages);
        const recipientId = frame.recipientId;
        const chatId = id < recipientId ? `dm:${id}:${recipientId}` : `dm:${recipientId}:${id}`;
        const common = { messageId, chatId, chatSeq: messages, senderId: id, recipientId, content: frame.content, timestamp: now, state: 'sent' };
        const peer = users.get(recipientId);
        if (peer !== undefined) peer.socket.send(JSON.stringify({ type: 'MESSAGE_RECEIVE', seq: ++peer.seq, ...common }));
        socket.send(JSON.stringify({ type: 'MESSAGE_ACK', ...(frame.correlationId !== undefined && { correlationId: frame.correlationId }), messageId, clientMessageId: frame.clientMessageId, clientMsgId: frame.clientMessageId, chatId, seq: ++me.seq, chatSeq: messages, recipientId, status: 'PERSISTED', state: 'sent', durability: 'memory', serverTs: now, timestamp: now, message: { id: messageId, senderId: id, recipientId, content: frame.content, createdAt: now, state: 'sent' } }));
    });
});
