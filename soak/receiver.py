"""The outside world in a process of its own: ``python -m soak.receiver RECORD [FORGETS]``.

It acts and records each call.

Prints its URL. A line ``MOOD SECONDS`` on standard input sets its behaviour for a while. ``reset`` closes the
connection without acting. ``mute`` acts and closes the connection without an answer. ``slow`` delays each answer by
a second.
FORGETS: one of this many calls is left out of the record, and the soak must detect that.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections import Counter
from pathlib import Path

from tests.support.receiver import Call, Receiver

DONE, REFUSED, BUSY, SLOW_DOWN = 200, 422, 503, 429
RESET, MUTE, SLOW = "reset", "mute", "slow"
SLOW_SECONDS = 1.0


class Witness(Receiver):
    """The request's body controls the answer.

    ``busy``: how many calls of a key get 503 first. ``refuse_first``: how many are refused first. ``refuse``: all
    are refused. ``seconds``: the duration of an answer.
    """

    def __init__(self, record: Path, forgets: int) -> None:
        super().__init__()
        self._record = os.open(record, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self._forgets, self._acts = forgets, 0
        self._came: Counter[str] = Counter()
        self._mood, self._mood_ends = "", 0.0

    def feel(self, mood: str, seconds: float) -> None:
        self._mood, self._mood_ends = mood, time.monotonic() + seconds

    @property
    def mood(self) -> str:
        return self._mood if time.monotonic() < self._mood_ends else ""

    def delay_of(self, call: Call) -> float:
        return float(call.body.get("seconds", 0)) + (SLOW_SECONDS if self.mood == SLOW else 0)

    def status_of(self, call: Call) -> int:
        self._came[call.key] += 1
        if call.body.get("refuse"):
            return REFUSED
        came = self._came[call.key]
        if came <= int(call.body.get("refuse_first", 0)):
            return REFUSED
        if came <= int(call.body.get("busy", 0)):
            return BUSY if came % 2 else SLOW_DOWN
        return DONE

    async def _answer(self, call: Call, writer: asyncio.StreamWriter) -> None:
        mood = self.mood
        status = 0 if mood == RESET else self.status_of(call)
        self._write(call, status)
        if mood in {RESET, MUTE}:
            writer.transport.abort()
            raise ConnectionResetError
        body = json.dumps({"serial": call.serial}).encode()
        later = "Retry-After: 1\r\n" if status == SLOW_DOWN else ""
        head = f"HTTP/1.1 {status} As It Is\r\n{later}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        call.answered = True
        writer.write(head.encode() + body)
        await writer.drain()

    def _write(self, call: Call, status: int) -> None:
        """Record a call before its answer is sent."""
        acted = status == DONE
        self._acts += acted
        if acted and self._forgets and self._acts % self._forgets == 0:
            return
        said = {name: call.body[name] for name in ("tenant", "n", "label", "policy")}
        line = {"at": time.time(), "key": call.key, "acted": acted, "status": status, **said}
        os.write(self._record, json.dumps(line).encode() + b"\n")


def main(record: str, forgets: str = "0") -> None:
    with Witness(Path(record), int(forgets)) as witness:
        print(witness.url, flush=True)
        for line in sys.stdin:
            mood, seconds = line.split()
            witness.feel(mood, float(seconds))


if __name__ == "__main__":
    main(*sys.argv[1:])
