"""The mutation revealPayload: shows the payload of an event as it was sent."""

from __future__ import annotations

import strawberry

from automate.kernel.permissions import VIEW_RAW_PAYLOAD
from automate.triggers.revealing import GRANT_SECONDS, REASON_CHARACTERS, reveal_payload
from graphql_schema.context import Info
from graphql_schema.errors import ErrorAnswer, refusals_in
from graphql_schema.events.revealed import RevealedPayload, revealed_of
from graphql_schema.ids import row_id_of
from graphql_schema.permissions import Requires
from graphql_schema.planning import planned


@strawberry.input
class RevealPayloadInput:
    event: strawberry.ID
    reason: str = strawberry.field(
        description=f"The reason, for the audit record: 1 to {REASON_CHARACTERS} characters, such as a ticket's number."
    )


@strawberry.type
class RevealPayloadPayload:
    revealed: RevealedPayload | None = None
    errors: list[ErrorAnswer] = strawberry.field(default_factory=list)


@strawberry.type
class RevealPayload:
    @strawberry.mutation(
        extensions=[Requires(VIEW_RAW_PAYLOAD)],
        description="Show the payload of an event as it was sent. The reason is recorded before anything is shown. For "
        f"{GRANT_SECONDS // 60} minutes the same caller can read it again with revealedPayload. A token needs the scope view_raw_payload.",
    )
    @refusals_in(RevealPayloadPayload)
    def reveal_payload(self, info: Info, input: RevealPayloadInput) -> RevealPayloadPayload:  # noqa: A002 - Relay's word
        found = reveal_payload(row_id_of(input.event, "Event"), input.reason, info.context.payload_bytes.take)
        return planned(info, RevealPayloadPayload(revealed=revealed_of(found)))
