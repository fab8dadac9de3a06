"""``automate reveal``: show the unredacted payload of an event."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from automate.cli.options import Tenant, api_of, chosen, global_id
from automate.cli.output import line, note, out
from automate.client.operations import REVEAL_PAYLOAD, REVEALED_PAYLOAD
from automate.kernel.errors import NormalizedError


def reveal(
    event: Annotated[str, typer.Argument(metavar="EVENT", help="An event's id.")],
    *,
    reason: Annotated[
        str | None,
        typer.Option(
            help="The reason, for the audit record. Not needed for a payload that you revealed in the last ten minutes."
        ),
    ] = None,
    tenant: Tenant = "",
) -> None:
    """Print an event's payload as it was sent. Needs a token whose scopes include view_raw_payload."""
    about = {"event": global_id("Event", event)}
    with api_of(chosen(tenant)) as api:
        if reason is None:
            found = api.query(REVEALED_PAYLOAD, about)["revealedPayload"]
        else:
            found = api.mutate(REVEAL_PAYLOAD, {**about, "reason": reason})["revealed"]
    if found is None:
        raise NormalizedError(
            "FORBIDDEN",
            "You have not revealed this event in the last ten minutes, so a reason is required. Run: automate reveal EVENT --reason TEXT.",
        )
    line(f"sha256 {found['payloadSha256']}, readable until {found['until']}", console=note)
    if found["scrubbed"]:
        line(
            "A secret of the event's source is replaced by [redacted]; the hash is that of the original body.",
            console=note,
        )
    if out.is_terminal:
        line(found["body"])
    else:
        # A file gets the exact bytes, without a line end.
        sys.stdout.write(found["body"])
