"""``automate bulk``: retry, cancel, replay or redrive all items that match a filter, through the API."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

import typer

from automate.cli.options import Key, Tenant, api_of, chosen, global_id, json_of
from automate.cli.output import line, note, table, waiting
from automate.cli.recover import BY_HAND, FAILED, Begin, Latest, RepeatEffects, begun_at
from automate.client import answers
from automate.client.feed import progress_of
from automate.client.operations import ABORT_BULK, BULK_ITEMS, PREVIEW_BULK, START_BULK
from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonValue, as_object

INTERRUPTED = 130

bulk = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Retry, cancel, replay or redrive all items that match a filter."
)


class BulkKindOption(str, Enum):
    RETRY = "retry"
    CANCEL = "cancel"
    REPLAY = "replay"
    REDRIVE = "redrive"


TAKES = {
    BulkKindOption.RETRY: "runs",
    BulkKindOption.CANCEL: "runs",
    BulkKindOption.REPLAY: "events",
    BulkKindOption.REDRIVE: "jobs",
}
"""The items of each kind, as the API names their filter."""


class ItemOutcomeOption(str, Enum):
    DONE = "done"
    SKIPPED = "skipped"
    REFUSED = "refused"


KindOf = Annotated[BulkKindOption, typer.Argument(help="The operation on each item.")]
Filter = Annotated[
    str, typer.Option("--filter", metavar="JSON", help="The filter of the API for these items: JSON, or @FILE.")
]
Workflow = Annotated[str, typer.Option(metavar="SLUG", help="Only runs of this workflow.")]
Fingerprint = Annotated[str, typer.Option(help="Only failures with this fingerprint, see failureGroups.")]
Operation = Annotated[str, typer.Argument(metavar="BULK", help="The operation's id.")]


@bulk.command()
def preview(
    kind: KindOf,
    *,
    wanted: Filter = "{}",
    workflow: Workflow = "",
    fingerprint: Fingerprint = "",
    begin: Begin = FAILED,
    latest: Latest = False,
    repeat_effects: RepeatEffects = False,
    tenant: Tenant = "",
) -> None:
    """Show how many items match, which effects would repeat, and which items would be refused."""
    values = {
        **_items(kind, wanted, workflow, fingerprint),
        **_retry(begin, latest=latest, repeat_effects=repeat_effects),
    }
    with api_of(chosen(tenant)) as api:
        shown = api.query(PREVIEW_BULK, {"input": values})["previewBulkOperation"]
    line("count   ", str(shown["count"]))
    if shown["lookedAt"]:
        line("looked at", str(shown["lookedAt"]))
    if shown["newRuns"] is not None:
        line("new runs", str(shown["newRuns"]))
    for effect in shown["effectsThatRepeat"]:
        consent = "needs --repeat-effects" if effect["consent"] and not repeat_effects else ""
        line(
            "effect  ",
            effect["step"],
            effect["connector"],
            f"({effect['effect'].lower()})",
            f"in {effect['runs']} runs",
            consent,
        )
    for refused in shown["refusals"]:
        line("refused ", str(refused["items"]), refused["code"], refused["message"])
    line("preview ", shown["previewId"])


@bulk.command()
def start(
    kind: KindOf,
    *,
    wanted: Filter = "{}",
    workflow: Workflow = "",
    fingerprint: Fingerprint = "",
    begin: Begin = FAILED,
    latest: Latest = False,
    repeat_effects: RepeatEffects = False,
    preview_id: Annotated[
        str | None,
        typer.Option("--preview", help="Process the items that existed at this preview of `automate bulk preview`."),
    ] = None,
    reason: Annotated[str, typer.Option(help="The reason, for the runs' logs and the audit record.")] = BY_HAND,
    rate: Annotated[int | None, typer.Option(help="The maximum number of items a second.")] = None,
    ceiling: Annotated[int | None, typer.Option(help="Do nothing if more items match.")] = None,
    stop_on_error_rate: Annotated[
        int | None, typer.Option(metavar="PERCENT", help="Stop if more than this percentage of the items fails.")
    ] = None,
    key: Key = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Process all items of the tenant. Required without a filter.")
    ] = False,
    watching: Annotated[bool, typer.Option("--watch", help="Wait for the end, as `automate bulk watch` does.")] = False,
    tenant: Tenant = "",
) -> None:
    """Start a bulk operation. The workers then process its items in small groups."""
    items = _items(kind, wanted, workflow, fingerprint)
    _check_meant(kind, as_object(items[TAKES[kind]]), everything=everything)
    chosen_alone = {"rate": rate, "ceiling": ceiling, "stopOnErrorRate": stop_on_error_rate}
    values = {
        **items,
        **_retry(begin, latest=latest, repeat_effects=repeat_effects),
        **{name: value for name, value in chosen_alone.items() if value is not None},
        "previewId": preview_id,
        "reason": reason,
        "idempotencyKey": key,
    }
    with api_of(chosen(tenant)) as api:
        operation = api.mutate(START_BULK, values)["operation"]
    if operation is None:
        raise NormalizedError(
            "NOT_FOUND", "This idempotency key belongs to an operation that has been removed since. Use another key."
        )
    line("bulk", operation["id"], operation["state"].lower(), f"{operation['total']} items")
    if watching:
        _watch(operation["id"], tenant)


@bulk.command()
def watch(operation: Operation, *, tenant: Tenant = "") -> None:
    """Wait for the end of a bulk operation. Exits with 1 unless the operation completed."""
    _watch(global_id("BulkOperation", operation), tenant)


@bulk.command()
def abort(
    operation: Operation,
    *,
    reason: Annotated[str, typer.Option(help="The reason, for the audit record.")] = BY_HAND,
    tenant: Tenant = "",
) -> None:
    """Abort a bulk operation. Items that were already processed are not reverted."""
    with api_of(chosen(tenant)) as api:
        values = {"operation": global_id("BulkOperation", operation), "reason": reason}
        _show(api.mutate(ABORT_BULK, values)["operation"])


@bulk.command()
def items(
    operation: Operation,
    *,
    outcome: Annotated[ItemOutcomeOption | None, typer.Option(help="Only items with this outcome.")] = None,
    tenant: Tenant = "",
) -> None:
    """List the outcome of each item, newest first. Shows the new runs of an item, or the reason why it was refused."""
    variables: dict[str, JsonValue] = {
        "id": global_id("BulkOperation", operation),
        "outcome": outcome.name if outcome is not None else None,
    }
    with api_of(chosen(tenant)) as api:
        more = True
        while more:
            found = api.query(BULK_ITEMS, variables)["node"]
            if not found:
                raise NormalizedError("NOT_FOUND", "No bulk operation has this id. Check the id and the tenant.")
            page = found["items"]
            table(_cells(edge["node"]) for edge in page["edges"])
            more, variables["after"] = page["pageInfo"]["hasNextPage"], page["pageInfo"]["endCursor"]


def _items(kind: BulkKindOption, wanted: str, workflow: str, fingerprint: str) -> dict[str, JsonValue]:
    values = json_of(wanted, "--filter")
    if not isinstance(values, dict):
        raise NormalizedError("BAD_USER_INPUT", '--filter must be a JSON object such as {"states": ["FAILED"]}.')
    named = {"workflow": workflow, "fingerprint": fingerprint}
    return {"kind": kind.name, TAKES[kind]: {**values, **{name: value for name, value in named.items() if value}}}


def _check_meant(kind: BulkKindOption, narrowed: dict[str, JsonValue], *, everything: bool) -> None:
    # Without this check, a forgotten filter would select all items of the tenant.
    narrow = any(value is not None for value in narrowed.values())
    if not narrow and not everything:
        raise NormalizedError(
            "BAD_USER_INPUT",
            f"No filter is given. Without a filter, this command would {kind.value} all {TAKES[kind]} of the tenant. "
            "Select some of them with --workflow, --fingerprint or --filter. To process all of them, add --all.",
        )
    if narrow and everything:
        raise NormalizedError("BAD_USER_INPUT", "--all cannot be combined with a filter. Remove --all or the filter.")


def _retry(begin: str, *, latest: bool, repeat_effects: bool) -> dict[str, JsonValue]:
    # {} without such an option, because most kinds of operations accept no such options.
    said: dict[str, JsonValue] = {}
    if begin != FAILED:
        said |= begun_at(begin)
    if latest:
        said["version"] = "LATEST"
    if repeat_effects:
        said["repeatEffects"] = True
    return {"retry": said} if said else {}


def _watch(operation: str, tenant: str) -> None:
    try:
        with waiting("Items") as work:
            for seen in progress_of(lambda: chosen(tenant), operation, lambda text: line(text, console=note)):
                work.reached(seen["done"] + seen["skipped"] + seen["refused"], seen["total"])
    except KeyboardInterrupt:
        line("Stopped watching. The operation continues.")
        raise typer.Exit(INTERRUPTED) from None
    _show(seen)
    if seen["state"] != "FINISHED":
        raise typer.Exit(1)


def _show(operation: answers.BulkOperation) -> None:
    counts = f"{operation['done']} done, {operation['skipped']} skipped, {operation['refused']} refused"
    why = operation["error"]["message"] if operation["error"] else ""
    line("bulk", operation["id"], operation["state"].lower(), f"{counts} of {operation['total']}", why)


def _cells(item: answers.BulkItem) -> list[str]:
    return [
        item["outcome"].lower(),
        item["item"],
        item["error"]["message"] if item["error"] else " ".join(item["runs"]),
    ]
