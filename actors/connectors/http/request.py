"""Builds an HTTP request from the input of a step. The input is the step's rendered field ``with``."""

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
from automate.kernel.json_values import as_flag, as_integer, as_object, as_text

check_input = InputCheck(INPUT_SCHEMA)


def method_of(call: Call) -> str:
    return as_text(call.input.get("method", "GET"))


def build_request(call: Call, credentials: Credentials, seconds: float) -> OutboundRequest:
    # `seconds`: the time that remains for the call.
    given = call.input
    body, content_type = encode_body(given, call.idempotency_key)
    return OutboundRequest(
        method=method_of(call),
        url=with_query(as_text(given["url"]), as_object(given.get("query") or {}), credentials.query),
        headers=_headers(call, credentials, content_type),
        body=body,
        timeout_seconds=seconds,
        allowed_networks=call.allowed_networks,
        follow_redirects=as_flag(given.get("follow_redirects", False)),
        max_bytes=as_integer(given.get("max_response_bytes", MAX_RESPONSE_BYTES)),
    )


def _headers(call: Call, credentials: Credentials, content_type: str | None) -> Sequence[Header]:
    own = [(name, scalar(value)) for name, value in as_object(call.input.get("headers") or {}).items()]
    headers = stamped(call, credentials.added_to(own))
    return headers if content_type is None else with_default(headers, "Content-Type", content_type)
