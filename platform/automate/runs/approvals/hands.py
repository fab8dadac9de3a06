"""Who may decide an approval, and who may not because of a hand in its run. One person counts once, under a session, a token and a link."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection

from automate.kernel.principals import Principal
from automate.runs.approvals.queries import PERSON, ApprovalRow


def plain(name: str) -> str:
    """A name without what tells two spellings of it apart: case, width, and space around it."""
    return unicodedata.normalize("NFKC", name).strip().casefold()


def same(principal: Principal, names: Collection[str], person: str = "") -> bool:
    """Whether the principal goes by one of these names, or is this person."""
    return plain(principal.name) in map(plain, names) or bool(person and principal.person == person)


def is_recipient(approval: ApprovalRow, role: str, email: str) -> bool:
    """Whether the approval asks holders of the role, or the member with this address. email: empty for no member."""
    return role in approval.roles or bool(email and email in approval.members)


def caused(approval: ApprovalRow, principal: Principal) -> bool:
    """Whether this principal had a hand in there being such a run. The platform itself decides nothing."""
    names = set(approval.caused_by)
    if approval.requested_by_kind != "system":
        names.add(approval.requested_by_name)
    return same(principal, names) or bool(principal.person and f"{PERSON}{principal.person}" in names)
