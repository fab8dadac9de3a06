"""Records sign-ins and sign-outs in the platform's audit record."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from django.db import transaction

from automate.audit import services as audit
from automate.kernel.errors import Json
from automate.kernel.principals import Principal, acting_as
from automate.kernel.roles import AUTHENTICATION_ROLE
from automate.kernel.tenancy import acting_for_platform
from tenants.people.models import User
from tenants.sign_in.record_queries import tenants_of

REASON = "sign-ins of people"
FAILED = "person.sign_in_failed"


def record(user: User, verb: str, changes: Mapping[str, Json]) -> None:
    """Write the audit entry ``person.<verb>`` for the platform and for each tenant of the person."""
    actor = Principal(kind="member", name=user.email, id=str(user.id), person=str(user.id))
    with acting_as(actor), acting_for_platform(REASON, AUTHENTICATION_ROLE), transaction.atomic():
        readers: list[uuid.UUID | None] = [None, *tenants_of(user.id)]
        audit.record_all_of_platform(
            [(_entry(f"person.{verb}", "person", str(user.id), user.email, changes), reader) for reader in readers]
        )


def _entry(action: str, kind: str, about: str, label: str, changes: Mapping[str, Json]) -> Mapping[str, Json]:
    return audit.entry(action, kind, about, label, {name: (None, value) for name, value in changes.items()})
