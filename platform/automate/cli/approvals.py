"""``automate approvals``: list the runs that wait for a person's approval."""

from __future__ import annotations

from typing import Annotated

import typer

from automate.cli.options import Tenant, api_of, bare_id, chosen
from automate.cli.output import line, table
from automate.client import answers
from automate.client.operations import APPROVALS
from automate.client.timestamps import clock


def approvals(
    *,
    decided: Annotated[bool, typer.Option("--all", help="Also list approvals that are decided or expired.")] = False,
    tenant: Tenant = "",
) -> None:
    """List the approvals that wait for a decision: who may decide, until when, and for which run."""
    states = None if decided else ["PENDING"]
    with api_of(chosen(tenant)) as api:
        rows = [_cells(one) for one in api.rows(APPROVALS, {"filter": {"states": states}})]
    if not rows:
        line("No approval waits." if not decided else "There are no approvals.")
    table(rows)


def _cells(one: answers.Approval) -> tuple[str, ...]:
    approved = sum(decision["outcome"] == "APPROVED" for decision in one["decisions"])
    return (
        bare_id(one["id"]),
        one["state"].lower(),
        f"{approved} of {one['quorum']}",
        ", ".join(role.lower() for role in one["roles"]),
        f"until {clock(one['expiresAt'])}",
        bare_id(one["run"]["id"]) if one["run"] else "-",
        one["title"],
    )
