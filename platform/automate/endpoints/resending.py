"""Send a message once more, because somebody says so: a run of its own, so that it is tried, recorded and seen like any."""

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
"""In one request: each is a run and a transaction of its own."""
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
    """Send the messages of these deliveries once more, under the webhook-ids that they had: to their endpoints as they are
    now, by new runs, whose ids it returns in order. A repeated key brings the first runs back.

    Raises NormalizedError NOT_FOUND where one is unknown, CONFLICT where its endpoint was deleted, LIMIT_EXCEEDED for more than MOST_RESENT, and then sends none.
    """
    if len(ids) > MOST_RESENT:
        message = f"Name at most {MOST_RESENT} deliveries at once; these are {len(ids)}."
        raise NormalizedError("LIMIT_EXCEEDED", message, path=["deliveries"])
    found = messages_of(ids)
    for place, row_id in enumerate(ids):
        if row_id not in found:
            raise NormalizedError(
                "NOT_FOUND",
                "There is no delivery of this id here; look it up in webhookDeliveries.",
                path=["deliveries", place],
            )
        if found[row_id].deleted:
            # Another one may bear its slug by now, whose receiver this message is not for.
            raise NormalizedError(
                "CONFLICT",
                f"The webhook endpoint {found[row_id].slug} that this was sent to has been deleted, so it is not sent again.",
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
    """The workflow that sends, published as it stands here, also where somebody has changed it."""
    current = Workflow.objects.filter(slug=RESEND_WORKFLOW).values_list("current_version_id", flat=True).first()
    if not WorkflowVersion.objects.filter(id=current, checksum=checksum(_DEFINITION)).exists():
        save_workflow(slug=RESEND_WORKFLOW, name=_NAME, definition=dict(_DEFINITION), expected_revision=None)
        publish_workflow(slug=RESEND_WORKFLOW)


def _payload(row_id: uuid.UUID, message: MessageRow) -> Json:
    """delivery: nobody reads it but people, who come here from the AuditEntry of the run."""
    given: Mapping[str, Json] = message.input
    return {
        "delivery": str(row_id),
        "endpoint": message.slug,
        "type": given["type"],
        "data": given["data"],
        "timestamp": given.get("timestamp"),
        "id": given.get("id", message.key),
    }
