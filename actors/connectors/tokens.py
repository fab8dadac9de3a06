"""Fetches OAuth 2 tokens with client credentials (RFC 6749 4.4), and stores the tokens in memory.

A token is reused only for the same tenant, client secret, endpoint, allow-list and allowed hosts.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import secrets
import time
import uuid
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, field, replace
from typing import TypeGuard
from urllib.parse import quote_plus, urlencode

from actors.connectors.answers import NO_JSON, parse_json
from actors.connectors.base import ConnectorError
from actors.connectors.guard import Guard, OutboundRequest, OutboundResponse
from actors.connectors.guard.call_state import reach_key
from actors.connectors.guard.failures import ENCODING, TOO_LARGE
from actors.connectors.stamps import USER_AGENT
from actors.connectors.statuses import retry_after
from automate.kernel.json_text import json_bytes
from automate.kernel.json_values import JsonValue, as_text
from automate.kernel.scrubbing import MIN_SECRET_CHARACTERS
from automate.kernel.tenancy import acting_tenant_id
from automate.workflows.connectors import Failure

MAX_REMEMBERED = 1024
"""The limit for all tenants. Beyond it, a token of the tenant with the most tokens is dropped."""
EARLY_SECONDS = 60.0
"""A token is not used in its last minute: the call takes time, and clocks differ."""
LONGEST_SECONDS = 3600.0
FETCH_SECONDS = 15.0
MAX_TOKEN_CHARACTERS = 16_384
MAX_ANSWER_BYTES = 64 * 1024

TOKEN_REFUSED = Failure("token_refused", "CONNECTOR_AUTH", "The token endpoint refused the client's credentials.")
TOKEN_UNAVAILABLE = Failure(
    "token_unavailable",
    "CONNECTOR_TRANSIENT",
    "The token endpoint could not be reached, answered 408, 429 or 5xx, or gave no usable token.",
)
TOKEN_FAILURES: Sequence[Failure] = (TOKEN_REFUSED, TOKEN_UNAVAILABLE)
_UNREADABLE: Mapping[str, str] = {
    TOO_LARGE.name: f"its answer is larger than {MAX_ANSWER_BYTES} bytes",
    ENCODING.name: "its answer has another compression than gzip or deflate",
}
"""The reasons why the guard did not read an answer. They do not mention the step's own request."""

_TRY_AGAIN = frozenset({408, 425, 429})


@dataclass(frozen=True)
class Grant:
    """The parts of a request for an OAuth token."""

    url: str
    client_id: str
    client_secret: str = field(repr=False)
    scope: str
    audience: str
    in_body: bool
    """Whether id and secret are in the body. Otherwise they are in a Basic header."""


@dataclass(frozen=True)
class Token:
    """An OAuth token."""

    value: str = field(repr=False)
    until: float
    """The token's expiry, in seconds of the monotonic clock."""
    remembered: bool = False
    """Whether another call fetched the token."""


class Tokens:
    """The OAuth tokens of a process. If several calls need a token at the same time, only one call fetches it."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._key = secrets.token_bytes(32)
        self._known: dict[uuid.UUID | None, OrderedDict[bytes, Token]] = {}
        self._under_way: dict[tuple[int, bytes], asyncio.Task[Token]] = {}

    async def token(self, grant: Grant, allowed_networks: Sequence[str], seconds: float) -> Token:
        """Return the token of the grant, from memory if possible. Raises ConnectorError with ``arrived=False``."""
        digest = self._digest(grant, allowed_networks)
        known = self._mine().get(digest)
        if known is not None and time.monotonic() < known.until:
            self._mine().move_to_end(digest)
            return replace(known, remembered=True)
        place = (id(asyncio.get_running_loop()), digest)
        task = self._under_way.get(place)
        if task is None:
            task = asyncio.ensure_future(self._fetch(grant, allowed_networks, digest))
            self._under_way[place] = task
            task.add_done_callback(lambda ended: self._ended(place, ended))
        try:
            # Shielded: the timeout of one call must not cancel the request for the other calls.
            return await asyncio.wait_for(asyncio.shield(task), seconds)
        except asyncio.TimeoutError:
            raise _unavailable("it did not answer in time") from None

    def forget(self, grant: Grant, allowed_networks: Sequence[str], token: Token) -> None:
        """Remove a token from memory, because a server refused the token."""
        digest = self._digest(grant, allowed_networks)
        known = self._mine().get(digest)
        if known is not None and known.value == token.value:
            del self._mine()[digest]

    def _mine(self) -> OrderedDict[bytes, Token]:
        return self._known.get(acting_tenant_id(), OrderedDict())

    def _ended(self, place: tuple[int, bytes], task: asyncio.Task[Token]) -> None:
        self._under_way.pop(place, None)
        if not task.cancelled():
            task.exception()  # retrieved, in case no call waits for it any more

    async def _fetch(self, grant: Grant, allowed_networks: Sequence[str], digest: bytes) -> Token:
        try:
            response = await self._guard.send(_request(grant, allowed_networks))
        except ConnectorError as error:
            if error.retryable:
                raise _unavailable(error.message) from None
            if error.details.get("failure") in _UNREADABLE:
                raise _unusable(_UNREADABLE[as_text(error.details["failure"])]) from None
            # At this time the step's own request has not been sent.
            error.arrived = False
            raise
        token = _read(response)
        if time.monotonic() < token.until:
            self._remember(digest, token)
        return token

    def _remember(self, digest: bytes, token: Token) -> None:
        self._known.setdefault(acting_tenant_id(), OrderedDict())[digest] = token
        if sum(map(len, self._known.values())) > MAX_REMEMBERED:
            owner = max(self._known, key=lambda tenant: len(self._known[tenant]))
            self._known[owner].popitem(last=False)
            self._known = {tenant: tokens for tenant, tokens in self._known.items() if tokens}

    def _digest(self, grant: Grant, allowed_networks: Sequence[str]) -> bytes:
        text = json_bytes([str(acting_tenant_id()), *astuple(grant), *sorted(allowed_networks), reach_key()])
        return hmac.digest(self._key, text, hashlib.sha256)


def _request(grant: Grant, allowed_networks: Sequence[str]) -> OutboundRequest:
    form = {"grant_type": "client_credentials"}
    headers = [
        ("Content-Type", "application/x-www-form-urlencoded"),
        ("Accept", "application/json"),
        ("User-Agent", USER_AGENT),
    ]
    if grant.in_body:
        form |= {"client_id": grant.client_id, "client_secret": grant.client_secret}
    else:
        # RFC 6749 2.3.1: both are form-encoded before they are joined.
        pair = f"{quote_plus(grant.client_id, errors='replace')}:{quote_plus(grant.client_secret, errors='replace')}"
        headers.append(("Authorization", f"Basic {base64.b64encode(pair.encode('ascii')).decode('ascii')}"))
    form |= {name: value for name, value in (("scope", grant.scope), ("audience", grant.audience)) if value}
    return OutboundRequest(
        method="POST",
        url=grant.url,
        headers=headers,
        body=urlencode(form, errors="replace").encode("ascii"),
        timeout_seconds=FETCH_SECONDS,
        allowed_networks=allowed_networks,
        max_bytes=MAX_ANSWER_BYTES,
        harmless=True,
    )


def _read(response: OutboundResponse) -> Token:
    # Errors contain no part of the answer, because it may be a token.
    status = response.status
    if status in _TRY_AGAIN or status >= 500:  # noqa: PLR2004
        raise _unavailable(f"it answered {status}", retry_after(response))
    if status != 200:  # noqa: PLR2004
        message = f"The token endpoint answered {status}: check token_url, client_id, client_secret and scope."
        raise ConnectorError.of(TOKEN_REFUSED, message, details={"status": status})
    given = _members(response.body)
    value = given.get("access_token")
    kind: JsonValue = given.get("token_type", "bearer")
    if not isinstance(kind, str) or kind.lower() != "bearer" or not _usable(value):
        raise _unusable("its answer holds no bearer token")
    lasts: JsonValue = given.get("expires_in")
    seconds = (
        min(float(lasts), LONGEST_SECONDS) - EARLY_SECONDS
        if isinstance(lasts, (int, float)) and not isinstance(lasts, bool)
        else 0.0
    )
    return Token(value, time.monotonic() + seconds)


def _members(body: bytes) -> dict[str, JsonValue]:
    # Empty if the answer is no object or is nested too deep.
    try:
        answer = parse_json(body) if body else NO_JSON
    except ConnectorError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _usable(value: JsonValue) -> TypeGuard[str]:
    # A short token could not be removed from results.
    return (
        isinstance(value, str)
        and MIN_SECRET_CHARACTERS <= len(value.strip()) <= MAX_TOKEN_CHARACTERS
        and value.isascii()
        and value.isprintable()
    )


def _unusable(reason: str) -> ConnectorError:
    # For an answer with status 200 that contains no usable token.
    return _unavailable(f"{reason}; check token_url")


def _unavailable(reason: str, retry_after_seconds: float | None = None) -> ConnectorError:
    message = f"No token could be fetched: {reason.rstrip('.')}."
    return ConnectorError.of(
        TOKEN_UNAVAILABLE, message, details={"asked": False}, retry_after_seconds=retry_after_seconds
    )
