"""Looks up members for approvals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings
from django.utils.module_loading import import_string

from automate.kernel.principals import Principal


@dataclass(frozen=True)
class Member:
    """An active member of the current tenant."""

    principal: Principal
    """The member as a principal, with the current role."""
    email: str


@lru_cache
def _lookup(path: str) -> Callable[[str, str], Member | None]:
    found: Callable[[str, str], Member | None] = import_string(path)
    return found


def member_of(person: str) -> Member | None:
    """Return the active member with a person id, or None."""
    return _lookup(settings.AUTOMATE_MEMBER_LOOKUP)(person, "") if person else None


def member_with(email: str) -> Member | None:
    return _lookup(settings.AUTOMATE_MEMBER_LOOKUP)("", email)


def email_of(principal: Principal) -> str:
    """Return the email address of a member. If the principal is no member, return ""."""
    member = member_of(principal.person) if principal.kind == "member" else None
    return member.email if member is not None else ""
