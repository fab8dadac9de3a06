"""PostgreSQL connections that detect a silent server.

TCP does not notice every lost connection. A proxy may acknowledge a request and never forward it. Then keepalives
and ``tcp_user_timeout`` see a sound connection, and libpq waits forever. Here a connection that is silent for some
seconds asks the server over another connection whether it still works on the request. Each wait has a deadline as
well.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen
from psycopg.rows import TupleRow
from typing_extensions import Self

from automate.kernel.lost_sessions import end_if_lost

T = TypeVar("T")

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
    """PostgreSQL's answer was lost or did not arrive before the deadline.

    The connection is closed, and the outcome of the statement is unknown.
    """


@contextmanager
def answers_within(seconds: float) -> Iterator[None]:
    """In the block, wait at most this long for PostgreSQL, on any connection of this thread or task.

    Raises SilentServerError, within Django's OperationalError, if no byte arrives for this long.
    """
    token = _within.set(min(seconds, _within.get()))
    try:
        yield
    finally:
        _within.reset(token)


class AnsweringConnection(psycopg.Connection[TupleRow]):
    """A connection on which every wait has a deadline.

    answer_seconds: the longest silence of the server. It must exceed the server's ``statement_timeout``. heard_at:
    the end of the last wait, on the monotonic clock.
    """

    answer_seconds = math.inf
    heard_at = -math.inf

    @classmethod
    def connect(  # type: ignore[override]
        cls, conninfo: str = "", *, answer_seconds: float = math.inf, **options: Any
    ) -> Self:
        session = super().connect(conninfo, **options)
        session.answer_seconds = answer_seconds
        session.heard_at = time.monotonic()
        return session

    def wait(self, gen: PQGen[T], *args: Any, **kwargs: Any) -> T:
        try:
            answer = super().wait(_bounded(self, gen), *args, **kwargs)
        except SilentServerError:
            self.close()
            raise
        self.heard_at = time.monotonic()
        return answer


def _bounded(session: AnsweringConnection, gen: PQGen[T]) -> Generator[Any, Any, T]:
    """Run psycopg's protocol with a deadline. The generator yields what to wait for, and receives what is ready.

    Every tenth of a second it receives 0 if nothing is ready.
    """
    silence: _Silence | None = None
    try:
        wanted = next(gen)
        while True:
            ready = yield wanted
            if ready:
                silence = None
            else:
                silence = silence or _Silence(session, min(session.answer_seconds, _within.get()))
                silence.lasts(gen)
            wanted = gen.send(ready)
    except StopIteration as ended:
        return ended.value  # type: ignore[no-any-return]


class _Silence:
    """The time for which a session has waited for its next byte.

    Time in which this process was frozen counts as one turn, because the answer may have arrived meanwhile.
    """

    def __init__(self, session: AnsweringConnection, seconds: float) -> None:
        self._session, self._longest = session, seconds
        self._lasted, self._ask_at, self._looked_at = 0.0, ASK_SECONDS, time.monotonic()

    def lasts(self, gen: PQGen[Any]) -> None:
        """Count one turn of waiting. Raises SilentServerError if the answer is lost or late."""
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
