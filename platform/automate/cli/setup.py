"""What is done to a database before the processes start: roles, tables, the first token."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Annotated
from urllib.parse import unquote, urlsplit

import typer

from automate.cli.output import line, waiting
from automate.cli.processes import call
from automate.devserver import roles as database_roles
from automate.kernel.errors import NormalizedError
from automate.kernel.roles import ADMIN_LOGIN, VARIABLE_OF
from automate.project.environment import postgres_url
from automate.project.home import write_private
from automate.project.locations import POSTGRES, parts_of

ADMIN = "AUTOMATE_ADMIN_DATABASE_URL"
SESSIONS = 4
"""How many schemas `automate migrate` changes at once."""


def migrate(
    demo_tokens: Annotated[Path | None, typer.Option(help="Make the demo tenants and write their tokens here.")] = None,
    *,
    sessions: Annotated[int, typer.Option(min=1, max=32, help="How many schemas are changed at once.")] = SESSIONS,
    status: Annotated[
        bool, typer.Option("--status", help="Change nothing: list the schemas that are behind. Status 1 where one is.")
    ] = False,
) -> None:
    """Bring all tables up to date, as the role of AUTOMATE_ADMIN_DATABASE_URL."""
    _administer()
    if status:
        _show_status()
        return
    begun = time.monotonic()
    with waiting("Migrating schemas") as work:
        schemas = call("tenants.provisioning:migrate", work.reached, sessions)
    line(f"Migrated {schemas:,} {'schema' if schemas == 1 else 'schemas'} in {time.monotonic() - begun:.1f} s")
    if demo_tokens is not None:
        with waiting("Making the demo tenants"):
            tokens = call("tenants.demo:ensure_demo_tenants")
        write_private(demo_tokens, json.dumps(tokens))


def _show_status() -> None:
    found = call("tenants.provisioning:status")
    behind = [one for one in found if not one.ready]
    for one in behind:
        lacks = f"lacks {one.missing:,} migrations" if one.missing else "lacks rights of this release"
        line(one.slug or "(spare)", one.schema, lacks)
    line(f"{len(found) - len(behind):,} of {len(found):,} tenant schemas are at this release.")
    if behind:
        raise typer.Exit(1)


def platform_token(
    name: Annotated[str, typer.Option(help="Whose token this is; its earlier one is revoked.")] = "host product",
) -> None:
    """Print a new token of the platform, as the role of AUTOMATE_ADMIN_DATABASE_URL. It makes and suspends tenants, and is shown this once."""
    _administer()
    if not os.environ.get("DATABASE_URL"):
        message = "AUTOMATE_ADMIN_DATABASE_URL is missing: only the login that owns the tables issues platform tokens."
        raise NormalizedError("BAD_USER_INPUT", message)
    print(call("tenants.platform_tokens:issue_platform_token", name))  # noqa: T201 - for a file or a variable, bare


def restored(
    *,
    reason: Annotated[
        str, typer.Option(help="What was restored, for the record.")
    ] = "stated by hand: automate restored",
) -> None:
    """State that the database was restored from a copy of its disk. What is open waits for `automate release`.

    A restored dump, another cluster and another timeline are noticed without this command.
    """
    _administer()
    with waiting("Marking what is open"):
        raised = call("tenants.restores:state_restore", reason)
    line(
        f"Epoch {raised.epoch:,}: {raised.held:,} open jobs wait. Look with `automate held`, let go with `automate release`."
    )


def roles(creator_url: Annotated[str, typer.Argument(envvar="AUTOMATE_CREATOR_DATABASE_URL")] = "") -> None:
    """Create the database and its roles, with the passwords of AUTOMATE_{WEB,RELAY,WORKER,ADMIN}_DATABASE_URL."""
    if not creator_url:
        message = "AUTOMATE_CREATOR_DATABASE_URL is missing: set it to the URL of a login that may create roles."
        raise NormalizedError("BAD_USER_INPUT", message)
    passwords = {login: _password(variable, login) for login, variable in {**VARIABLE_OF, ADMIN_LOGIN: ADMIN}.items()}
    parts_of("AUTOMATE_CREATOR_DATABASE_URL", creator_url, POSTGRES)
    database_roles.ensure(creator_url, passwords, database_roles.database_of(os.environ[ADMIN]))


def _password(variable: str, login: str) -> str:
    """The password in a URL. Raises BAD_USER_INPUT where the URL is not the login's, or has no password."""
    given = os.environ.get(variable, "")
    url = parts_of(variable, given, POSTGRES) if given else urlsplit("")
    if url.username != login or not url.password:
        raise NormalizedError("BAD_USER_INPUT", f"{variable} must name the role {login} with a password")
    return unquote(url.password)


def _administer() -> None:
    """Work as the administrator's login, where its URL is set: it alone may write what no platform token proves."""
    if url := postgres_url(ADMIN):
        os.environ["DATABASE_URL"] = url
