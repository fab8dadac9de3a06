"""The type RevealedPayload: a payload as it was sent."""

from __future__ import annotations

from datetime import datetime

import strawberry

from automate.kernel.permissions import VIEW_RAW_PAYLOAD
from automate.triggers.revealing import GRANT_SECONDS, Revealed, revealed_payload
from graphql_schema.context import Info
from graphql_schema.ids import global_id, row_id_of
from graphql_schema.permissions import Requires
from graphql_schema.planning import load_selection


@strawberry.type(description="The payload of one event as it was sent, not redacted.")
class RevealedPayload:
    event_id: strawberry.ID = strawberry.field(description="The event's global id.")
    body: str = strawberry.field(
        description="The JSON text as it was sent, except that secrets of the event's source are replaced by "
        "[redacted]."
    )
    scrubbed: bool = strawberry.field(
        description="Whether a secret of the source was replaced. If not, the hash matches the shown text."
    )
    payload_sha256: str = strawberry.field(
        name="payloadSha256", description="The SHA-256 of the body as it was sent, as hexadecimal digits."
    )
    until: datetime = strawberry.field(
        description="The time until which the caller may read the payload without a new reason."
    )

    def __repr__(self) -> str:
        return f"RevealedPayload(event_id={self.event_id!r})"


def revealed_of(revealed: Revealed) -> RevealedPayload:
    return RevealedPayload(
        event_id=strawberry.ID(global_id("Event", revealed.event_id)),
        body=revealed.body,
        scrubbed=revealed.scrubbed,
        payload_sha256=revealed.sha256,
        until=revealed.until,
    )


@strawberry.type
class RevealedQueries:
    @strawberry.field(
        extensions=[Requires(VIEW_RAW_PAYLOAD)],
        description=f"A payload that the caller revealed with revealPayload in the last {GRANT_SECONDS // 60} minutes; null for any other.",
    )
    def revealed_payload(self, info: Info, event: strawberry.ID) -> RevealedPayload | None:
        found = revealed_payload(row_id_of(event, "Event"), info.context.payload_bytes.take)
        return load_selection(info, revealed_of(found) if found is not None else None)
