"""What is done to a database before the processes start: roles, tables, the first token."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Annotated
from urllib.parse import unquote, urlsplit

import typer

from automate.kernel.errors import NormalizedError
from automate.project.cli.output import line, waiting
from automate.project.cli.processes import call
from automate.project.local import roles as database_roles
from automate.project.local.home import write_private
from automate.project.locations import POSTGRES, parts_of


def migrate(
    demo_tokens: Annotated[Path | None, typer.Option(help="Make the demo tenants and write their tokens here.")] = None,
) -> None:
    """Bring all tables up to date, as the role of AUTOMATE_ADMIN_DATABASE_URL."""
    begun = time.monotonic()
    with waiting("Migrating schemas") as work:
        schemas = call("tenants.provisioning:migrate", work.reached)
    line(f"Migrated {schemas:,} {'schema' if schemas == 1 else 'schemas'} in {time.monotonic() - begun:.1f} s")
    if demo_tokens is not None:
        with waiting("Making the demo tenants"):
            tokens = call("tenants.demo:ensure_demo_tenants")
        write_private(demo_tokens, json.dumps(tokens))


def platform_token(
    name: Annotated[str, typer.Option(help="Whose token this is; its earlier one is revoked.")] = "host product",
) -> None:
    """Print a new token of the platform, which makes and suspends tenants. It is shown this once."""
    print(call("tenants.platform_tokens:issue_platform_token", name))  # noqa: T201 - for a file or a variable, bare


def roles(creator_url: Annotated[str, typer.Argument(envvar="AUTOMATE_CREATOR_DATABASE_URL")] = "") -> None:
    """Create the database and its roles, with the passwords of DATABASE_URL and AUTOMATE_ADMIN_DATABASE_URL."""
    if not creator_url:
        message = "AUTOMATE_CREATOR_DATABASE_URL is missing: set it to the URL of a login that may create roles."
        raise NormalizedError("BAD_USER_INPUT", message)
    given = {name: os.environ.get(name, "") for name in ("DATABASE_URL", "AUTOMATE_ADMIN_DATABASE_URL")}
    urls = {name: parts_of(name, url, POSTGRES) if url else urlsplit("") for name, url in given.items()}
    for (name, url), role in zip(urls.items(), (database_roles.APP, database_roles.ADMIN), strict=True):
        if url.username != role or not url.password:
            raise NormalizedError("BAD_USER_INPUT", f"{name} must name the role {role} with a password")
    parts_of("AUTOMATE_CREATOR_DATABASE_URL", creator_url, POSTGRES)
    passwords = [unquote(url.password or "") for url in urls.values()]
    database = database_roles.database_of(os.environ["DATABASE_URL"])
    database_roles.ensure(creator_url, app_password=passwords[0], admin_password=passwords[1], database=database)
