"""The receiver that the workflows of a release's database name. Its address stands in the database and never changes."""

from __future__ import annotations

import errno
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.receiver import Call, Receiver

HOST, PORT = "127.83.41.7", 18473
"""A loopback address that nothing else uses."""

TURN_PORT = PORT + 1
WAIT_SECONDS, POLL_SECONDS = 200.0, 0.1


class Outside(Receiver):
    """unkind: a body with ``busy`` is answered 503, one with ``refuse`` 422, and one with ``seconds`` late. Else all is well.

    acted: the keys of the calls that were answered 200.
    """

    def __init__(self, *, unkind: bool = False) -> None:
        super().__init__(address=(HOST, PORT))
        self._unkind = unkind
        self.acted: list[str] = []

    def delay_of(self, call: Call) -> float:
        return float(call.body.get("seconds", 0)) if self._unkind else 0.0

    def status_of(self, call: Call) -> int:
        if self._unkind and call.body.get("busy"):
            return 503
        if self._unkind and call.body.get("refuse"):
            return 422
        self.acted.append(call.key)
        return 200


@contextmanager
def outside(*, unkind: bool = False) -> Iterator[Outside]:
    """The receiver, as soon as no other test session of this machine has it."""
    deadline = time.monotonic() + WAIT_SECONDS
    with socket.socket() as turn:
        while not _bound(turn):
            assert time.monotonic() < deadline, f"{HOST}:{TURN_PORT} was taken for {WAIT_SECONDS:g} s"
            time.sleep(POLL_SECONDS)
        with Outside(unkind=unkind) as receiver:
            yield receiver


def _bound(turn: socket.socket) -> bool:
    try:
        turn.bind((HOST, TURN_PORT))
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        return False
    return True
