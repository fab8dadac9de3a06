"""``automate send``: send an event."""

from __future__ import annotations

from typing import Annotated

import typer

from automate.cli.options import Key, Payload, Tenant, api_of, chosen, json_of
from automate.cli.output import line
from automate.client.api import refusal
from automate.client.operations import INGEST


def send(
    event_type: Annotated[str, typer.Argument(metavar="TYPE", help="The event's type, such as order.created.")],
    payload: Payload = "{}",
    key: Key = None,
    source: Annotated[str, typer.Option(help="The source's slug.")] = "api",
    tenant: Tenant = "",
) -> None:
    """Send an event. Prints the event's id, its trace id, and whether the event is NEW, a DUPLICATE or a CONFLICT."""
    values = {"source": source, "type": event_type, "payload": json_of(payload, "--payload"), "idempotencyKey": key}
    with api_of(chosen(tenant)) as api:
        answer = api.attempt(INGEST, values)
    if event := answer["event"]:
        line("event  ", event["id"])
        line("trace  ", event["traceId"])
        line("outcome", answer["outcome"])
    for error in answer["errors"]:
        raise refusal("", error)
