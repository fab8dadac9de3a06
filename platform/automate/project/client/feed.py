"""``runFeed`` over graphql-transport-ws: connects again after a loss and goes on from the last cursor it saw."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Literal

from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from automate.kernel.errors import NormalizedError
from automate.project.client.api import nobody_answers, refusal, tls_of
from automate.project.client.operations import RUN_FEED
from automate.project.client.target import Target, is_loopback

PROTOCOL = Subprotocol("graphql-transport-ws")
OPEN_SECONDS = 10.0
SILENCE_SECONDS = 40.0
"""The feed speaks at least every 15 s; after so long without a word the connection is dead."""

FIRST_DELAY_SECONDS, LONGEST_DELAY_SECONDS = 0.25, 10.0
FORBIDDEN = 4403
"""How the API closes a socket whose token it does not take, or whose tenant is suspended. It says which."""

PASSING = ("UNAVAILABLE", "INTERNAL")
"""Refusals that are the platform's own, and pass."""

Item = dict[str, Any]
Say = Callable[[str], None]


class _Lost(Exception):  # noqa: N818 - nobody's error: a connection ended, and another will do
    """The connection is gone, and a new one can go on from the cursor."""


def follow(find: Callable[[], Target], after: str | None, wanted: Mapping[str, Any], say: Say) -> Iterator[Item]:
    """The feed's items without end, each once. after: None begins now. wanted: RunFeedFilter. say: hears of losses.

    find: where the feed is, and whose token opens it; asked at each connection, because a new start of `make up` makes
    new tokens. Raises NormalizedError for what another try does not mend, and UNAVAILABLE when the first connection fails.
    """
    cursor, connected, losses = after, False, 0
    while True:
        try:
            target = find() if not connected else _found_again(find)
            with _connection(target) as socket:
                for item in _items(socket, cursor, wanted):
                    cursor, connected, losses = item["cursor"], True, 0
                    yield item
        except _Lost as lost:
            if not connected:
                raise nobody_answers(target.server, lost) from lost
            delay = min(LONGEST_DELAY_SECONDS, FIRST_DELAY_SECONDS * 2 ** min(losses, 10))
            losses += 1
            if losses == 1:
                say(f"The connection was lost ({lost}); connecting again until it answers")
            time.sleep(delay * random.uniform(0.5, 1))  # noqa: S311 - spreads clients, guards nothing


def _found_again(find: Callable[[], Target]) -> Target:
    """Raises _Lost while an installation that was there before is not ready again."""
    try:
        return find()
    except NormalizedError as error:
        if error.code != "UNAVAILABLE":
            raise
        raise _Lost("it is not running") from None


@contextmanager
def _connection(target: Target) -> Iterator[ClientConnection]:
    """An acknowledged socket. Raises _Lost for whatever happens to the connection, also inside the ``with``."""
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
            reason = error.rcvd.reason or "It does not take this token."
            hint = " `make up` makes new tokens at each start." if is_loopback(target.server) else ""
            raise NormalizedError("FORBIDDEN", f"{target.server} closed the connection. {reason}{hint}") from None
        raise _Lost("it was closed") from error
    except InvalidStatus as error:
        raise _Lost(f"it answered {error.response.status_code}") from error
    except (OSError, WebSocketException) as error:  # a time-out is an OSError
        raise _Lost(str(error) or type(error).__name__) from error


def _items(socket: ClientConnection, after: str | None, wanted: Mapping[str, Any]) -> Iterator[Item]:
    variables = {"after": after, "filter": dict(wanted)}
    while True:
        message = json.loads(socket.recv(timeout=SILENCE_SECONDS))
        kind = message["type"]
        if kind == "connection_ack":
            payload = {"query": RUN_FEED, "variables": variables}
            socket.send(json.dumps({"id": "feed", "type": "subscribe", "payload": payload}))
        elif kind == "ping":
            socket.send(json.dumps({"type": "pong"}))
        elif kind == "next":
            _raise_first(message["payload"].get("errors"))
            yield message["payload"]["data"]["runFeed"]
        elif kind == "error":
            _raise_first(message["payload"])
        elif kind == "complete":
            raise _Lost("the feed was ended")


def _raise_first(errors: list[Mapping[str, Any]] | None) -> None:
    """Raise what the API refused; _Lost where the same subscription can succeed later."""
    if not errors:
        return
    error = {**errors[0].get("extensions", {}), "message": errors[0]["message"]}
    if error.get("code") in PASSING:
        raise _Lost(error["message"])
    raise refusal("", error)
