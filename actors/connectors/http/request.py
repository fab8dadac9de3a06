"""From a step's rendered ``with`` to the bytes that are sent: validated, encoded, stamped with key, trace and causation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

import orjson

from actors.connectors.base import Call
from actors.connectors.guard import OutboundRequest
from actors.connectors.guard.headers import Header, header_problem
from actors.connectors.http.schema import BODIES, INPUT_SCHEMA
from actors.connectors.inputs import InputCheck, input_problem
from automate.kernel.baggage import BAGGAGE, HEADER, baggage_with
from automate.kernel.errors import Json

_STAMPED = frozenset({"idempotency-key", "traceparent", HEADER.lower()})
_CHECK = InputCheck(INPUT_SCHEMA)

_Body = tuple[bytes, str | None]
"""The body and its content type, None where there is no body."""


def build_request(call: Call, user_agent: str) -> OutboundRequest:
    """Raises ConnectorError BAD_USER_INPUT; no value of the input enters a message, since any may be a secret."""
    given = call.input
    _CHECK(given)
    if sum(name in given for name in BODIES) > 1:
        raise input_problem("with", "Give at most one of json, form and text: a request has one body.")
    body, content_type = _encode_body(given)
    return OutboundRequest(
        method=given.get("method", "GET"),
        url=_with_query(given["url"], given.get("query") or {}),
        headers=_headers(call, user_agent, content_type),
        body=body,
        timeout_seconds=call.timeout_seconds,
        allowed_networks=call.allowed_networks,
        follow_redirects=given.get("follow_redirects", False),
    )


def _headers(call: Call, user_agent: str, content_type: str | None) -> Sequence[Header]:
    headers: list[Header] = [
        ("Idempotency-Key", call.idempotency_key),
        ("traceparent", call.traceparent),
        (HEADER, call.causation),
    ]
    names: set[str] = set()
    baggage: list[str] = []
    for name, value in (call.input.get("headers") or {}).items():
        if name.lower() in _STAMPED:
            raise header_problem(name, f"The header {name} is set by the platform; leave it out.")
        if name.lower() == BAGGAGE:
            baggage.append(_scalar(value))
            continue
        names.add(name.lower())
        headers.append((name, _scalar(value)))
    headers.append((BAGGAGE, baggage_with(call.causation, ",".join(baggage))))
    if "user-agent" not in names:
        headers.append(("User-Agent", user_agent))
    if content_type is not None and "content-type" not in names:
        headers.append(("Content-Type", content_type))
    return headers


def _encode_body(given: Mapping[str, Json]) -> _Body:
    if "json" in given:
        return _encode_json(given["json"]), "application/json"
    if "form" in given:
        return _urlencoded(given["form"]).encode(), "application/x-www-form-urlencoded"
    if "text" in given:
        return _encode_text(given["text"]), "text/plain; charset=utf-8"
    return b"", None


def _encode_json(value: Json) -> bytes:
    try:
        return orjson.dumps(value)
    except orjson.JSONEncodeError:
        raise input_problem(
            "json", "The JSON body holds what JSON cannot carry, such as an integer of more than 64 bits."
        ) from None


def _encode_text(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise input_problem("text", "The text holds half of a surrogate pair, which UTF-8 cannot carry.") from None


def _with_query(url: str, parameters: Mapping[str, Json]) -> str:
    if not parameters:
        return url
    base, _, fragment = url.partition("#")
    joint = "&" if "?" in base else "?"
    return f"{base}{joint}{_urlencoded(parameters)}" + (f"#{fragment}" if fragment else "")


def _urlencoded(parameters: Mapping[str, Json]) -> str:
    pairs = [
        (name, _scalar(item))
        for name, value in parameters.items()
        for item in (value if isinstance(value, list) else [value])
    ]
    return urlencode(pairs, errors="replace")


def _scalar(value: Json) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()
