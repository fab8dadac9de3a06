"""Finds members of the current tenant for approvals. The Django settings contain the name of this module."""

from __future__ import annotations

import uuid

from automate.approvals.members import Member
from automate.kernel.email_addresses import normalized_address
from automate.kernel.principals import Principal
from automate.kernel.tenancy import current_tenant
from tenants.people import queries
from tenants.people.authentication import member_principal
from tenants.people.queries import MemberRow


def member_principal_of(row: MemberRow) -> Principal:
    return member_principal(row.user_id, row.email, row.name, row.role)


def find_member(person: str, email: str) -> Member | None:
    """Find an active member by the person's id, or else by the mail address."""
    try:
        row = (
            queries.member_by_user(current_tenant().id, uuid.UUID(person))
            if person
            else queries.member_by_email(current_tenant().id, normalized_address(email))
        )
    except ValueError:
        return None
    return Member(member_principal_of(row), row.email) if row is not None and row.active else None
