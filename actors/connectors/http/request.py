"""Builds an HTTP request from a step's rendered ``with``."""

from __future__ import annotations

from collections.abc import Sequence

from actors.connectors.auth import Credentials
from actors.connectors.base import Call
from actors.connectors.guard import OutboundRequest
from actors.connectors.guard.client import MAX_RESPONSE_BYTES
from actors.connectors.guard.headers import Header
from actors.connectors.http.bodies import encode_body
from actors.connectors.http.schema import INPUT_SCHEMA
from actors.connectors.inputs import InputCheck
from actors.connectors.stamps import stamped, with_default
from actors.connectors.urls import scalar, with_query

check_input = InputCheck(INPUT_SCHEMA)


def method_of(call: Call) -> str:
    method: str = call.input.get("method", "GET")
    return method


def build_request(call: Call, credentials: Credentials, seconds: float) -> OutboundRequest:
    # `seconds`: the time that remains for the call.
    given = call.input
    body, content_type = encode_body(given, call.idempotency_key)
    return OutboundRequest(
        method=method_of(call),
        url=with_query(given["url"], given.get("query") or {}, credentials.query),
        headers=_headers(call, credentials, content_type),
        body=body,
        timeout_seconds=seconds,
        allowed_networks=call.allowed_networks,
        follow_redirects=given.get("follow_redirects", False),
        max_bytes=given.get("max_response_bytes", MAX_RESPONSE_BYTES),
    )


def _headers(call: Call, credentials: Credentials, content_type: str | None) -> Sequence[Header]:
    own = [(name, scalar(value)) for name, value in (call.input.get("headers") or {}).items()]
    headers = stamped(call, credentials.added_to(own))
    return headers if content_type is None else with_default(headers, "Content-Type", content_type)
