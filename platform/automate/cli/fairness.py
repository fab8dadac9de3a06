"""``automate fairness``: show how the workers' time is divided among the tenants. Needs a platform token."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Annotated

import typer

from automate.cli.options import api_of
from automate.cli.output import line, table
from automate.cli.tenant import platform_target
from automate.client import answers
from automate.client.operations import FAIRNESS
from automate.kernel.timestamps import parse_timestamp

HEADS = ("tenant", "weight", "share", "jobs", "p95 start delay", "oldest due job")


def fairness(
    *,
    most: Annotated[int, typer.Option(help="How many tenants to show, those with the largest shares first.")] = 20,
) -> None:
    """Show each tenant's share of the workers, its p95 start delay and its oldest due job. Needs a platform token.

    The figures cover the jobs that ended within the last five minutes. A tenant is left out if it has neither such a
    job nor a due job.
    """
    with api_of(platform_target()) as api:
        found: list[answers.TenantFairness] = list(api.rows(FAIRNESS))
    active = [one for one in found if one["jobs"] or one["oldestDueAt"]]
    active.sort(key=lambda one: (-float(one["share"]), str(one["oldestDueAt"] or "~"), str(one["slug"])))
    now = datetime.now(timezone.utc)
    table([HEADS, *(_cells(one, now) for one in active[:most])])
    if len(active) > most:
        line(f"{len(active) - most:,} more tenants: see --most")


def _cells(one: answers.TenantFairness, now: datetime) -> tuple[str, ...]:
    delay, due = one["startDelayP95"], one["oldestDueAt"]
    waits = (now - parse_timestamp(str(due))).total_seconds() if due else None
    return (
        str(one["slug"]),
        str(one["weight"]),
        f"{float(one['share']):.1%}",
        f"{one['jobs']:,}",
        f"{1_000 * float(delay):,.0f} ms" if delay is not None else "-",
        f"{max(0.0, waits):,.1f} s" if waits is not None else "-",
    )
