"""``automate retention``: use the API to show and set how long a tenant's data is kept."""

from __future__ import annotations

from typing import Annotated

import typer

from automate.cli.options import Tenant, api_of, chosen
from automate.cli.output import table
from automate.cli.tenant import platform_target
from automate.client import answers
from automate.client.operations import (
    HOLD_RETENTION,
    PREVIEW_RETENTION,
    RELEASE_RETENTION,
    RETENTION,
    SAVE_RETENTION,
)
from automate.kernel.errors import NormalizedError

retention = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Show, set and hold how long the tenant's data is kept."
)
Policy = Annotated[
    list[str],
    typer.Argument(
        metavar="CLASS=DAYS…", help="For example runs=30 payloads=7. runs=plan uses the days of the tenant's plan."
    ),
]
Others = Annotated[
    list[str] | None, typer.Argument(metavar="[CLASS=DAYS…]", help="As for `set`. The default is the current policies.")
]


OfTenant = Annotated[str, typer.Argument(metavar="TENANT", help="The slug of the tenant.")]
Classes = Annotated[
    list[str] | None, typer.Argument(metavar="[CLASS…]", help="For example runs payloads. The default is all.")
]


@retention.command()
def show(*, tenant: Tenant = "") -> None:
    """Show for how many days each class of data is kept, and which classes the platform protects from removal."""
    with api_of(chosen(tenant)) as api:
        _print(api.query(RETENTION, {})["retention"])


@retention.command("set")
def set_days(policies: Policy, *, tenant: Tenant = "") -> None:
    """Set the number of days for which data of a class is kept. Older data is removed permanently within the hour."""
    with api_of(chosen(tenant)) as api:
        _print(api.mutate(SAVE_RETENTION, {"policies": _read(policies)})["policies"])


@retention.command()
def preview(policies: Others = None, *, tenant: Tenant = "") -> None:
    """Show how many rows and bytes would be removed now. Nothing is removed."""
    with api_of(chosen(tenant)) as api:
        found = api.query(PREVIEW_RETENTION, {"policies": _read(policies or [])})["previewRetention"]
    table(_preview_cells(one) for one in found)


@retention.command()
def hold(
    which: OfTenant,
    classes: Classes = None,
    *,
    reason: Annotated[str, typer.Option(help="The reason, for the audit record and for the tenant.")],
) -> None:
    """Keep the given classes of a tenant's data, however old, until you run `release`. Needs a platform token."""
    wanted = {"tenant": which, "dataClasses": _classes(classes), "reason": reason}
    with api_of(platform_target()) as api:
        _print(api.mutate(HOLD_RETENTION, wanted)["policies"])


@retention.command()
def release(which: OfTenant, classes: Classes = None) -> None:
    """End the effect of `hold`: retention removes the tenant's old data again. Needs a platform token."""
    with api_of(platform_target()) as api:
        _print(api.mutate(RELEASE_RETENTION, {"tenant": which, "dataClasses": _classes(classes)})["policies"])


def _classes(names: list[str] | None) -> list[str]:
    return [name.upper() for name in names or []]


def _read(policies: list[str]) -> list[dict[str, str | int | None]]:
    found: list[dict[str, str | int | None]] = []
    for one in policies:
        name, _, days = one.partition("=")
        if not name or not (days == "plan" or days.isdecimal()):
            raise NormalizedError(
                "BAD_USER_INPUT", f"{one!r} does not have the form CLASS=DAYS. Write, for example, runs=30."
            )
        found.append({"dataClass": name.upper(), "days": None if days == "plan" else int(days)})
    return found


def _print(policies: list[answers.RetentionPolicy]) -> None:
    table(_cells(one) for one in policies)


def _days(value: int | None) -> str:
    return "for ever" if value is None else f"{value} days"


def _cells(one: answers.RetentionPolicy) -> tuple[str, ...]:
    return (
        one["dataClass"].lower(),
        _days(one["days"]),
        f"set to {one['ownDays']}" if one["ownDays"] is not None else f"plan: {_days(one['defaultDays'])}",
        f"held: {one['holdReason']}" if one["holdReason"] else "",
    )


def _preview_cells(one: answers.RetentionPreview) -> tuple[str, ...]:
    about = "" if one["exact"] else "about "
    return (
        one["dataClass"].lower(),
        _days(one["days"]),
        f"{about}{int(one['rows']):,} rows",
        f"about {int(one['bytes']):,} bytes",
    )
