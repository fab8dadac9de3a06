"""A DNS server of an attacker's: every question for a name is answered with the next of its answers, time to live zero, or
not at all.
"""

from __future__ import annotations

import asyncio
import struct
from collections import Counter
from collections.abc import Mapping, Sequence
from ipaddress import IPv4Address, ip_address
from typing import cast

A, CNAME, AAAA = 1, 5, 28
_IN = 1
_HEADER_BYTES = 12

Answers = Sequence[Sequence[str]]
"""What is answered in turn, the last for ever: addresses, or ``name`` of which this one is an alias."""


class AttackersNames(asyncio.DatagramProtocol):
    """names: answers by name, in lower case. silent: how the names begin of which nothing is said. asked: how often for each
    name and type.
    """

    def __init__(self, names: Mapping[str, Answers], silent: str = "-") -> None:
        self.names = dict(names)
        self.silent = silent
        self.asked: Counter[tuple[str, int]] = Counter()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Before Python 3.11 asyncio's own is no DatagramTransport by its type.
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        name, end = _read_name(data, _HEADER_BYTES)
        (kind,) = struct.unpack_from("!H", data, end)
        answer = self._answer(data[:2], data[_HEADER_BYTES : end + 4], name, kind)
        if not name.startswith(self.silent):
            self._transport.sendto(answer, addr)

    def _answer(self, number: bytes, question: bytes, name: str, kind: int) -> bytes:
        records = self._records(name, kind)
        self.asked[name, kind] += 1
        flags = 0x8580 if name in self.names else 0x8583  # authoritative; no such name
        return number + struct.pack("!HHHHH", flags, 1, len(records), 0, 0) + question + b"".join(records)

    def _records(self, name: str, kind: int) -> list[bytes]:
        answers = self.names.get(name, [[]])
        now = answers[min(self.asked[name, kind], len(answers) - 1)]
        records = []
        for text in now:
            if text.endswith(".example"):
                records.append(_record(name, CNAME, _written(text)))
                records += self._records(text, kind)
                continue
            address = ip_address(text)
            if kind == (A if isinstance(address, IPv4Address) else AAAA):
                records.append(_record(name, kind, address.packed))
        return records


def _record(name: str, kind: int, value: bytes) -> bytes:
    return _written(name) + struct.pack("!HHIH", kind, _IN, 0, len(value)) + value


def _written(name: str) -> bytes:
    return b"".join(bytes([len(label)]) + label.encode("ascii") for label in name.split(".")) + b"\0"


def _read_name(data: bytes, at: int) -> tuple[str, int]:
    labels = []
    while data[at]:
        labels.append(data[at + 1 : at + 1 + data[at]].decode("ascii").lower())
        at += 1 + data[at]
    return ".".join(labels), at + 1
