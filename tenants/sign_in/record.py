"""What people do to sign in, in the platform's audit record. A person's tenants read the entries, too."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from django.db import transaction

from automate.audit import services as audit
from automate.kernel.errors import Json
from automate.kernel.principals import Principal, acting_as
from automate.kernel.roles import AUTHENTICATION_ROLE
from automate.kernel.tenancy import acting_for_platform
from tenants.people.models import User
from tenants.sign_in.record_queries import memberships_of_emails, tenants_of

REASON = "sign-ins of people"
FAILED = "person.sign_in_failed"
MOST_SHOWN = 10
"""Addresses of people that one entry names; the entry counts all attempts."""


def record(user: User, verb: str, changes: Mapping[str, Json]) -> None:
    """One entry ``person.<verb>`` by the person, for the platform and for each tenant of the person."""
    actor = Principal(kind="member", name=user.email, id=str(user.id), person=str(user.id))
    with acting_as(actor), acting_for_platform(REASON, AUTHENTICATION_ROLE), transaction.atomic():
        readers: list[uuid.UUID | None] = [None, *tenants_of(user.id)]
        audit.record_all_of_platform(
            [(_entry(f"person.{verb}", "person", str(user.id), user.email, changes), reader) for reader in readers]
        )


def record_failures(cause: str, address: str, count: int, attempts: Mapping[str, int]) -> None:
    """Failed sign-ins of one cause from one address, together. attempts: how many for each e-mail address that was sent.

    The platform reads one entry, and so does each tenant of which such a person is a member. An address that belongs to no
    person is counted and not named: it may be a password in the wrong field.
    """
    with acting_for_platform(REASON, AUTHENTICATION_ROLE), transaction.atomic():
        rows = memberships_of_emails(list(attempts))
        known = sorted({email for email, _ in rows})
        entries: list[tuple[Mapping[str, Json], uuid.UUID | None]] = [(_failure(cause, address, count, known), None)]
        for tenant in sorted({tenant_id for _, tenant_id in rows if tenant_id is not None}):
            members = [email for email, tenant_id in rows if tenant_id == tenant]
            theirs = sum(attempts[email] for email in members)
            entries.append((_failure(cause, address, theirs, members), tenant))
        audit.record_all_of_platform(entries)


def _failure(cause: str, address: str, count: int, people: Sequence[str]) -> Mapping[str, Json]:
    changes = {"cause": cause, "count": count, "people": list(people[:MOST_SHOWN])}
    return _entry(FAILED, "address", address, address, changes)


def _entry(action: str, kind: str, about: str, label: str, changes: Mapping[str, Json]) -> Mapping[str, Json]:
    return audit.entry(action, kind, about, label, {name: (None, value) for name, value in changes.items()})
