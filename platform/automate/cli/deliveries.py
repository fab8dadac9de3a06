"""``automate deliveries``, ``redeliver`` and ``verify``: handle webhook requests that created no event."""

from __future__ import annotations

import base64
from enum import Enum
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from automate.cli.options import Key, Tenant, api_of, chosen, global_id, read_file
from automate.cli.output import line, table
from automate.client import answers
from automate.client.operations import DELIVERIES, REDELIVER, VERIFY_DELIVERY
from automate.client.timestamps import clock, timestamp_or_age
from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonValue


class DeliveryOutcomeOption(str, Enum):
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    REFUSED = "refused"


def deliveries(
    *,
    source: Annotated[str, typer.Option(metavar="SLUG", help="Only deliveries to this source.")] = "",
    outcomes: Annotated[
        list[DeliveryOutcomeOption] | None,
        typer.Option("--outcome", help="Only deliveries with this outcome; may be repeated."),
    ] = None,
    codes: Annotated[
        list[str] | None,
        typer.Option("--code", help="Only deliveries with this code, such as INVALID_SIGNATURE; may be repeated."),
    ] = None,
    since: Annotated[str, typer.Option(metavar="WHEN", help="Since 7d, 24h, or a timestamp.")] = "",
    most: Annotated[int, typer.Option(help="The number of deliveries, the newest first.", min=1)] = 100,
    tenant: Tenant = "",
) -> None:
    """List webhooks that created no event, newest first: duplicates, conflicts and refusals, with the reason."""
    wanted: dict[str, object] = {
        "source": source or None,
        "outcomes": [one.name for one in outcomes] if outcomes else None,
        "codes": codes or None,
        "receivedFrom": timestamp_or_age(since).isoformat() if since else None,
    }
    with api_of(chosen(tenant)) as api:
        table(_cells(one) for one in islice(api.rows(DELIVERIES, {"filter": wanted}), most))


def redeliver(
    ids: Annotated[list[str], typer.Argument(metavar="DELIVERY...", help="Ids from `automate deliveries`.")],
    *,
    new_keys: Annotated[
        bool,
        typer.Option("--new-keys", help="Turn a conflict into a new event beside the event that has its key."),
    ] = False,
    key: Key = None,
    tenant: Tenant = "",
) -> None:
    """Check refused deliveries again, with the current settings of their sources, and accept the valid ones. Exits with 1 if a delivery is still refused."""
    values = {
        "deliveries": [global_id("Delivery", one) for one in ids],
        "newKeys": new_keys,
        "idempotencyKey": key,
    }
    with api_of(chosen(tenant)) as api:
        done = api.attempt(REDELIVER, values)
    for event in done["events"]:
        line("event", event["id"], event["type"], event["traceId"])
    for error in done["errors"]:
        line("refused", error["code"], error["message"])
    if done["errors"]:
        raise typer.Exit(1)


def verify(
    delivery: Annotated[
        str, typer.Argument(metavar="[DELIVERY]", help="A stored delivery. Without it, the options describe a request.")
    ] = "",
    *,
    source: Annotated[str, typer.Option(metavar="SLUG", help="The source that a captured request was sent to.")] = "",
    headers: Annotated[
        list[str] | None,
        typer.Option("--header", metavar="NAME:VALUE", help="A header of the request; may be repeated."),
    ] = None,
    body: Annotated[str, typer.Option(help="The request's unchanged body, or @FILE with its bytes.")] = "",
    received: Annotated[
        str, typer.Option(metavar="WHEN", help="The time of the request, to check its signed time. The default is now.")
    ] = "",
    tenant: Tenant = "",
) -> None:
    """Check a request's signature with each secret, and explain why a check fails. The request creates no event.

    Exits with 1 unless a signature is valid.
    """
    values: dict[str, object] = {"delivery": global_id("Delivery", delivery)} if delivery else {}
    if source or not delivery:
        values |= {"source": source or None, "headers": [_header(one) for one in headers or ()], **_body(body)}
        values["receivedAt"] = timestamp_or_age(received).isoformat() if received else None
    with api_of(chosen(tenant)) as api:
        found = api.query(VERIFY_DELIVERY, {"input": values})["verifyDelivery"]
    _say(found)
    if not found["verified"] or found["refusal"]:
        raise typer.Exit(1)


def _body(text: str) -> dict[str, JsonValue]:
    # Typer passes bytes that are not UTF-8 as halves of surrogate pairs.
    body = read_file(Path(text[1:])) if text.startswith("@") else text.encode(errors="surrogateescape")
    return {"bodyBase64": base64.b64encode(body).decode()}


def _header(text: str) -> dict[str, str]:
    name, colon, value = text.partition(":")
    if not colon:
        raise NormalizedError("BAD_USER_INPUT", f"--header is {text!r}, which has no colon. Write NAME:VALUE.")
    return {"name": name.strip(), "value": value.strip()}


def _say(found: answers.DeliveryVerification) -> None:
    if found["verified"]:
        by = f"by secret version {found['secretVersion']}" if found["secretVersion"] is not None else "without a secret"
        line("verified", by)
    table((f"version {one['version']}", one["cause"].lower(), one["message"]) for one in found["secrets"])
    if found["refusal"]:
        line("signature fits, but refused:", found["refusal"]["code"], found["refusal"]["message"])


def _cells(one: answers.Delivery) -> tuple[str, ...]:
    reason: answers.NormalizedError = one["reason"] or {"code": "", "message": ""}
    became = f"became {one['redeliveredEvent']['id']}" if one["redeliveredEvent"] else ""
    can = "" if became or not one["redeliverable"] else "redeliverable"
    return (
        one["id"],
        one["outcome"].lower(),
        one["source"]["slug"],
        one["type"] or "-",
        clock(one["receivedAt"]),
        became or can or "-",
        f"{reason['code']} {reason['message']}".strip(),
    )
