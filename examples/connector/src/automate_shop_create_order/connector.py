"""The connector ``shop.create_order``."""

from __future__ import annotations

from urllib.parse import quote

import orjson

from actors.sdk import (
    BAD_INPUT,
    NO_JSON,
    STATUS_FAILURES,
    TOO_DEEP,
    Call,
    ConnectorError,
    ConnectorSpec,
    Failure,
    Host,
    HostField,
    InputCheck,
    Json,
    LookedUp,
    OutboundRequest,
    OutboundResponse,
    guard_failures,
    parse_json,
    shown_request,
    stamped,
    status_error,
)
from automate_shop_create_order.schema import INPUT_SCHEMA, OUTPUT_SCHEMA

NO_ID = Failure("no_id", "CONNECTOR_REFUSED", "The answer has no id of the created object.", True)
CREATED = (200, 201)

_CHECK = InputCheck(INPUT_SCHEMA)


class CreateOrder:
    """host: provides the guard, which is the only way out."""

    api = "1.0"
    inline = False
    spec = ConnectorSpec(
        name="shop.create_order",
        title="Create order",
        description="Creates one object in the other system and returns its id.",
        # The API acts once for each Idempotency-Key. If yours does not, use "unsafe".
        effect="keyed",
        input_schema=INPUT_SCHEMA,
        output_schema=OUTPUT_SCHEMA,
        failures=(BAD_INPUT, *STATUS_FAILURES, *guard_failures(redirects=False), TOO_DEEP, NO_ID),
        host_fields=(HostField(("base_url",)),),
        lookup=True,
    )

    def __init__(self, host: Host) -> None:
        self._guard = host.guard

    async def call(self, call: Call) -> Json:
        response = await self._guard.send(_create(call))
        if response.status not in CREATED:
            raise status_error(response)
        made = _json(response)
        if not isinstance(made, dict) or not isinstance(made.get("id"), str):
            message = "The answer has no id of the created object. Check the API before you retry."
            raise ConnectorError.of(NO_ID, message, arrived=True)
        return {"id": made["id"]}

    async def lookup(self, call: Call) -> LookedUp:
        """The outcome of an earlier call, if the platform does not know it."""
        response = await self._guard.send(_find(call))
        if response.status not in CREATED:
            raise status_error(response)
        found = _json(response)
        things = found.get("things") if isinstance(found, dict) else None
        first = things[0] if isinstance(things, list) and things else None
        if isinstance(first, dict) and isinstance(first.get("id"), str):
            return LookedUp("happened", {"id": first["id"]})
        return LookedUp("unknown", reason="The API does not know this key yet.")

    def preview(self, call: Call) -> Json:
        return shown_request(_create(call))


def _create(call: Call) -> OutboundRequest:
    _CHECK(call.input)
    return _request(call, "POST", "/things", orjson.dumps(call.input["data"]))


def _find(call: Call) -> OutboundRequest:
    return _request(call, "GET", f"/things?key={quote(call.idempotency_key)}", b"")


def _request(call: Call, method: str, path: str, body: bytes) -> OutboundRequest:
    headers = [("Authorization", f"Bearer {call.input['token']}"), ("Content-Type", "application/json")]
    return OutboundRequest(
        method=method,
        url=f"{call.input['base_url']}{path}",
        headers=stamped(call, headers),
        body=body,
        timeout_seconds=call.timeout_seconds,
        allowed_networks=call.allowed_networks,
    )


def _json(response: OutboundResponse) -> Json:
    value = parse_json(response.body)
    return None if value is NO_JSON else value
