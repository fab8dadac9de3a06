"""``automate tenant``: export a tenant's data, delete the tenant, or cancel the deletion."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from automate.cli.options import Tenant, api_of, chosen
from automate.cli.output import line
from automate.client.archives import checked, download
from automate.client.operations import (
    CANCEL_DELETION_BY_PLATFORM,
    CANCEL_TENANT_DELETION,
    DELETE_TENANT,
    DELETE_TENANT_BY_PLATFORM,
    EXPORT_TENANT,
)
from automate.client.target import ServerTarget
from automate.kernel.errors import NormalizedError

tenant_group = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Export the tenant's data, delete the tenant, or cancel its deletion.",
)

Reason = Annotated[str, typer.Option(help="The reason, for the audit record.")]
OfPlatform = Annotated[bool, typer.Option("--platform", help="AUTOMATE_TOKEN is a platform token.")]


@tenant_group.command()
def export(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The tar file to write. It must not exist.")],
    *,
    reason: Reason,
    tenant: Tenant = "",
) -> None:
    """Write a tenant's data to a tar file and check the file against its manifest. Values of secrets are left out."""
    if file.exists():
        raise NormalizedError(
            "BAD_USER_INPUT", f"The file {file} exists already. Name another file, or remove this file."
        )
    target = chosen(tenant)
    part = file.with_name(f"{file.name}.part")
    with api_of(target) as api:
        ticket = api.mutate(EXPORT_TENANT, {"reason": reason})
    try:
        download(f"{target.server}{ticket['url']}", target.token, part)
        found = checked(part)
        part.replace(file)
    except OSError as error:
        raise NormalizedError("BAD_USER_INPUT", f"The file {part} cannot be written: {error.strerror}.") from None
    finally:
        part.unlink(missing_ok=True)
    rows = sum(table["rows"] for table in found["tables"].values())
    line(str(file), f"{rows:,} rows of {len(found['tables'])} tables, whole")


@tenant_group.command()
def delete(
    slug: Annotated[str, typer.Argument(metavar="SLUG", help="The tenant's slug, to confirm.")],
    *,
    reason: Reason,
    of_platform: OfPlatform = False,
    tenant: Tenant = "",
) -> None:
    """Delete a tenant. Its work stops at once, and its data is removed permanently after some days.

    Until the removal, owners can cancel the deletion.
    """
    with api_of(_target(tenant, of_platform=of_platform)) as api:
        if of_platform:
            deletes_at = api.mutate(DELETE_TENANT_BY_PLATFORM, {"tenant": slug, "reason": reason})["tenant"][
                "deletesAt"
            ]
        else:
            deletes_at = api.mutate(DELETE_TENANT, {"tenant": slug, "reason": reason})["deletesAt"]
    line(slug, f"suspended; its data is removed from {deletes_at} on. To keep it: automate tenant keep")


@tenant_group.command()
def keep(
    slug: Annotated[str, typer.Argument(metavar="[SLUG]", help="With --platform: the tenant's slug.")] = "",
    *,
    of_platform: OfPlatform = False,
    tenant: Tenant = "",
) -> None:
    """Cancel the deletion of a tenant. The tenant's work continues where the work stopped."""
    if of_platform != bool(slug):
        raise NormalizedError(
            "BAD_USER_INPUT",
            "With --platform, a slug is required. Without --platform, remove the slug, because the token already determines the tenant.",
        )
    with api_of(_target(tenant, of_platform=of_platform)) as api:
        if of_platform:
            api.mutate(CANCEL_DELETION_BY_PLATFORM, {"tenant": slug})
        else:
            api.mutate(CANCEL_TENANT_DELETION)
    line("The tenant is kept.")


def _target(tenant: str, *, of_platform: bool) -> ServerTarget:
    return platform_target() if of_platform else chosen(tenant)


def platform_target() -> ServerTarget:
    """Return the server and the platform token from the environment.

    Raises BAD_USER_INPUT if AUTOMATE_TOKEN is not set.
    """
    if not os.environ.get("AUTOMATE_TOKEN"):
        message = "This command needs a platform token. Set AUTOMATE_URL, and AUTOMATE_TOKEN to a token of `automate platform-token`."
        raise NormalizedError("BAD_USER_INPUT", message)
    return chosen("")
