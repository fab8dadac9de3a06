"""Sends messages again on request. Each message is sent in a separate run."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from automate.endpoints.queries import MessageRow, messages_of
from automate.kernel.canonical import checksum
from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonObject, JsonValue, as_object
from automate.kernel.problems import no_such
from automate.triggers.services import run_workflow
from automate.workflows.models import Workflow, WorkflowVersion
from automate.workflows.services import publish_workflow, save_workflow

RESEND_WORKFLOW = "webhook-resend"
MOST_RESENT = 20
"""The maximum number of messages in one request. Each message takes a run and a transaction."""
_NAME = "Webhook resend"
_DEFINITION: JsonObject = {
    "schema": 1,
    "steps": [
        {
            "key": "send",
            "uses": "webhook.send",
            "with": {
                name: f"{{{{ event.payload.{name} }}}}" for name in ("endpoint", "type", "data", "timestamp", "id")
            },
        }
    ],
}


def resend_deliveries(ids: Sequence[uuid.UUID], *, idempotency_key: str | None, depth: int = 0) -> list[uuid.UUID]:
    """Send the messages of deliveries again. Each message gets a new run. Returns the ids of the runs.

    If ``idempotency_key`` was used before, no message is sent, and the ids of the first runs are returned.

    Raises NOT_FOUND for an unknown delivery, CONFLICT for a deleted endpoint, LIMIT_EXCEEDED for more than
    MOST_RESENT deliveries.
    """
    if len(ids) > MOST_RESENT:
        message = f"`deliveries` has {len(ids)} ids; the maximum is {MOST_RESENT}. Send several requests."
        raise NormalizedError("LIMIT_EXCEEDED", message, path=["deliveries"])
    found = messages_of(ids)
    for place, row_id in enumerate(ids):
        if row_id not in found:
            raise no_such("delivery", "id", "webhookDeliveries", "deliveries", place)
        if found[row_id].deleted:
            # A new endpoint may have its slug by now, but this message is not for its receiver.
            raise NormalizedError(
                "CONFLICT",
                f"The webhook endpoint {found[row_id].slug} of this delivery is deleted, so the message cannot be sent again. Send a new message to another endpoint.",
                path=["deliveries", place],
            )
    _provide_workflow()
    return [
        run_workflow(
            workflow=RESEND_WORKFLOW,
            payload=_payload(row_id, found[row_id]),
            idempotency_key=None if idempotency_key is None else f"{idempotency_key}/{row_id}",
            depth=depth,
        )
        for row_id in ids
    ]


def _provide_workflow() -> None:
    # This replaces any change that a member made to the workflow.
    current = Workflow.objects.filter(slug=RESEND_WORKFLOW).values_list("current_version_id", flat=True).first()
    if not WorkflowVersion.objects.filter(id=current, checksum=checksum(_DEFINITION)).exists():
        save_workflow(slug=RESEND_WORKFLOW, name=_NAME, definition=dict(_DEFINITION), expected_revision=None)
        publish_workflow(slug=RESEND_WORKFLOW)


def _payload(row_id: uuid.UUID, message: MessageRow) -> JsonValue:
    # No step uses `delivery`. It shows people which delivery was sent again.
    given = as_object(message.input)
    return {
        "delivery": str(row_id),
        "endpoint": message.slug,
        "type": given["type"],
        "data": given["data"],
        "timestamp": given.get("timestamp"),
        "id": given.get("id", message.key),
    }
