"""Follows subscriptions over graphql-transport-ws, and reconnects after a lost connection."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal, TypeVar

from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from automate.client import answers
from automate.client.api import GraphqlNode, refusal, tls_of, unreachable
from automate.client.operations import BACKTEST_PROGRESS, BULK_PROGRESS, EXPORT_RECORDS, RUN_FEED
from automate.client.target import ServerTarget, is_loopback
from automate.kernel.errors import NormalizedError

PROTOCOL = Subprotocol("graphql-transport-ws")
OPEN_SECONDS = 10.0
SILENCE_SECONDS = 40.0
"""The feed sends at least every 15 s. After a longer silence, the connection is dead."""

FIRST_DELAY_SECONDS, LONGEST_DELAY_SECONDS = 0.25, 10.0
FORBIDDEN, TRY_AGAIN_LATER = 4403, 1013
"""The codes with which the API closes a socket. The first one means a refused token or a suspended tenant, the second
one a temporary failure. The reason is in the text.
"""
UNAVAILABLE_STATUS = 503

PASSING = ("UNAVAILABLE", "INTERNAL", "RATE_LIMITED", "SLOW_CONSUMER")
"""Codes of temporary refusals. The first two are faults of the platform."""

ASKING_AGAIN = "Retrying until the server answers"
RETRY_AFTER = "retry_after_seconds"
"""The detail of a temporary refusal that contains the seconds to wait."""

Answer = TypeVar("Answer")
Say = Callable[[str], None]


class _Lost(Exception):  # noqa: N818 - not an error of a caller: a connection ended, and a new one will do
    """The connection is lost. The feed can continue on a new connection."""


class _Unavailable(_Lost):
    """The server cannot answer now. The client waits and tries again."""


@dataclass(frozen=True)
class _Subscription:
    document: str
    field: str
    variables: Callable[[], Mapping[str, object]]
    """Evaluated for each new connection."""
    silence: float | None
    """The silence in seconds after which the connection is dead; None if the server can be silent."""
    endless: bool
    """Whether the subscription never completes."""


def follow(
    find: Callable[[], ServerTarget], after: str | None, wanted: Mapping[str, object], say: Say
) -> Iterator[answers.RunFeedItem]:
    """Yield the items of a feed. The iterator never ends."""
    cursor = after
    feed = _Subscription(
        RUN_FEED, "runFeed", lambda: {"after": cursor, "filter": dict(wanted)}, SILENCE_SECONDS, endless=True
    )
    for item in _subscribed(find, feed, say):
        cursor = item["cursor"]
        yield item


def progress_of(find: Callable[[], ServerTarget], operation: str, say: Say) -> Iterator[answers.BulkOperation]:
    """Yield the progress of a bulk operation until its end."""
    feed = _Subscription(BULK_PROGRESS, "bulkProgress", lambda: {"id": operation}, None, endless=False)
    return _subscribed(find, feed, say)


def backtest_progress_of(find: Callable[[], ServerTarget], backtest: str, say: Say) -> Iterator[answers.Backtest]:
    """Yield the progress of a backtest until its end."""
    feed = _Subscription(BACKTEST_PROGRESS, "backtestProgress", lambda: {"id": backtest}, None, endless=False)
    return _subscribed(find, feed, say)


def exported(
    find: Callable[[], ServerTarget], records: str, after: str | None, wanted: Mapping[str, object], say: Say
) -> Iterator[answers.ExportPage]:
    """Yield an export of all records of one kind, page by page. ``wanted`` is a value of the API type ExportFilter."""
    cursor = after
    export = _Subscription(
        EXPORT_RECORDS,
        "exportRecords",
        lambda: {"records": records, "after": cursor, "filter": dict(wanted)},
        SILENCE_SECONDS,
        endless=False,
    )
    for item in _subscribed(find, export, say):
        cursor = item["cursor"]
        yield item


def _subscribed(find: Callable[[], ServerTarget], to: _Subscription, say: Say) -> Iterator[GraphqlNode]:
    # `find` returns the server and the token. It is called for each connection, because each start of `make up` creates
    # new tokens. `say` receives messages. Raises UNAVAILABLE if the first connection fails.
    there, connected, losses = False, False, 0
    while True:
        try:
            target = find() if not there else _found_again(find)
            with _connection(target) as socket:
                for item in _items(socket, to):
                    there, connected, losses = True, True, 0
                    yield item
                return
        except _Lost as lost:
            there = there or isinstance(lost, _Unavailable)
            if not there:
                raise unreachable(target.server, lost) from lost
            losses += 1
            if losses == 1 and connected:
                say(f"The connection was lost ({lost}); reconnecting")
            elif losses == 1:
                say(_asking_again(target.server, str(lost)))
            _pause(losses)


def patiently(ask: Callable[[], Answer], server: str, say: Say, *, answered: bool = False) -> Answer:
    """Repeat a request while the server reports a temporary failure. Raises NormalizedError for other failures."""
    losses = 0
    while True:
        try:
            return ask()
        except NormalizedError as error:
            says = RETRY_AFTER in error.details
            if not says and not (answered and error.code == "UNAVAILABLE"):
                raise
            losses += 1
            if losses == 1:
                say(_asking_again(server, error.message) if says else f"{error.message} {ASKING_AGAIN}")
            _pause(losses)


def _asking_again(server: str, why: str) -> str:
    return f"{server} says: {why} {ASKING_AGAIN}"


def _pause(losses: int) -> None:
    delay = min(LONGEST_DELAY_SECONDS, FIRST_DELAY_SECONDS * 2 ** min(losses - 1, 10))
    time.sleep(delay * random.uniform(0.5, 1))  # noqa: S311 - spreads clients, guards nothing


def _found_again(find: Callable[[], ServerTarget]) -> ServerTarget:
    # Raises _Lost while an installation is not ready again.
    try:
        return find()
    except NormalizedError as error:
        if error.code != "UNAVAILABLE":
            raise
        raise _Lost("it is not running") from None


@contextmanager
def _connection(target: ServerTarget) -> Iterator[ClientConnection]:
    # Raises _Lost for any failure of the connection, also inside the block.
    proxy: Literal[True] | None = None if is_loopback(target.graphql_ws) else True
    try:
        with connect(
            target.graphql_ws,
            subprotocols=[PROTOCOL],
            open_timeout=OPEN_SECONDS,
            close_timeout=1,
            proxy=proxy,
            ssl=tls_of(target.graphql_ws),
        ) as socket:
            socket.send(json.dumps({"type": "connection_init", "payload": {"Authorization": f"Bearer {target.token}"}}))
            yield socket
    except ConnectionClosed as error:
        if error.rcvd is not None and error.rcvd.code == FORBIDDEN:
            reason = error.rcvd.reason or "The server refuses this token."
            hint = " `make up` creates new tokens at each start." if is_loopback(target.server) else ""
            raise NormalizedError("FORBIDDEN", f"{target.server} closed the connection. {reason}{hint}") from None
        if error.rcvd is not None and error.rcvd.code == TRY_AGAIN_LATER:
            raise _Unavailable(error.rcvd.reason or "Try again later.") from error
        raise _Lost("it was closed") from error
    except InvalidStatus as error:
        if error.response.status_code == UNAVAILABLE_STATUS:
            raise _Unavailable(f"it answered {UNAVAILABLE_STATUS}.") from error
        raise _Lost(f"it answered {error.response.status_code}") from error
    except (OSError, WebSocketException) as error:  # a timeout is an OSError
        raise _Lost(str(error) or type(error).__name__) from error


def _items(socket: ClientConnection, to: _Subscription) -> Iterator[GraphqlNode]:
    while True:
        message = json.loads(socket.recv(timeout=to.silence))
        kind = message["type"]
        if kind == "connection_ack":
            payload = {"query": to.document, "variables": dict(to.variables())}
            socket.send(json.dumps({"id": to.field, "type": "subscribe", "payload": payload}))
        elif kind == "ping":
            socket.send(json.dumps({"type": "pong"}))
        elif kind == "next":
            _raise_first(message["payload"].get("errors"))
            yield message["payload"]["data"][to.field]
        elif kind == "error":
            _raise_first(message["payload"])
        elif kind == "complete":
            if to.endless:
                raise _Lost("the feed was ended")
            return


def _raise_first(errors: list[GraphqlNode] | None) -> None:
    # Raises _Unavailable if the same subscription can succeed later.
    if not errors:
        return
    error = {**errors[0].get("extensions", {}), "message": errors[0]["message"]}
    if error.get("code") in PASSING:
        raise _Unavailable(error["message"])
    raise refusal("", error)
