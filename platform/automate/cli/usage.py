"""``automate usage``: show a tenant's usage, or export complete hours as CSV or JSONL."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from typing import Annotated

import typer

from automate.cli.options import Tenant, api_of, chosen
from automate.cli.output import line, table
from automate.client.operations import USAGE, USAGE_RECORDS

DEFAULT_DAYS = 30
MILLION = 1_000_000


class Metric(str, Enum):
    events = "events"
    runs = "runs"
    steps = "steps"
    calls = "calls"
    cost = "cost"


class By(str, Enum):
    hour = "hour"
    day = "day"


class UsageGrouping(str, Enum):
    workflow = "workflow"
    connector = "connector"


class Format(str, Enum):
    csv = "csv"
    jsonl = "jsonl"


def usage(
    metric: Annotated[
        Metric, typer.Argument(metavar="METRIC", help="events, runs, steps, calls or cost.")
    ] = Metric.runs,
    *,
    since: Annotated[
        datetime | None, typer.Option("--from", help="The first hour or day, in UTC. The default is 30 days ago.")
    ] = None,
    to: Annotated[datetime | None, typer.Option("--to", help="The end, in UTC. The default is now.")] = None,
    by: Annotated[By, typer.Option(help="Hours, or days of the tenant's time zone.")] = By.day,
    group: Annotated[UsageGrouping | None, typer.Option(help="Divide by workflow or connector.")] = None,
    export: Annotated[Format | None, typer.Option(help="Export all closed hours of all metrics.")] = None,
    after: Annotated[str | None, typer.Option(help="For an export: resume after this cursor.")] = None,
    tenant: Tenant = "",
) -> None:
    """Show the tenant's usage, or export complete hours as CSV or JSONL.

    Retries, tests and replays are counted separately. A row with * can still change. Only owners see the cost.
    The cost has the same currency as the plan's prices.
    """
    with api_of(chosen(tenant)) as api:
        if export is not None:
            more = True
            while more:
                values = {"after": after, "to": _timestamp(to), "format": export.name.upper()}
                page = api.query(USAGE_RECORDS, values)["usageRecords"]
                print(page["text"], end="")  # noqa: T201 - for a file, as it is
                after, more = page["cursor"], page["more"]
            return
        start = since or datetime.now(timezone.utc) - timedelta(days=DEFAULT_DAYS)
        values = {
            "metric": metric.name.upper(),
            "from": _timestamp(start),
            "to": _timestamp(to),
            "by": by.name.upper(),
            "groupBy": group.name.upper() if group else None,
        }
        found = api.query(USAGE, values)["usage"]
    rows = [("start", "of", "total", "normal", "retries", "tests", "replays", "")] if found else []
    rows += [
        (
            one["start"],
            one["name"] or "-",
            *(_amount(metric, one[name]) for name in ("total", "normal", "retries", "tests", "replays")),
            "" if one["closed"] else "*",
        )
        for one in found
    ]
    table(rows)
    if not found:
        line("No usage.")


def _amount(metric: Metric, amount: str) -> str:
    # A cost is stored in millionths of the currency.
    return f"{Decimal(amount) / MILLION:,f}" if metric is Metric.cost else f"{int(amount):,}"


def _timestamp(at: datetime | None) -> str | None:
    if at is None:
        return None
    return (at if at.tzinfo else at.replace(tzinfo=timezone.utc)).isoformat()
