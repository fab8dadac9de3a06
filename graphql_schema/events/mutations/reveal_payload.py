"""The mutation revealPayload: shows the payload of an event as it was sent."""

from __future__ import annotations

import strawberry

from automate.kernel.permissions import VIEW_RAW_PAYLOAD
from automate.triggers.revealing import GRANT_SECONDS, REASON_CHARACTERS, reveal_payload
from graphql_schema.context import Info
from graphql_schema.events.revealed import RevealedPayload, revealed_of
from graphql_schema.ids import row_id_of
from graphql_schema.mutating import Payload, mutation


@strawberry.input
class RevealPayloadInput:
    event: strawberry.ID
    reason: str = strawberry.field(
        description=f"The reason, for the audit record: 1 to {REASON_CHARACTERS} characters, such as a ticket's number."
    )


@strawberry.type
class RevealPayloadPayload(Payload):
    revealed: RevealedPayload | None = None


@strawberry.type
class RevealPayload:
    @mutation(
        VIEW_RAW_PAYLOAD,
        "Show the payload of an event as it was sent. The reason is recorded before anything is shown. For "
        f"{GRANT_SECONDS // 60} minutes the same caller can read it again with revealedPayload. A token needs the scope view_raw_payload.",
    )
    def reveal_payload(self, info: Info, input: RevealPayloadInput) -> RevealPayloadPayload:
        found = reveal_payload(row_id_of(input.event, "Event"), input.reason, info.context.payload_bytes.take)
        return RevealPayloadPayload(revealed=revealed_of(found))
