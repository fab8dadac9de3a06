"""Checks who may decide an approval. A principal who caused the run cannot decide."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection

from automate.kernel.principals import Principal
from automate.runs.approvals.queries import PERSON, ApprovalRow


def plain(name: str) -> str:
    """Normalize a name, so that names can be compared. Ignores letter case, character width and outer spaces."""
    return unicodedata.normalize("NFKC", name).strip().casefold()


def same(principal: Principal, names: Collection[str], person: str = "") -> bool:
    """Return True if ``names`` contains the principal's name, or if ``person`` is the id of the principal's person."""
    return plain(principal.name) in map(plain, names) or bool(person and principal.person == person)


def is_recipient(approval: ApprovalRow, role: str, email: str) -> bool:
    """Return whether this role, or the member with this mail address, is asked to decide the approval."""
    return role in approval.roles or bool(email and email in approval.members)


def caused(approval: ApprovalRow, principal: Principal) -> bool:
    """Return whether the principal is one of the principals that caused the run."""
    names = set(approval.caused_by)
    if approval.requested_by_kind != "system":
        names.add(approval.requested_by_name)
    return same(principal, names) or bool(principal.person and f"{PERSON}{principal.person}" in names)
