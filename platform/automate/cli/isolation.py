"""``automate isolation-report``: test that one tenant cannot reach another tenant through any interface."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager, nullcontext
from typing import Annotated

import typer

from automate.cli.output import line, note, waiting
from automate.cli.processes import make_django_ready
from automate.isolation.report import Party, Staff, isolation_report
from automate.isolation.routes import Route
from automate.isolation.stack import own_stack
from automate.kernel.errors import NormalizedError

OWNER, PROBER = "AUTOMATE_ISOLATION_OWNER", "AUTOMATE_ISOLATION_PROBER"
"""Variables with ``SLUG:TOKEN`` of a tenant."""
STAFF = "AUTOMATE_ISOLATION_STAFF"
"""The variable with ``ADDRESS:PASSWORD`` of a superuser."""
FOR_URL_CONF = "a key for reading the URL conf, which signs nothing"


def isolation(
    *,
    seconds: Annotated[float, typer.Option(help="The time limit of the probes, in seconds.")] = 600.0,
    url: Annotated[
        str,
        typer.Option(
            metavar="URL",
            help=f"Probe two tenants of this installation, instead of a new installation. {OWNER} and {PROBER} hold"
            f" SLUG:TOKEN of the tenants' owners. {STAFF} holds ADDRESS:PASSWORD of a superuser without a second factor."
            " The probes make objects in both tenants, and send every mutation. Never name tenants of customers.",
        ),
    ] = "",
) -> None:
    """Let one tenant try to read, change and refer to the data of another tenant.

    Prints the attempts. Exits with 1 if an attempt succeeds.
    """
    found = all_routes()
    given = nullcontext((url, _given(), _given_staff())) if url else _own()
    with given as (reached, parties, staff), waiting("Probing"):
        findings = isolation_report(reached, parties, staff, found, seconds)
    for text in findings.lines():
        line(text)
    if not findings.clean:
        raise typer.Exit(1)


def all_routes() -> list[Route]:
    os.environ.setdefault("AUTOMATE_SECRET_KEY", FOR_URL_CONF)
    make_django_ready()
    from automate.cli.own_routes import read_routes  # noqa: PLC0415 - with Django ready

    return read_routes()


def _own() -> AbstractContextManager[tuple[str, tuple[Party, Party], Staff]]:
    line("Starting a stack for the report alone", console=note)
    return own_stack()


def _given() -> tuple[Party, Party]:
    parties = []
    for variable in (OWNER, PROBER):
        slug, _, token = os.environ.get(variable, "").partition(":")
        if not slug or not token:
            raise NormalizedError(
                "BAD_USER_INPUT",
                f"The variable {variable} is missing. Set it to SLUG:TOKEN, with the slug of a test tenant and a token of the owner.",
            )
        parties.append(Party(slug, token))
    return parties[0], parties[1]


def _given_staff() -> Staff:
    email, _, password = os.environ.get(STAFF, "").partition(":")
    if not email or not password:
        raise NormalizedError(
            "BAD_USER_INPUT",
            f"The variable {STAFF} is missing. Set it to ADDRESS:PASSWORD of a superuser without a second factor.",
        )
    return Staff(email, password)
