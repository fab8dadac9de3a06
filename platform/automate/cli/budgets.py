"""``automate budgets``: list, set and delete a tenant's budgets through the API."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

import typer

from automate.cli.options import Tenant, api_of, chosen
from automate.cli.output import line, table
from automate.client import answers
from automate.client.operations import BUDGETS, DELETE_BUDGET, SET_BUDGET
from automate.kernel.errors import NormalizedError

COST = "COST"

budgets = typer.Typer(add_completion=False, no_args_is_help=True, help="List, set and delete the tenant's budgets.")


class Action(str, Enum):
    throttle = "throttle"
    reject = "reject"
    alert = "alert"


Metric = Annotated[str, typer.Argument(metavar="METRIC", help="Such as runs, calls or concurrent_runs.")]
Window = Annotated[str, typer.Argument(metavar="WINDOW", help="minute, hour, day, month, or always.")]
Connector = Annotated[str, typer.Option(help="Count only this connector, for calls and cost. The default is all.")]
Workflow = Annotated[str, typer.Option(help="Count only the workflow with this slug. The default is all.")]


@budgets.command("list")
def list_budgets(*, tenant: Tenant = "") -> None:
    """Show all budgets and how much of each is used."""
    with api_of(chosen(tenant)) as api:
        found = api.query(BUDGETS, {})["budgets"]
    table(_cells(one) for one in found)


@budgets.command("set")
def set_budget(
    metric: Metric,
    window: Window,
    limit: Annotated[
        str, typer.Argument(metavar="LIMIT", help="A whole number, or for cost an amount of the currency.")
    ],
    *,
    action: Annotated[Action, typer.Option(help="The action beyond the limit.")] = Action.throttle,
    workflow: Workflow = "",
    connector: Connector = "",
    tenant: Tenant = "",
) -> None:
    """Create a budget, or change its limit and action. The change takes effect at once."""
    values = {
        "metric": metric.upper(),
        "window": window.upper(),
        "costLimit" if metric.upper() == COST else "limit": limit,
        "action": action.name.upper(),
        "workflow": workflow or None,
        "connector": connector or None,
    }
    with api_of(chosen(tenant)) as api:
        line(*_cells(api.mutate(SET_BUDGET, values)["budget"]))


@budgets.command()
def delete(
    metric: Metric, window: Window, *, workflow: Workflow = "", connector: Connector = "", tenant: Tenant = ""
) -> None:
    """Delete a budget. A limit of the tenant's plan then applies again. Work that waited for the budget continues."""
    wanted = (metric.upper(), window.upper(), workflow or None, connector or None)
    with api_of(chosen(tenant)) as api:
        found = [
            one
            for one in api.query(BUDGETS, {})["budgets"]
            if (one["metric"], one["window"], one["workflow"], one["connector"]) == wanted
        ]
        if not found:
            message = f"No budget here limits {metric} per {window}. `automate budgets list` shows all budgets."
            raise NormalizedError("NOT_FOUND", message)
        api.mutate(DELETE_BUDGET, {"id": found[0]["id"]})
    line("deleted", *_cells(found[0])[:3])


def _cells(one: answers.Budget) -> tuple[str, ...]:
    cost = one["costLimit"] is not None
    used = str(one["costUsed"]) if cost else f"{int(one['used']):,}"
    limit = str(one["costLimit"]) if cost else f"{int(one['limit']):,}"
    return (
        one["metric"].lower(),
        one["window"].lower(),
        one["workflow"] or one["connector"] or "-",
        f"{used} of {limit}",
        one["action"].lower(),
        f"resets {one['resetsAt']}" if one["resetsAt"] else "",
    )
