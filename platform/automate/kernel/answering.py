"""PostgreSQL connections that detect a silent server.

TCP does not notice every lost connection. If the server is silent for some seconds, a second connection asks for the
state of the request.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeAlias, TypeVar

import psycopg
from psycopg.abc import PQGen
from psycopg.rows import TupleRow
from psycopg.waiting import READY_W, WAIT_RW
from typing_extensions import Self

from automate.kernel.lost_sessions import end_if_lost

T = TypeVar("T")
ConnectionOption: TypeAlias = Any
"""An option of ``psycopg.connect``. Django's ``get_connection_params`` types the options as Any."""

SOCKET_OPTIONS: Mapping[str, str] = {
    "keepalives": "1",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "25000",
}
"""libpq's parameters that end a connection whose peer acknowledges nothing for 25 seconds. Unix sockets ignore them."""

ASK_SECONDS = 3.0
"""The silence after which the server is asked about the session. It is asked again each time the silence has
doubled."""
TURN_SECONDS = 1.0
"""psycopg checks ten times a second. A longer pause means that this process was frozen or starved."""

LOOK_FOR = " The connection is closed. Check for a proxy, firewall or network between this machine and PostgreSQL that drops packets."

given_up: Counter[str] = Counter()
"""Connections that this process closed: ``lost`` if the server had answered, and ``late`` at the deadline."""

_within: ContextVar[float] = ContextVar("answer_seconds", default=math.inf)


class SilentServerError(psycopg.OperationalError):
    """PostgreSQL's answer did not arrive. The outcome of the statement is unknown."""


@contextmanager
def answers_within(seconds: float) -> Iterator[None]:
    """Within the block, wait at most ``seconds`` for each answer of PostgreSQL.

    Raises SilentServerError if an answer is late. Django wraps this error in OperationalError.
    """
    token = _within.set(min(seconds, _within.get()))
    try:
        yield
    finally:
        _within.reset(token)


class AnsweringConnection(psycopg.Connection[TupleRow]):
    """A PostgreSQL connection with a deadline for each wait."""

    answer_seconds = math.inf
    answered_at = -math.inf

    @classmethod
    def connect(  # type: ignore[override] # psycopg's own options are passed on
        cls, conninfo: str = "", *, answer_seconds: float = math.inf, **options: ConnectionOption
    ) -> Self:
        session = super().connect(conninfo, **options)
        session.answer_seconds = answer_seconds
        session.answered_at = time.monotonic()
        return session

    def wait(self, gen: PQGen[T], *pace: ConnectionOption, **paces: ConnectionOption) -> T:
        try:
            answer = super().wait(_bounded(self, gen), *pace, **paces)
        except SilentServerError:
            self.close()
            raise
        self.answered_at = time.monotonic()
        return answer


def _bounded(session: AnsweringConnection, gen: PQGen[T]) -> PQGen[T]:
    # The generator yields the socket event that it waits for, and receives the event. After 0.1 s it receives 0.
    silence: _AnswerTimer | None = None
    try:
        wanted = next(gen)
        while True:
            ready = READY_W if wanted == WAIT_RW and _can_send(session) else (yield wanted)
            if ready:
                silence = None
            else:
                silence = silence or _AnswerTimer(session, min(session.answer_seconds, _within.get()))
                silence.lasts(gen)
            wanted = gen.send(ready)
    except StopIteration as ended:
        return ended.value  # type: ignore[no-any-return] # typeshed types StopIteration.value as Any


def _can_send(session: AnsweringConnection) -> bool:
    # To look at the socket, psycopg would release Python's lock for each statement of a pipeline.
    server = session.pgconn
    try:
        return bool(server.pipeline_status) and server.flush() == 0
    except psycopg.OperationalError:
        # The generator finds the failure itself, and reports it.
        return False


class _AnswerTimer:
    # If the operating system froze this process, the pause counts as one second: the answer may have arrived meanwhile.
    def __init__(self, session: AnsweringConnection, seconds: float) -> None:
        self._session, self._longest = session, seconds
        self._lasted, self._ask_at, self._looked_at = 0.0, ASK_SECONDS, time.monotonic()

    def lasts(self, gen: PQGen[object]) -> None:
        # Raises SilentServerError if the answer was lost or the deadline has passed.
        now = time.monotonic()
        self._lasted += min(now - self._looked_at, TURN_SECONDS)
        self._looked_at = now
        if self._lasted >= self._ask_at:
            self._ask_at = 2 * self._lasted
            if end_if_lost(self._session):
                gen.close()
                given_up["lost"] += 1
                raise SilentServerError("PostgreSQL has answered, and the answer was lost." + LOOK_FOR)
        if self._lasted >= self._longest:
            gen.close()
            given_up["late"] += 1
            raise SilentServerError(f"PostgreSQL has sent nothing for {self._longest:g} s." + LOOK_FOR)
