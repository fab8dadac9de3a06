"""The input field ``auth``, which authenticates a step to another system."""

from __future__ import annotations

import base64
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from actors.connectors.base import Call, ConnectorError
from actors.connectors.deadlines import seconds_left
from actors.connectors.guard.headers import Header
from actors.connectors.inputs import input_problem
from actors.connectors.tokens import TOKEN_FAILURES, Grant, Token, Tokens
from automate.kernel.json_values import JsonObject, JsonValue, as_object, as_text
from automate.kernel.redaction import Scrubber
from automate.kernel.secret_lines import redact_logs
from automate.workflows.connectors import Failure, HostField

AUTH_FAILURES: Sequence[Failure] = TOKEN_FAILURES
AUTH_HOSTS: Sequence[HostField] = (HostField(("auth", "oauth2", "token_url")),)

_TEXT: JsonObject = {"type": "string", "minLength": 1, "maxLength": 8192}
_NAMED: JsonObject = {
    "type": "object",
    "required": ["name", "value"],
    "additionalProperties": False,
    "properties": {
        "name": {"title": "Name", **_TEXT, "examples": ["X-API-Key"]},
        "value": {"title": "Value", **_TEXT, "examples": ["$secret:API_KEY"]},
    },
}

AUTH_SCHEMA: JsonObject = {
    "title": "Authentication",
    "description": "One of basic, bearer, header, query or oauth2.",
    "type": "object",
    "minProperties": 1,
    "maxProperties": 1,
    "additionalProperties": False,
    "properties": {
        "basic": {
            "title": "Name and password",
            "type": "object",
            "required": ["username", "password"],
            "additionalProperties": False,
            "properties": {
                "username": {"title": "User name", "type": "string", "maxLength": 8192, "examples": ["ada"]},
                "password": {
                    "title": "Password",
                    "type": "string",
                    "maxLength": 8192,
                    "examples": ["$secret:PASSWORD"],
                },
            },
            "examples": [{"username": "ada", "password": "$secret:PASSWORD"}],
        },
        "bearer": {"title": "Bearer token", **_TEXT, "examples": ["$secret:API_TOKEN"]},
        "header": {
            "title": "API key in a header",
            **_NAMED,
            "examples": [{"name": "X-API-Key", "value": "$secret:API_KEY"}],
        },
        "query": {
            "title": "API key in the query",
            **_NAMED,
            "examples": [{"name": "key", "value": "$secret:API_KEY"}],
        },
        "oauth2": {
            "title": "OAuth 2 client credentials",
            "description": "The token is fetched from token_url, kept in the worker's memory until it expires, and removed "
            "from the step's output and errors.",
            "type": "object",
            "required": ["token_url", "client_id", "client_secret"],
            "additionalProperties": False,
            "properties": {
                "token_url": {"title": "Token URL", **_TEXT, "examples": ["https://auth.example.com/oauth/token"]},
                "client_id": {"title": "Client id", **_TEXT, "examples": ["automate"]},
                "client_secret": {"title": "Client secret", **_TEXT, "examples": ["$secret:CLIENT_SECRET"]},
                "scope": {"title": "Scope", **_TEXT, "examples": ["orders:read orders:write"]},
                "audience": {"title": "Audience", **_TEXT, "examples": ["https://api.example.com/"]},
                "client_in": {
                    "title": "Place of the client's id and secret",
                    "enum": ["header", "body"],
                    "default": "header",
                },
            },
            "examples": [
                {
                    "token_url": "https://auth.example.com/oauth/token",
                    "client_id": "automate",
                    "client_secret": "$secret:CLIENT_SECRET",
                }
            ],
        },
    },
    "examples": [{"bearer": "$secret:API_TOKEN"}],
}


_NOT_LET_IN = "CONNECTOR_AUTH"


@dataclass(frozen=True)
class Credentials:
    """The headers and query parameters that authenticate a request."""

    headers: Sequence[Header] = field(default=(), repr=False)
    query: Sequence[tuple[str, str]] = field(default=(), repr=False)

    def added_to(self, own: Sequence[Header]) -> list[Header]:
        """Return the step's headers, followed by the headers of these credentials.

        Raises BAD_USER_INPUT if the step and the credentials set the same header.
        """
        names = {name.lower() for name, _ in own}
        if any(name.lower() in names for name, _ in self.headers):
            raise input_problem("auth", "`auth` and `headers` set the same header. Remove one of them.")
        return [*own, *self.headers]


TokenEndpoint = Callable[[Credentials, float], Awaitable[JsonValue]]


class Authorizer:
    """Makes authenticated calls. ``tokens`` is the store of OAuth tokens."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens

    async def authorized(self, call: Call, answer: TokenEndpoint) -> JsonValue:
        """Call the function ``answer`` with credentials, and return the result of ``answer``. Raises ConnectorError.

        ``answer`` gets the credentials and the number of remaining seconds. If the server refuses a remembered token,
        ``answer`` is called again with a new token.
        """
        auth = _auth(call)
        if "oauth2" not in auth:
            return await answer(plain_credentials(auth), call.timeout_seconds)
        grant, deadline = _grant(as_object(auth["oauth2"])), time.monotonic() + call.timeout_seconds
        token = await self._tokens.token(grant, call.allowed_networks, call.timeout_seconds)
        try:
            return await _answered(answer, token, deadline)
        except ConnectorError as error:
            if not token.remembered or error.code != _NOT_LET_IN:
                raise
        self._tokens.forget(grant, call.allowed_networks, token)
        token = await self._tokens.token(grant, call.allowed_networks, seconds_left(deadline))
        return await _answered(answer, token, deadline)


async def _answered(answer: TokenEndpoint, token: Token, deadline: float) -> JsonValue:
    # The server may send the token back.
    scrubber = Scrubber([token.value])
    try:
        with redact_logs(scrubber):
            output = await answer(Credentials((_bearer(token.value),)), seconds_left(deadline))
        return scrubber.scrub(output)
    except ConnectorError as error:
        scrubbed = ConnectorError(
            error.code,
            scrubber.scrub_text(error.message),
            details=scrubber.scrub(error.details),
            retry_after_seconds=error.retry_after_seconds,
            arrived=error.arrived,
        )
        scrubbed.unsent = error.unsent
        raise scrubbed from None


def plain_credentials(auth: Mapping[str, JsonValue]) -> Credentials:
    """Return the credentials that ``auth`` contains. If the kind of ``auth`` is oauth2, return no credentials."""
    if "basic" in auth:
        given = as_object(auth["basic"])
        return Credentials((("Authorization", basic(as_text(given["username"]), as_text(given["password"]))),))
    if "bearer" in auth:
        return Credentials((_bearer(as_text(auth["bearer"])),))
    if "header" in auth:
        return Credentials((_named(auth["header"]),))
    if "query" in auth:
        return Credentials(query=(_named(auth["query"]),))
    return Credentials()


def _auth(call: Call) -> JsonObject:
    return as_object(call.input.get("auth") or {})


def _named(given: JsonValue) -> Header:
    pair = as_object(given)
    return as_text(pair["name"]), as_text(pair["value"])


def shown_credentials(call: Call) -> Credentials:
    """Return the credentials for a preview. A placeholder text stands in place of an OAuth token."""
    auth = _auth(call)
    if "oauth2" in auth:
        return Credentials((_bearer(f"(a token from {as_object(auth['oauth2'])['token_url']})"),))
    return plain_credentials(auth)


def basic(username: str, password: str) -> str:
    """Return the Authorization header for basic authentication.

    Raises BAD_USER_INPUT if the name or password is invalid.
    """
    if ":" in username:
        raise input_problem(
            "auth.basic.username",
            "The user name contains a colon, which basic authentication does not allow. Remove the colon.",
        )
    try:
        pair = f"{username}:{password}".encode()
    except UnicodeEncodeError:
        raise input_problem(
            "auth.basic", "The user name or the password contains half of a surrogate pair. Remove this half."
        ) from None
    return f"Basic {base64.b64encode(pair).decode('ascii')}"


def _bearer(token: str) -> Header:
    return ("Authorization", f"Bearer {token}")


def _grant(given: Mapping[str, JsonValue]) -> Grant:
    return Grant(
        url=as_text(given["token_url"]),
        client_id=as_text(given["client_id"]),
        client_secret=as_text(given["client_secret"]),
        scope=as_text(given.get("scope", "")),
        audience=as_text(given.get("audience", "")),
        in_body=given.get("client_in", "header") == "body",
    )
