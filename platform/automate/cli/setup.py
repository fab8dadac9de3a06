"""Sets up a database before the processes start. Creates the roles, the tables and the first token."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Annotated
from urllib.parse import unquote, urlsplit

import typer

from automate.cli.checkup.environment import adopt_installation
from automate.cli.output import line, waiting
from automate.cli.processes import make_django_ready
from automate.devserver import roles as database_roles
from automate.devserver.database_urls import database_of
from automate.kernel.errors import NormalizedError
from automate.kernel.roles import ADMIN_LOGIN, VARIABLE_OF
from automate.project.environment import postgres_url
from automate.project.home import write_private
from automate.project.locations import POSTGRES, parts_of

ADMIN = "AUTOMATE_ADMIN_DATABASE_URL"
SESSIONS = 4
"""How many schemas `automate migrate` changes at once."""


def migrate(
    demo_tokens: Annotated[
        Path | None, typer.Option(help="Create the demo tenants and write their tokens to this file.")
    ] = None,
    *,
    sessions: Annotated[int, typer.Option(min=1, max=32, help="The number of schemas to change at once.")] = SESSIONS,
    status: Annotated[
        bool, typer.Option("--status", help="Change nothing: list the schemas that are behind. Exit with 1 if one is.")
    ] = False,
) -> None:
    """Bring all tables up to date. The command uses the database role of AUTOMATE_ADMIN_DATABASE_URL."""
    _administer()
    if status:
        _show_status()
        return
    begun = time.monotonic()
    with waiting("Migrating schemas") as work:
        make_django_ready()
        from tenants import provisioning  # noqa: PLC0415 - with Django ready

        schemas = provisioning.migrate(work.reached, sessions)
    line(f"Migrated {schemas:,} {'schema' if schemas == 1 else 'schemas'} in {time.monotonic() - begun:.1f} s")
    if demo_tokens is not None:
        with waiting("Creating the demo tenants"):
            from tenants.demo import ensure_demo_tenants  # noqa: PLC0415 - with Django ready

            tokens = ensure_demo_tenants()
        write_private(demo_tokens, json.dumps(tokens))


def _show_status() -> None:
    make_django_ready()
    from tenants import provisioning  # noqa: PLC0415 - with Django ready

    public = provisioning.public_status()
    found = [public, *provisioning.status()]
    behind = [one for one in found if not one.ready]
    for one in behind:
        migrations = "1 migration" if one.missing == 1 else f"{one.missing:,} migrations"
        lacks = f"lacks {migrations}" if one.missing else "lacks rights of this release"
        line(one.slug or ("(all tenants)" if one is public else "(spare)"), one.schema, lacks)
    line(f"{len(found) - len(behind):,} of {len(found):,} schemas are at this release.")
    if behind:
        raise typer.Exit(1)


def platform_token(
    name: Annotated[
        str, typer.Option(help="The name of the token. An earlier token with this name is revoked.")
    ] = "host product",
) -> None:
    """Print a new platform token, which is not shown again. The command uses the database role of AUTOMATE_ADMIN_DATABASE_URL."""
    _administer()
    if not os.environ.get("DATABASE_URL"):
        message = (
            "AUTOMATE_ADMIN_DATABASE_URL is missing: only the login that owns the tables can create platform tokens."
        )
        raise NormalizedError("BAD_USER_INPUT", message)
    make_django_ready()
    from tenants.platform_tokens import issue_platform_token  # noqa: PLC0415 - with Django ready

    print(issue_platform_token(name))  # noqa: T201 - for a file or a variable, bare


def restored(
    *,
    reason: Annotated[
        str, typer.Option(help="What was restored, for the audit record.")
    ] = "stated by hand: automate restored",
) -> None:
    """Declare that the database was restored from a copy of its disk. Open jobs then wait for `automate release`.

    Other restores need no command. The platform detects a restored dump. The platform also detects another PostgreSQL
    cluster, and another timeline of PostgreSQL.
    """
    os.environ.update(adopt_installation(os.environ))
    _administer()
    with waiting("Marking open work"):
        make_django_ready()
        from tenants.restores import state_restore  # noqa: PLC0415 - with Django ready

        raised = state_restore(reason)
    line(
        f"Epoch {raised.epoch:,}: {raised.held:,} open jobs wait. List them with `automate held`, then release them with `automate release`."
    )


def roles(creator_url: Annotated[str, typer.Argument(envvar="AUTOMATE_CREATOR_DATABASE_URL")] = "") -> None:
    """Create the database and its roles, with the passwords of AUTOMATE_{WEB,RELAY,WORKER,ADMIN}_DATABASE_URL."""
    if not creator_url:
        message = "AUTOMATE_CREATOR_DATABASE_URL is missing: set it to the URL of a login that may create roles."
        raise NormalizedError("BAD_USER_INPUT", message)
    passwords = {login: _password(variable, login) for login, variable in {**VARIABLE_OF, ADMIN_LOGIN: ADMIN}.items()}
    parts_of("AUTOMATE_CREATOR_DATABASE_URL", creator_url, POSTGRES)
    database_roles.ensure(creator_url, passwords, database_of(os.environ[ADMIN]))


def _password(variable: str, login: str) -> str:
    # Raises BAD_USER_INPUT if the URL has no password or names another login.
    given = os.environ.get(variable, "")
    url = parts_of(variable, given, POSTGRES) if given else urlsplit("")
    if url.username != login or not url.password:
        raise NormalizedError("BAD_USER_INPUT", f"{variable} must be a URL with the login {login} and its password.")
    return unquote(url.password)


def _administer() -> None:
    # Only this login can write without a platform token.
    if url := postgres_url(ADMIN):
        os.environ["DATABASE_URL"] = url
