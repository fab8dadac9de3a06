"""Send a message again at a caller's request: in a run of its own, so that it is retried, recorded and shown like any other."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from automate.endpoints.queries import MessageRow, messages_of
from automate.kernel.canonical import checksum
from automate.kernel.errors import Json, NormalizedError
from automate.triggers.services import run_workflow
from automate.workflows.models import Workflow, WorkflowVersion
from automate.workflows.services import publish_workflow, save_workflow

RESEND_WORKFLOW = "webhook-resend"
MOST_RESENT = 20
"""Maximum number in one request: each is a run and a transaction of its own."""
_NAME = "Webhook resend"
_DEFINITION: Mapping[str, Json] = {
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
    """Send the messages of these deliveries again, with their webhook-ids, to their current endpoints, by new runs. Returns the
    run ids in order. A repeated key returns the first runs.

    Raises NormalizedError NOT_FOUND for an unknown delivery; CONFLICT for a deleted endpoint; LIMIT_EXCEEDED for more than
    MOST_RESENT. Nothing is sent then.
    """
    if len(ids) > MOST_RESENT:
        message = f"`deliveries` has {len(ids)} ids; the maximum is {MOST_RESENT}. Send several requests."
        raise NormalizedError("LIMIT_EXCEEDED", message, path=["deliveries"])
    found = messages_of(ids)
    for place, row_id in enumerate(ids):
        if row_id not in found:
            raise NormalizedError(
                "NOT_FOUND",
                "No delivery has this id. Look it up in `webhookDeliveries`.",
                path=["deliveries", place],
            )
        if found[row_id].deleted:
            # A new endpoint may have its slug by now, but this message is not for its receiver.
            raise NormalizedError(
                "CONFLICT",
                f"The webhook endpoint {found[row_id].slug} of this delivery is deleted, so the message cannot be sent again.",
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
    """Publish the sending workflow in the platform's own version, even if a member has changed it."""
    current = Workflow.objects.filter(slug=RESEND_WORKFLOW).values_list("current_version_id", flat=True).first()
    if not WorkflowVersion.objects.filter(id=current, checksum=checksum(_DEFINITION)).exists():
        save_workflow(slug=RESEND_WORKFLOW, name=_NAME, definition=dict(_DEFINITION), expected_revision=None)
        publish_workflow(slug=RESEND_WORKFLOW)


def _payload(row_id: uuid.UUID, message: MessageRow) -> Json:
    """The payload of a resend. ``delivery`` is only for people, who find it from the audit record of the run."""
    given: Mapping[str, Json] = message.input
    return {
        "delivery": str(row_id),
        "endpoint": message.slug,
        "type": given["type"],
        "data": given["data"],
        "timestamp": given.get("timestamp"),
        "id": given.get("id", message.key),
    }
