"""``automate effects`` and ``resolve`` work on the calls of runs. ``breakers`` and ``breaker`` work on circuit breakers."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

import typer

from automate.cli.options import Tenant, api_of, chosen, global_id, json_of
from automate.cli.output import line, part_of, table
from automate.client import answers
from automate.client.operations import BREAKERS, EFFECTS, RESOLVE_EFFECT, SET_BREAKER, UNRESOLVED_EFFECTS
from automate.kernel.errors import NormalizedError

Reason = Annotated[str, typer.Option(help="How you know the outcome, for the run's log and the audit record.")]


class How(str, Enum):
    HAPPENED = "happened"
    DID_NOT_HAPPEN = "did-not-happen"
    REPEAT = "repeat"


class Mode(str, Enum):
    AUTO = "auto"
    OPEN = "open"
    CLOSED = "closed"


def effects(
    run: Annotated[
        str,
        typer.Argument(metavar="[RUN]", help="A run's id. Without it: the effects of all runs that wait for a person."),
    ] = "",
    *,
    uncertain: Annotated[bool, typer.Option("--uncertain", help="Only effects that wait for a person.")] = False,
    tenant: Tenant = "",
) -> None:
    """Show the calls of a run, and the proof that no call was sent twice.

    If you name no run, show all calls that wait for a person's decision.
    """
    states = ["UNCERTAIN"] if uncertain else None
    with api_of(chosen(tenant)) as api:
        if not run:
            rows = [(*_cells(one), one["run"]["id"] if one["run"] else "-") for one in api.rows(UNRESOLVED_EFFECTS)]
        else:
            found = api.query(EFFECTS, {"id": global_id("ExecutionRun", run), "states": states})["run"]
            if found is None:
                raise NormalizedError("NOT_FOUND", "This tenant has no run with this id. Check the id and the tenant.")
            rows = [_cells(one) for one in found["effects"]]
    if not rows:
        line("Nothing waits for a person." if uncertain or not run else "Nothing was sent.")
    table(rows)


def _cells(one: answers.Effect) -> tuple[str, ...]:
    return (
        part_of(one["step"], one),
        one["state"].lower(),
        one["connector"],
        one["target"] or "-",
        one["externalId"] or "-",
        one["id"],
        one["proof"],
    )


def resolve(
    effect: Annotated[str, typer.Argument(metavar="EFFECT", help="An effect's id, as `automate effects` shows it.")],
    how: Annotated[How, typer.Argument(help="The outcome, or what to do now.")],
    *,
    reason: Reason,
    output: Annotated[str, typer.Option(help="For happened: the output of the step.", metavar="JSON")] = "",
    external_id: Annotated[str, typer.Option(help="For happened: the id that the call returned.")] = "",
    tenant: Tenant = "",
) -> None:
    """Decide the outcome of an uncertain call. The run then continues."""
    values = {
        "effect": effect,
        "resolution": how.name,
        "reason": reason,
        "output": json_of(output, "--output") if output else None,
        "externalId": external_id or None,
    }
    with api_of(chosen(tenant)) as api:
        made = api.mutate(RESOLVE_EFFECT, values)
    line("effect", made["effect"]["id"], made["effect"]["state"].lower())
    line("run   ", made["run"]["id"], made["run"]["state"].lower())


def breakers(*, tenant: Tenant = "") -> None:
    """List the hosts with failed calls. Hosts whose calls are held come first."""
    with api_of(chosen(tenant)) as api:
        found = list(api.rows(BREAKERS))
    shown = [
        (
            one["state"].lower(),
            one["mode"].lower(),
            one["connector"],
            one["host"],
            f"{one['failures']} of {one['calls']} failed",
            f"next probe {one['probeAt']}" if one["probeAt"] else "",
        )
        for one in sorted(found, key=lambda one: one["state"] == "CLOSED" and one["mode"] != "OPEN")
    ]
    table(shown)


def breaker(
    connector: Annotated[
        str, typer.Argument(metavar="CONNECTOR", help="The name in a step's uses, such as http.request.")
    ],
    host: Annotated[str, typer.Argument(metavar="HOST", help="The host, with its port if the URL has one.")],
    mode: Annotated[
        Mode, typer.Argument(help="open holds all calls, closed sends all calls, auto decides by failures.")
    ],
    *,
    reason: Reason,
    tenant: Tenant = "",
) -> None:
    """Set whether calls to a host are held, are sent, or are held only after failures."""
    values = {"connector": connector, "host": host, "mode": mode.name, "reason": reason}
    with api_of(chosen(tenant)) as api:
        made = api.mutate(SET_BREAKER, values)["breaker"]
    line(made["state"].lower(), made["mode"].lower(), made["connector"], made["host"])
