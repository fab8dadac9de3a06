"""The connector ``webhook.send``."""

from __future__ import annotations

import time
from dataclasses import dataclass

import orjson

from actors.connectors.base import Call
from actors.connectors.guard import Guard, OutboundRequest, guard_failures
from actors.connectors.inputs import BAD_INPUT, InputCheck
from actors.connectors.json_bytes import json_bytes
from actors.connectors.stamps import stamped
from actors.connectors.webhook.errors import FAILURES, deleted, disabled, not_found, status_error
from actors.connectors.webhook.schema import INPUT_SCHEMA, OUTPUT_SCHEMA
from actors.connectors.webhook.signing import signatures
from automate.endpoints.receiver import WebhookReceiver
from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonObject, JsonValue, as_text
from automate.workflows.connectors import ConnectorSpec

RETRY_SECONDS = (5.0, 300.0, 1800.0, 7200.0, 18_000.0, 36_000.0)
"""The schedule of the Standard Webhooks specification, up to one day: 5 s, 5 min, 30 min, 2 h, 5 h and 10 h."""

_CHECK = InputCheck(INPUT_SCHEMA)
_SUCCESS = range(200, 300)
_SET_WHEN_SENT = "(set when it is sent)"


class WebhookSend:
    """Sends webhooks. The caller passes the endpoint with ``to``, because connectors do not read the database."""

    api = "1.0"
    spec = ConnectorSpec(
        name="webhook.send",
        title="Send a webhook",
        description="Sends a signed message to an endpoint. An unaccepted message is sent repeatedly for most of a day.",
        effect="keyed",
        input_schema=INPUT_SCHEMA,
        output_schema=OUTPUT_SCHEMA,
        external_id=("id",),
        secrets=False,
        failures=(BAD_INPUT, *FAILURES, *guard_failures(redirects=False)),
        retry_seconds=RETRY_SECONDS,
    )
    inline = False

    def __init__(self, guard: Guard) -> None:
        self._guard = guard

    def to(self, receiver: WebhookReceiver | NormalizedError | None) -> _Bound:
        """Return the connector for one endpoint."""
        return _Bound(self._guard, receiver)

    async def call(self, call: Call) -> JsonValue:
        return await self.to(None).call(call)

    def preview(self, call: Call) -> JsonValue:
        """Return the message that the call would send. The returned message has no URL and no signatures."""
        body, message_id = _message(call)
        headers = {"webhook-id": message_id, "webhook-timestamp": _SET_WHEN_SENT, "webhook-signature": _SET_WHEN_SENT}
        return {"endpoint": call.input["endpoint"], "headers": headers, "body": orjson.loads(body)}


@dataclass(frozen=True)
class _Bound:
    guard: Guard
    receiver: WebhookReceiver | NormalizedError | None
    spec = WebhookSend.spec
    inline = False

    async def call(self, call: Call) -> JsonValue:
        body, message_id = _message(call)
        receiver = self.receiver
        if receiver is None:
            raise not_found(as_text(call.input["endpoint"]))
        if isinstance(receiver, NormalizedError):
            raise receiver
        if receiver.deleted:
            raise deleted(receiver)
        if receiver.disabled:
            raise disabled(receiver)
        now = int(time.time())
        headers = [
            ("Content-Type", "application/json"),
            ("webhook-id", message_id),
            ("webhook-timestamp", str(now)),
            ("webhook-signature", signatures(receiver.secrets, message_id, now, body)),
        ]
        response = await self.guard.send(
            OutboundRequest(
                method="POST",
                url=receiver.url,
                headers=stamped(call, headers),
                body=body,
                timeout_seconds=call.timeout_seconds,
                allowed_networks=call.allowed_networks,
            )
        )
        if response.status not in _SUCCESS:
            raise status_error(receiver, response)
        return {"id": message_id, "status": response.status}


def _message(call: Call) -> tuple[bytes, str]:
    # The same in each attempt. Raises BAD_USER_INPUT.
    given = call.input
    _CHECK(given)
    message: JsonObject = {
        name: given[name] for name in ("type", "timestamp", "data") if given.get(name) is not None or name == "data"
    }
    return json_bytes(message, "data"), as_text(given.get("id", call.idempotency_key))
