#!/usr/bin/env python3
"""Direct messages and receipts between live connections, and what a repeated send does."""
import asyncio
import json
import re
import threading
import unittest

import websockets

from ws_client import Client
from wsd_process import Server, ServerCase, token


class ChatCase(ServerCase):
    def client(self, name, **options):
        return Client(self.server, self.user(name), **options)

    def pair(self, **options):
        return self.client("ann", **options), self.client("bob", **options)

    def error(self, frame, kind, code, retryable=False, **fields):
        self.assertEqual((frame["type"], frame.get("code"), frame.get("retryable")), (kind, code, retryable), frame)
        self.assertEqual(frame["message"], frame["error"])
        self.assertEqual({key: frame.get(key) for key in fields}, fields)


class Sending(ChatCase):
    def test_what_a_send_causes(self):
        ann, bob = self.pair()
        ack = ann.request("MESSAGE_SEND", recipientId=bob.user, content="hi", clientMessageId="c1")
        chat = f"dm:{ann.user}:{bob.user}"
        self.assertEqual({key: ack[key] for key in ack if key not in ("timestamp", "serverTs", "messageId", "message")},
                         {"type": "MESSAGE_ACK", "correlationId": ack["correlationId"], "clientMessageId": "c1",
                          "clientMsgId": "c1", "chatId": chat, "seq": 1, "chatSeq": 1, "recipientId": bob.user,
                          "status": "PERSISTED", "state": "sent", "durability": "os"})
        self.assertEqual(ack["message"], {"id": ack["messageId"], "senderId": ann.user, "recipientId": bob.user, "content": "hi",
                                          "createdAt": ack["timestamp"], "state": "sent"})
        expected = {"type": "MESSAGE_RECEIVE", "seq": 1, "messageId": ack["messageId"], "chatId": chat, "chatSeq": 1,
                    "senderId": ann.user, "recipientId": bob.user, "content": "hi", "timestamp": ack["timestamp"],
                    "state": "sent"}
        self.assertEqual(bob.wait("MESSAGE_RECEIVE"), expected)
        self.assertEqual(ann.wait("MESSAGE_RECEIVE"), expected | {"clientMessageId": "c1"})

    def test_all_devices_of_both_see_one_order(self):
        anns = [self.client("ann", device=f"d{number}") for number in range(3)]
        bobs = [self.client("bob", device=f"d{number}") for number in range(3)]
        for number in range(30):
            sender = (anns + bobs)[number % 6]
            sender.send("MESSAGE_SEND", recipientId=self.user("bob" if sender in anns else "ann"), content=str(number))
        orders = []
        for client in anns + bobs:
            frames = [client.wait("MESSAGE_RECEIVE") for _ in range(30)]
            self.assertEqual([frame["seq"] for frame in frames], list(range(1, 31)))
            self.assertEqual([frame["chatSeq"] for frame in frames], list(range(1, 31)))
            orders.append([frame["messageId"] for frame in frames])
        self.assertEqual(orders, [orders[0]] * 6)
        self.assertEqual(orders[0], sorted(orders[0]))

    def test_recipient_offline_is_told_once_to_those_in_its_audience(self):
        ann, bob = self.pair()
        ann.say(bob.user)
        bob.say(ann.user)  # both wrote: they are contacts
        ann.wait("PRESENCE_UPDATE", status="online", userId=bob.user)
        bob.close()
        ann.wait("PRESENCE_UPDATE", status="offline", userId=bob.user)
        ack = ann.say(bob.user)
        status = ann.wait("DELIVERY_STATUS")
        self.assertEqual({key: status[key] for key in ("messageId", "recipientId", "status")},
                         {"messageId": ack["messageId"], "recipientId": bob.user, "status": "RECIPIENT_OFFLINE"})

    def test_noecho(self):
        ann, bob = self.client("ann", caps=["noecho"]), self.client("bob", caps=["noecho"])
        for number in range(3):
            self.assertEqual(ann.say(bob.user)["seq"], number + 1)
            bob.wait("MESSAGE_RECEIVE", seq=number + 1)
        self.assertEqual(bob.say(ann.user)["seq"], 4)
        self.assertEqual(ann.wait("MESSAGE_RECEIVE")["seq"], 4)
        other = self.client("ann")
        self.assertEqual(ann.say(bob.user)["seq"], 5)
        self.assertEqual(other.wait("MESSAGE_RECEIVE")["seq"], 5)
        self.assertNotIn("MESSAGE_RECEIVE", [frame["type"] for frame in ann.settle()])

    def test_content_arrives_as_it_was_sent(self):
        ann, bob = self.pair()
        for content in ("é", "e\u0301", "\u0000", '"\\/\b\f\n\r\t', "😀" * 10000, "\u2028\u2029\ufeff\uffff", " x ", "</script>"):
            with self.subTest(content[:20]):
                self.assertEqual(ann.say(bob.user, content)["message"]["content"], content)
                self.assertEqual(bob.wait("MESSAGE_RECEIVE")["content"], content)

    def test_content_that_is_refused(self):
        ann, bob = self.pair()
        for content in (" ", "\t\n\r\u000b\u000c", "\u0085\u00a0\u1680\u2000\u2028\u2029\u202f\u205f\u3000"):
            with self.subTest(content):
                reply = ann.request("MESSAGE_SEND", recipientId=bob.user, content=content, clientMessageId="c")
                self.error(reply, "MESSAGE_NACK", "VALIDATION_ERROR", clientMessageId="c", clientMsgId="c")
        reply = ann.request("MESSAGE_SEND", recipientId=ann.user, content="x")
        self.error(reply, "MESSAGE_NACK", "VALIDATION_ERROR")
        for fields in ({"content": ""}, {"content": "x" * 10001}, {"content": None}, {"content": 7}, {}, {"content": ["x"]}):
            with self.subTest(str(fields)[:40]):
                reply = ann.request("MESSAGE_SEND", recipientId=bob.user, **fields)
                self.error(reply, "MESSAGE_ERROR", "INVALID_PAYLOAD")
                self.assertIn("content", reply["details"])
        for fields in ({"recipientId": ""}, {"recipientId": "b" * 129}, {"recipientId": "ß" * 65}, {"recipientId": "a\nb"},
                       {"recipientId": None}, {}, {"recipientId": bob.user, "roomId": "r"},
                       {"recipientId": bob.user, "groupId": "r"}, {"recipientId": bob.user, "roomChatId": "r"},
                       {"recipientId": bob.user, "clientMessageId": ""}, {"recipientId": bob.user, "clientMessageId": 7},
                       {"recipientId": bob.user, "clientMessageId": "c" * 129},
                       {"recipientId": bob.user, "clientMessageId": None}):
            with self.subTest(str(fields)[:60]):
                self.error(ann.request("MESSAGE_SEND", content="x", **fields), "MESSAGE_ERROR", "INVALID_PAYLOAD")
        self.assertEqual(ann.say(bob.user, "first")["seq"], 1)
        self.assertEqual(bob.wait("MESSAGE_RECEIVE")["content"], "first")

    def test_chat_ids_escape_their_users(self):
        ann = self.client("ann")
        other = "%a:b"
        chat = ann.say(other)["chatId"]
        first, second = sorted([ann.user, other])
        escape = str.maketrans({"%": "%25", ":": "%3A"})
        self.assertEqual(chat, f"dm:{first.translate(escape)}:{second.translate(escape)}")

    def test_a_burst_of_1000_sends(self):
        ann, bob = self.pair()
        def write():
            for number in range(1000):
                ann.send("MESSAGE_SEND", recipientId=bob.user, content=f"{number}", correlationId=f"{number}")
        writer = threading.Thread(target=write)
        writer.start()
        acks = [ann.wait("MESSAGE_ACK") for _ in range(1000)]
        writer.join()
        self.assertEqual([ack["correlationId"] for ack in acks], [str(number) for number in range(1000)])
        received = [bob.wait("MESSAGE_RECEIVE") for _ in range(1000)]
        self.assertEqual([frame["content"] for frame in received], [str(number) for number in range(1000)])

    def test_a_client_of_the_websockets_library(self):
        async def chat():
            async def connect(user):
                url = f"ws://127.0.0.1:{self.server.port}/ws"
                socket = await websockets.connect(url, subprotocols=["wsd.v1", "wsd.bearer." + token(user)])
                await socket.recv()
                await socket.send('{"type":"HELLO","version":1}')
                while json.loads(await socket.recv())["type"] != "PRESENCE_SNAPSHOT":
                    pass
                return socket
            ann, bob = await connect(self.user("ann")), await connect(self.user("bob"))
            await ann.send(json.dumps({"type": "MESSAGE_SEND", "recipientId": self.user("bob"), "content": "hello"}))
            self.assertEqual(json.loads(await bob.recv())["content"], "hello")
            await ann.close()
            await bob.close()
        asyncio.run(asyncio.wait_for(chat(), 20))


class Receipts(ChatCase):
    def delivered(self, **options):
        """ann wrote a message to bob, who has it live."""
        ann, bob = self.client("ann", **options), self.client("bob", caps=["seq"])
        message = ann.say(bob.user)["messageId"]
        bob.wait("MESSAGE_RECEIVE")
        ann.wait("MESSAGE_RECEIVE")
        return ann, bob, message

    def reply(self, frame, kind, state, already):
        self.assertEqual((frame["type"], frame["state"], frame["success"]), (kind, state, True), frame)
        self.assertEqual(frame.get("alreadyInState", False), already)

    def notices(self, client, fence):
        """Kinds of the notices that came before an event that `fence` causes."""
        fence.say(client.user, "fence")
        client.wait("MESSAGE_RECEIVE", content="fence")
        frames, client.waiting = client.waiting, []
        return [frame for frame in frames if frame["type"] not in ("PRESENCE_UPDATE", "MESSAGE_RECEIVE")]

    def test_every_way_to_confirm(self):
        for kind, answer, extra in (("MESSAGE_ACK", "MESSAGE_ACK", {}), ("MESSAGE_DELIVERED_CONFIRM", "MESSAGE_ACK", {}),
                                    ("CLIENT_ACK", "ACK_RESPONSE", {"ackType": "delivered"})):
            with self.subTest(kind):
                _, bob, message = self.delivered()
                self.reply(bob.request(kind, messageId=message, **extra), answer, "delivered", False)
                self.reply(bob.request(kind, messageId=message, **extra), answer, "delivered", True)
        for kind, answer, extra in (("MESSAGE_READ", "MESSAGE_ACK", {}), ("MESSAGE_READ_CONFIRM", "MESSAGE_ACK", {}),
                                    ("CLIENT_ACK", "ACK_RESPONSE", {"ackType": "read"})):
            with self.subTest(kind + " read"):
                _, bob, message = self.delivered()
                error = "ACK_ERROR" if kind == "CLIENT_ACK" else "MESSAGE_ERROR"
                self.error(bob.request(kind, messageId=message, **extra), error, "INVALID_TRANSITION", retryable=True,
                           currentState="sent", messageId=message)
                bob.request("MESSAGE_ACK", messageId=message)
                self.reply(bob.request(kind, messageId=message, **extra), answer, "read", False)
                self.reply(bob.request(kind, messageId=message, **extra), answer, "read", True)
                self.reply(bob.request("MESSAGE_ACK", messageId=message), "MESSAGE_ACK", "read", True)

    def test_notices_to_old_clients(self):
        ann, bob, message = self.delivered()
        bob.request("MESSAGE_ACK", messageId=message)
        bob.request("MESSAGE_ACK", messageId=message)
        notices = self.notices(ann, bob)
        self.assertEqual(sorted(frame["type"] for frame in notices), ["DELIVERY_STATUS", "MESSAGE_ACK", "MESSAGE_STATE_UPDATE"])
        for frame in notices:
            self.assertEqual(frame["messageId"], message)
            self.assertNotIn("correlationId", frame)
            if frame["type"] == "DELIVERY_STATUS":
                self.assertEqual((frame["status"], frame["recipientId"]), ("DELIVERED", bob.user))
            else:
                self.assertEqual((frame["state"], frame["roomId"], frame["roomMessageId"]), ("delivered", None, None))
        bob.request("MESSAGE_READ", messageId=message)
        notices = self.notices(ann, bob)
        self.assertEqual(sorted(frame["type"] for frame in notices), ["MESSAGE_READ", "MESSAGE_STATE_UPDATE"])
        self.assertEqual({frame["state"] for frame in notices}, {"read"})

    def test_notices_to_new_clients_on_all_connections(self):
        ann, bob, message = self.delivered(caps=["seq"])
        tab = self.client("ann", caps=["seq"])
        bob.request("MESSAGE_ACK", upTo=1)
        bob.request("MESSAGE_READ", messageId=message)
        for client in (ann, tab):
            notices = self.notices(client, bob)
            self.assertEqual([(frame["type"], frame["state"]) for frame in notices],
                             [("MESSAGE_STATE_UPDATE", "delivered"), ("MESSAGE_STATE_UPDATE", "read")])

    def test_read_state_to_the_readers_other_connections(self):
        ann, bob, message = self.delivered()
        tab = self.client("bob", caps=["seq"])
        bob.request("MESSAGE_ACK", messageId=message)
        bob.request("MESSAGE_READ", messageId=message)
        state = tab.wait("READ_STATE")
        self.assertEqual((state["chatId"], state["readChatSeq"]), (f"dm:{ann.user}:{bob.user}", 1))
        self.assertNotIn("READ_STATE", [frame["type"] for frame in bob.settle()])

    def test_cumulative_confirmation(self):
        ann, bob = self.client("ann", caps=["seq"]), self.client("bob", caps=["seq", "cumack"], device="d")
        messages = [ann.say(bob.user, str(number))["messageId"] for number in range(5)]
        bob.wait("MESSAGE_RECEIVE", seq=5)
        reply = bob.request("MESSAGE_ACK", upTo=3)
        self.reply(reply, "MESSAGE_ACK", "delivered", False)
        self.assertEqual(reply["upTo"], 3)
        changed = [ann.wait("MESSAGE_STATE_UPDATE")["messageId"] for _ in range(3)]
        self.assertEqual(changed, messages[:3])
        self.error(bob.request("MESSAGE_ACK", upTo=6), "MESSAGE_ERROR", "CURSOR_AHEAD")
        self.error(bob.request("MESSAGE_READ", messageId=messages[3]), "MESSAGE_ERROR", "INVALID_TRANSITION", retryable=True)
        self.assertIs(bob.request("MESSAGE_ACK", upTo=2).get("alreadyInState"), True)
        self.assertNotIn("alreadyInState", bob.request("MESSAGE_ACK", upTo=5))
        self.assertIs(bob.request("MESSAGE_ACK", upTo=5).get("alreadyInState"), True)
        changed = [ann.wait("MESSAGE_STATE_UPDATE")["messageId"] for _ in range(2)]
        self.assertEqual(changed, messages[3:])
        self.assertEqual(self.notices(ann, bob), [])

    def test_receipts_that_are_refused(self):
        ann, bob, message = self.delivered()
        eve = self.client("eve")
        never = "019ee99e-0d70-702a-8a10-00000000002a"
        for kind in ("MESSAGE_ACK", "MESSAGE_DELIVERED_CONFIRM", "MESSAGE_READ", "MESSAGE_READ_CONFIRM", "CLIENT_ACK"):
            with self.subTest(kind):
                extra = {"ackType": "delivered"} if kind == "CLIENT_ACK" else {}
                error = "ACK_ERROR" if kind == "CLIENT_ACK" else "MESSAGE_ERROR"
                self.error(ann.request(kind, messageId=message, **extra), error, "NOT_AUTHORIZED", messageId=message)
                hidden = eve.request(kind, messageId=message, **extra)
                unknown = eve.request(kind, messageId=never, **extra)
                self.error(hidden, error, "MESSAGE_NOT_FOUND", messageId=message)
                self.error(bob.request(kind, messageId="x", **extra), error, "MESSAGE_NOT_FOUND", messageId="x")
                same = [{key: frame[key] for key in frame if key not in ("correlationId", "messageId")}
                        for frame in (hidden, unknown)]
                self.assertEqual(same[0], same[1])
                for fields in ({}, {"messageId": ""}, {"messageId": 7}, {"messageId": None}):
                    self.error(bob.request(kind, **fields, **extra), "MESSAGE_ERROR", "INVALID_PAYLOAD")
        for fields in ({"messageId": message, "upTo": 1}, {"upTo": -1}, {"upTo": "1"}, {"upTo": 1.5}):
            self.error(bob.request("MESSAGE_ACK", **fields), "MESSAGE_ERROR", "INVALID_PAYLOAD")
        for fields in ({}, {"ackType": "seen"}, {"ackType": ""}):
            self.error(bob.request("CLIENT_ACK", messageId=message, **fields), "ACK_ERROR", "INVALID_ACK_TYPE")
        self.error(bob.request("CLIENT_ACK", messageId=message, ackType=7), "MESSAGE_ERROR", "INVALID_PAYLOAD")


class Repeats(ChatCase):
    def test_repeats_are_stored_once(self):
        ann, bob = self.pair()
        first = ann.say(bob.user, "hi", clientMessageId="c")
        bob.wait("MESSAGE_RECEIVE")
        for client in (ann, self.client("ann")):
            repeat = client.say(bob.user, "hi", clientMessageId="c")
            self.assertTrue(repeat["duplicate"])
            for key in ("messageId", "seq", "chatSeq", "timestamp", "state", "message"):
                self.assertEqual(repeat[key], first[key])
        error = ann.request("MESSAGE_SEND", recipientId=bob.user, content="other", clientMessageId="c")
        self.error(error, "MESSAGE_NACK", "CLIENT_ID_CONFLICT", clientMessageId="c", clientMsgId="c")
        self.assertNotEqual(ann.say("somebody else", "hi", clientMessageId="c")["messageId"], first["messageId"])
        self.assertNotEqual(bob.say(ann.user, "hi", clientMessageId="c")["messageId"], first["messageId"])
        self.assertEqual(ann.say(bob.user, "next")["chatSeq"], 3)
        self.assertEqual([bob.wait("MESSAGE_RECEIVE")["chatSeq"] for _ in range(2)], [2, 3])

    def test_a_repeat_tells_the_current_state(self):
        ann, bob = self.pair()
        message = ann.say(bob.user, "hi", clientMessageId="c")["messageId"]
        bob.wait("MESSAGE_RECEIVE")
        bob.request("MESSAGE_ACK", messageId=message)
        self.assertEqual(ann.say(bob.user, "hi", clientMessageId="c")["state"], "delivered")

    def test_simultaneous_repeats(self):
        anns, bob = [self.client("ann") for _ in range(5)], self.client("bob")
        for _ in range(4):
            for ann in anns:
                ann.send("MESSAGE_SEND", recipientId=bob.user, content="hi", clientMessageId="c")
        acks = [ann.wait("MESSAGE_ACK") for ann in anns for _ in range(4)]
        self.assertEqual(len({ack["messageId"] for ack in acks}), 1)
        self.assertEqual(sum("duplicate" not in ack for ack in acks), 1)
        anns[0].say(bob.user, "fence")
        self.assertEqual([bob.wait("MESSAGE_RECEIVE")["content"] for _ in range(2)], ["hi", "fence"])

    def test_repeats_after_a_restart(self):
        with Server() as server:
            ann, bob = Client(server, "ann"), Client(server, "bob")
            sent = [ann.say("bob", f"m{number}", clientMessageId=f"c{number}") for number in range(10)]
            bob.wait("MESSAGE_RECEIVE", seq=10)
            bob.request("MESSAGE_ACK", messageId=sent[0]["messageId"])
            epoch = ann.hello_ack["epoch"]
            ann.close()
            bob.close()
            server.restart()
            ann, bob = Client(server, "ann"), Client(server, "bob")
            self.assertEqual((ann.hello_ack["epoch"], ann.hello_ack["head"]), (epoch, 10))
            for number, before in enumerate(sent):
                repeat = ann.say("bob", f"m{number}", clientMessageId=f"c{number}")
                self.assertTrue(repeat["duplicate"])
                for key in ("messageId", "seq", "chatSeq", "timestamp"):
                    self.assertEqual(repeat[key], before[key])
                self.assertEqual(repeat["state"], "sent" if number else "delivered")
            error = ann.request("MESSAGE_SEND", recipientId="bob", content="other", clientMessageId="c1")
            self.error(error, "MESSAGE_NACK", "CLIENT_ID_CONFLICT")
            after = ann.say("bob", "next")
            self.assertEqual((after["seq"], after["chatSeq"]), (11, 11))
            self.assertGreater(after["messageId"], sent[-1]["messageId"])
            self.assertEqual(bob.wait("MESSAGE_RECEIVE")["seq"], 11)

    def test_the_log_leads_from_a_frame_to_what_it_stored(self):
        with Server(WS_LOG_LEVEL="debug") as server:
            ann = Client(server, "ann")
            ack = ann.request("MESSAGE_SEND", recipientId="bob", content="x")
            name = re.escape(ack["correlationId"])
            received = server.wait_for_line(rf"frame_received correlation_id=(\S+) client_correlation_id={name}\b")
            server.wait_for_line(rf"message_stored correlation_id={received[1]} client_correlation_id={name} .*"
                                 rf"message={ack['messageId']} seq={ack['seq']}")


if __name__ == "__main__":
    unittest.main(warnings="ignore")
