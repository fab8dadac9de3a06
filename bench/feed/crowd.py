"""The subscribers in their own process: raw sockets, so that reading costs a few microseconds a message.

Reads one Order as JSON from the first line of stdin. Prints ``ready`` after each subscriber has its first
checkpoint. The second line of stdin has the last number of each feed. Prints a Report as JSON after all subscribers
have received it, or after a timeout.
"""

from __future__ import annotations

import base64
import json
import os
import re
import selectors
import socket
import struct
import sys
import threading
import time
import uuid
from collections import Counter
from dataclasses import asdict, dataclass, field

DOCUMENT = """
subscription RunFeed($after: String, $filter: RunFeedFilter) {
  runFeed(after: $after, filter: $filter) {
    kind cursor occurredAt fromState toState reason
    run { id state workflowVersion { id number workflow { id slug } } }
    step { id key attempt state }
    gap { from to }
  }
}
"""
REASON = re.compile(rb'"reason":"(\d+) (\d+)"')
PATIENCE_SECONDS = 30.0
_TEXT, _CLOSE, _PING, _PONG = 1, 8, 9, 10
_MASKED, _MEDIUM, _LONG = 0x80, 126, 127
_ONE_AT_A_TIME = 16
"""The number of subscribers that connect at once."""


@dataclass(frozen=True)
class Order:
    """The order."""

    port: int
    tokens: list[str]
    """One for each feed."""
    each: int
    """Subscribers of each feed."""


@dataclass
class Report:
    """The result."""

    subscribers: int = 0
    complete: int = 0
    """Subscribers that received each number once and in order."""
    messages: int = 0
    bytes: int = 0
    disordered: int = 0
    closed: list[str] = field(default_factory=list)
    late_ms: dict[int, int] = field(default_factory=dict)
    """Age in milliseconds -> number of messages."""


class Member:
    """One subscriber. next: the number that it must receive next."""

    def __init__(self, port: int, token: str, feed: int) -> None:
        self.feed = feed
        self.next = 1
        self.begun = False
        self.buffer = bytearray()
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(
            f"GET /graphql HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n".encode()
        )
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += self.socket.recv(4096)
        assert answer.startswith(b"HTTP/1.1 101"), answer
        self.say(type="connection_init", payload={"Authorization": f"Bearer {token}"})

    def say(self, **message: object) -> None:
        self.send(_TEXT, json.dumps(message).encode())

    def send(self, opcode: int, payload: bytes) -> None:
        """A client's frame with a zero mask."""
        size = len(payload)
        head = (
            bytes((0x80 | opcode, _MASKED | size)) if size < _MEDIUM else struct.pack("!BBH", 0x80 | opcode, 0xFE, size)
        )
        self.socket.sendall(head + b"\0\0\0\0" + payload)

    def subscribe(self) -> None:
        self.say(id=str(uuid.uuid4()), type="subscribe", payload={"query": DOCUMENT})


class Crowd:
    def __init__(self, order: Order) -> None:
        self.order = order
        self.members: list[Member] = []
        self.report = Report(subscribers=len(order.tokens) * order.each)
        self.late: Counter[int] = Counter()
        self.waiting = 0
        self.selector = selectors.DefaultSelector()

    def gather(self) -> None:
        """Connect and subscribe, until each member has its first checkpoint."""
        for feed, token in enumerate(self.order.tokens):
            for _ in range(self.order.each):
                member = Member(self.order.port, token, feed)
                self.members.append(member)
                self.waiting += 1
                self.selector.register(member.socket, selectors.EVENT_READ, member)
                while self.waiting >= _ONE_AT_A_TIME:
                    self.turn()
        while self.waiting:
            self.turn()

    def turn(self) -> None:
        for key, _ in self.selector.select(0.2):
            self.read(key.data)

    def read(self, member: Member) -> None:
        try:
            received = member.socket.recv(1 << 18)
        except OSError as error:
            received = b""
            self.report.closed.append(str(error))
        if not received:
            self.report.closed.append("closed")
            self.selector.unregister(member.socket)
            return
        self.report.bytes += len(received)
        member.buffer += received
        self.frames(member, time.time_ns() // 1_000)

    def frames(self, member: Member, now: int) -> None:
        buffer, place, end = member.buffer, 0, len(member.buffer)
        while end - place >= 2:  # noqa: PLR2004 - the bytes of the shortest frame
            size, head = buffer[place + 1], 2
            if size == _MEDIUM:
                head = 4
                size = int.from_bytes(buffer[place + 2 : place + 4], "big")
            elif size == _LONG:
                head = 10
                size = int.from_bytes(buffer[place + 2 : place + 10], "big")
            if end - place < head + size:
                break
            self.frame(member, buffer[place] & 15, bytes(buffer[place + head : place + head + size]), now)
            place += head + size
        del buffer[:place]

    def frame(self, member: Member, opcode: int, payload: bytes, now: int) -> None:
        if opcode == _PING:
            member.send(_PONG, payload)
        elif opcode == _CLOSE:
            self.report.closed.append(payload[2:].decode())
        elif (found := REASON.search(payload)) is not None:
            number, sent = int(found[1]), int(found[2])
            self.report.messages += 1
            self.late[(now - sent) // 1_000] += 1
            if number != member.next:
                self.report.disordered += 1
            member.next = number + 1
        elif not member.begun:
            if b'"connection_ack"' in payload:
                member.subscribe()
            elif b'"CHECKPOINT"' in payload:
                member.begun = True
                self.waiting -= 1
            else:
                raise AssertionError(payload)
        elif b'"next"' not in payload[:80]:
            self.report.closed.append(payload.decode())

    def follow(self) -> Report:
        """Receive until each member has the last number of its feed, or nothing has arrived for a while."""
        last: list[int] = []
        ordered = threading.Thread(target=lambda: last.extend(json.loads(sys.stdin.readline())), daemon=True)
        ordered.start()
        deadline = None
        while deadline is None or time.monotonic() < deadline:
            self.turn()
            if last and deadline is None:
                deadline = time.monotonic() + PATIENCE_SECONDS
            if last and all(member.next == last[member.feed] + 1 for member in self.members):
                break
        if self.report.disordered == 0:
            self.report.complete = sum(member.next == last[member.feed] + 1 for member in self.members)
        self.report.late_ms = dict(self.late)
        return self.report


def main() -> None:
    crowd = Crowd(Order(**json.loads(sys.stdin.readline())))
    crowd.gather()
    print("ready", flush=True)
    print(json.dumps(asdict(crowd.follow())), flush=True)


if __name__ == "__main__":
    main()
