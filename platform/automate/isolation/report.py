"""The isolation report for one installation."""

from __future__ import annotations

import re
import secrets
import string
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from automate.isolation.admin_pages import Callers, probe_admin
from automate.isolation.findings import Findings
from automate.isolation.probe_connection import ProbeConnection
from automate.isolation.probing import Owner, Prober
from automate.isolation.routes import Owned, Route, probe_routes, probe_signed
from automate.isolation.seeding import Seeded, Seeder
from automate.kernel.errors import NormalizedError

_LAST_WORD = re.compile(r"[A-Z][a-z]*")
MARK_CHARACTERS = 14
"""The length of a mark: long enough that no other text contains the mark by chance."""
OTHER_PLACES: Mapping[str, Sequence[str]] = {"app_label": ("tenants",), "url": ("unknown/",), "name": ("unknown.css",)}
"""Placeholders of routes that name no object of a tenant."""


@dataclass(frozen=True)
class Party:
    """One of the two tenants of the report. ``token`` is a token of this tenant with the role ``owner``."""

    slug: str
    token: str


@dataclass(frozen=True)
class Staff:
    """The sign-in of a staff member for the requests to Django admin: a superuser without a second factor."""

    email: str
    password: str = field(repr=False)


def isolation_report(
    url: str, parties: tuple[Party, Party], staff: Staff, routes: Sequence[Route], seconds: float
) -> Findings:
    """Create objects in two tenants. Then let the second tenant try to reach the objects of the first tenant.

    ``seconds`` limits the total time of the requests.

    Raises NormalizedError if the objects cannot be created.
    """
    owner_party, prober_party = parties
    findings, connection = Findings(), ProbeConnection(url)
    try:
        owner_side, _ = seeders = [Seeder(connection, party.token, party.slug, _mark()) for party in parties]
        of_owner, _ = [seeder.seed() for seeder in seeders]
        names = (of_owner.slug, of_owner.slug.upper().replace("-", "_"))
        owner = Owner(owner_party.token, (of_owner.mark, owner_side.slug), names)
        prober = Prober(connection, prober_party.token, owner, findings, time.monotonic() + seconds)

        def ask_routes() -> None:
            owned = _owned(of_owner, owner, parties)
            others = [route for route in routes if not route.is_admin]
            probe_routes(connection, others, owned, prober_party.token, owner.needles(), findings)
            callers = Callers(connection.signed_in(staff.email, staff.password), (prober_party.token, ""))
            pages = [route for route in routes if route.is_admin]
            probe_admin(connection, pages, owned, owner.known, owner.needles(), callers, findings)
            probe_signed(connection, owned, of_owner.secret, findings)

        prober.run(owner_side.busy, owner_side.settle, ask_routes)
        findings.tried["requests in all"] = connection.requests
    finally:
        connection.close()
    return findings


def _mark() -> str:
    return "".join(secrets.choice(string.ascii_lowercase) for _ in range(MARK_CHARACTERS))


def _owned(seeded: Seeded, owner: Owner, parties: tuple[Party, Party]) -> Owned:
    ids = [one for found in owner.known.ids.values() for one in found[:1]]
    link = seeded.link.rstrip("/").rpartition("/")[2]
    if not link:
        raise NormalizedError(
            "INTERNAL",
            f"The isolation report needs the token in the link to the approval. The link {seeded.link!r} has no token.",
        )
    # A placeholder such as ``run`` stands for the ids of types with this ending.
    by_word = {_LAST_WORD.findall(name)[-1].lower(): found[:2] for name, found in owner.known.ids.items()}
    by_word["workflow"] = [seeded.slug, *by_word.get("workflow", [])]
    own = {"source": [seeded.slug], "token": [link], "object_id": ids, "id": ids, "pk": ids}
    foreign: dict[str, Sequence[str]] = {**OTHER_PLACES, **by_word, **own}
    return Owned(foreign, prober=parties[1].slug, owner=parties[0].slug)
