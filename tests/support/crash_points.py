"""The named points of a worker: each commit and each call that leaves. It may be told to die at one of them.

No hook stands in the product: these wrap the seams that it has anyway, in the test's own process. A point is a name and
how often it was passed. The name of a commit is the verb that makes it, so that what a later version commits is a point
by itself. A heartbeat's renewal is none: it may come at any time, and writes nothing but a lease.
"""

from __future__ import annotations

import os
import re
import signal
import sys
import threading
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Any

from django.db import transaction
from django.db.backends.signals import connection_created

from actors import broker, environment_names
from actors.connectors.base import Call, Connector, LookedUp, LooksUp
from actors.connectors.guard import Guard
from actors.connectors.registry import CONNECTORS
from actors.connectors.slack.connector import SlackPostMessage
from actors.connectors.webhook.connector import WebhookSend
from automate.kernel import transactions
from automate.kernel.json_values import as_object

UNSAFE, LOOKABLE, HELD = "test.unsafe", "test.lookable", "test.held"
WRITES = re.compile(r"\bINSERT INTO\b|\bDELETE FROM\b|(?<!\bFOR )\bUPDATE \w")
VERBS = {"_match_events": "match", "_commit": "record"}
NO_POINTS = frozenset({"renew"})
MOST_SECONDS = 30.0
ROOMS = re.compile(r"/(?:platform/automate|actors|tenants)/")
DOORS = ("/kernel/sql.py", "/tenants/postgresql/")


class Points:
    """told: the file that gets a line for each point that is passed and each effect that is made here.

    fatal: where to die, as name and number. number: of the signal that this is done with. asks: what a person's request
    does, which all such requests have one function to commit for.
    """

    def __init__(
        self, told: Path, fatal: tuple[str, int] | None, number: int = signal.SIGKILL, *, asks: str = ""
    ) -> None:
        self._file = os.open(told, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self._fatal, self._signal = fatal, number
        self.verbs = {**VERBS, **({"transacted": asks} if asks else {})}
        self._passed: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._committing: Counter[int] = Counter()
        self._quiet = threading.Condition()

    def passed(self, name: str) -> None:
        with self._lock:
            self._passed[name] += 1
            self.tell("point", name)
            come = (name, self._passed[name]) == self._fatal
            if come and self._signal != signal.SIGSTOP:
                os.kill(os.getpid(), self._signal)
        if come and self._signal == signal.SIGSTOP:
            self._freeze()

    def _freeze(self) -> None:
        """Where no other thread is in a transaction either, which would stay open and hold up every feed of the server."""
        with self._quiet:
            self._quiet.wait_for(lambda: set(self._committing) <= {threading.get_ident()}, MOST_SECONDS)
            # Whom a process sends a stop to is its main thread, and this one would go on until that one has run.
            signal.pthread_kill(threading.get_ident(), self._signal)

    @contextmanager
    def committing(self) -> Iterator[None]:
        """Around a transaction, which others may stand in: it is over with the outermost."""
        thread = threading.get_ident()
        with self._quiet:
            self._committing[thread] += 1
        try:
            yield
        finally:
            with self._quiet:
                self._committing[thread] -= 1
                self._committing += Counter()
                self._quiet.notify_all()

    def tell(self, *words: str) -> None:
        os.write(self._file, (" ".join(words) + "\n").encode())

    def watch(self) -> None:
        """Wrap the seams of this process, which records its names once: on a slow machine it lives longer than their time."""
        environment_names.REPEAT_SECONDS = 86_400.0
        setattr(transactions, "transaction", _Transactions(self))  # noqa: B010 - not what mypy knows it as
        connection_created.connect(self._watch_connection, weak=False)
        for name, connector in CONNECTORS.items():
            _watch_calls(self, name, connector)
        _watch_acks(self)

    def _watch_connection(self, *, connection: Any, **_: Any) -> None:
        connection.execute_wrappers.append(self._statement)

    def _statement(self, run: Callable[..., Any], sql: Any, parameters: Any, many: Any, context: Any) -> Any:
        """A statement that writes outside a transaction is its own commit."""
        if context["connection"].in_atomic_block or not WRITES.search(str(sql)):
            return run(sql, parameters, many, context)
        verb = _verb(sys._getframe(1))
        if verb in NO_POINTS:
            return run(sql, parameters, many, context)
        self.passed(f"{verb}, before its commit")
        done = run(sql, parameters, many, context)
        self.passed(f"{verb}, after its commit")
        return done


def _verb(frame: FrameType | None) -> str:
    """The innermost function of the product, its doors to the database aside."""
    while frame is not None:
        name = frame.f_code.co_filename
        if ROOMS.search(name) and not any(door in name for door in DOORS):
            return frame.f_code.co_name
        frame = frame.f_back
    return "?"


class _Transactions:
    """In the place of ``django.db.transaction`` where ``in_transaction`` looks for it."""

    def __init__(self, points: Points) -> None:
        self._points = points

    def __getattr__(self, name: str) -> Any:
        return getattr(transaction, name)

    def atomic(self, **options: Any) -> Any:
        caller = sys._getframe(3).f_code.co_name  # atomic, _durable, in_transaction
        return self._watched(self._points.verbs.get(caller, caller), options)

    @contextmanager
    def _watched(self, verb: str, options: dict[str, Any]) -> Iterator[None]:
        with self._points.committing(), transaction.atomic(**options):
            # First of what runs after the commit, so that whoever dies there has woken nobody.
            transaction.on_commit(lambda: self._points.passed(f"{verb}, after its commit"))
            yield
            self._points.passed(f"{verb}, before its commit")


def _watch_calls(points: Points, name: str, connector: Any) -> None:
    connector.call = _watched(points, name, connector.call)
    if isinstance(connector, WebhookSend):
        to = connector.to
        # Each call has a connector of its own, which knows its endpoint.
        setattr(connector, "to", lambda receiver: _Bound(points, to(receiver)))  # noqa: B010 - mischief
    if isinstance(connector, LooksUp):
        asks = connector.lookup

        async def lookup(request: Call) -> Any:
            points.passed("lookup, before it leaves")
            try:
                return await asks(request)
            finally:
                points.passed("lookup, answered and not recorded")

        setattr(connector, "lookup", lookup)  # noqa: B010 - mischief


def _watched(
    points: Points, name: str, unwatched: Callable[[Call], Awaitable[Any]]
) -> Callable[[Call], Awaitable[Any]]:
    async def call(request: Call) -> Any:
        points.passed("call, before it leaves")
        try:
            return await unwatched(request)
        finally:
            if name == "log.write":
                points.tell("effect", request.idempotency_key, str(as_object(request.input["data"])["n"]))
            points.passed("call, answered and not recorded")

    return call


class _Bound:
    """A connector of ``webhook.send`` for one endpoint, watched."""

    inline = False

    def __init__(self, points: Points, bound: Connector) -> None:
        self.spec = bound.spec
        self.call = _watched(points, bound.spec.name, bound.call)


def _watch_acks(points: Points) -> None:
    unwatched = broker._WakingConsumer.ack

    def ack(consumer: Any, message: Any) -> None:
        points.passed("ack, before it")
        unwatched(consumer, message)
        points.passed("ack, after it")

    setattr(broker._WakingConsumer, "ack", ack)  # noqa: B010 - mischief


class _Unsafe:
    """HTTP that is not keyed: the receiver counts its calls all the same."""

    def __init__(self) -> None:
        http = CONNECTORS["http.request"]
        self.spec = replace(http.spec, name=UNSAFE, effect="unsafe")
        self.inline = False
        self.call = http.call


class _Held:
    """HTTP by another name, so that its breaker is another one."""

    def __init__(self) -> None:
        http = CONNECTORS["http.request"]
        self.spec = replace(http.spec, name=HELD)
        self.inline = False
        self.call = http.call


def register_unsafe() -> None:
    """A connector whose calls must never be repeated, and one whose host is held by hand."""
    registry: Any = CONNECTORS
    registry[UNSAFE] = _Unsafe()
    registry[HELD] = _Held()


class Lookable:
    """HTTP whose receiver is asked in a body with ``lookup``, and answers with ``acted``. Unsafe to repeat."""

    def __init__(self) -> None:
        http = CONNECTORS["http.request"]
        self.spec = replace(http.spec, name=LOOKABLE, effect="unsafe", lookup=True)
        self.inline = False
        self.call = self._ask = http.call

    async def lookup(self, call: Call) -> LookedUp:
        body = {**as_object(call.input["json"]), "lookup": True}
        answer = await self._ask(replace(call, input={**call.input, "json": body}))
        acted = as_object(as_object(answer)["json"])["acted"]
        return LookedUp("happened", answer) if acted else LookedUp("did_not_happen")


def register_lookable() -> None:
    """A connector that is unsafe to repeat and asks its host what became of its calls."""
    registry: Any = CONNECTORS
    registry[LOOKABLE] = Lookable()


def register_slack(api_url: str) -> None:
    """``slack.post_message`` with another Slack."""
    registry: Any = CONNECTORS
    registry["slack.post_message"] = SlackPostMessage(Guard(), api_url)
