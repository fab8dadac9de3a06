"""Marks a group of failures as resolved, or opens a resolved group again."""

from __future__ import annotations

import uuid

from automate.audit import services as audit
from automate.kernel.errors import NormalizedError
from automate.kernel.principals import current_principal
from automate.kernel.tenancy import current_tenant
from automate.kernel.text import check_text
from automate.kernel.transactions import in_transaction
from automate.recovery.resolutions import transitions
from automate.runs.failure_queries import GroupRow, group_by_fingerprint, newest_failure

MOST_REASON = 255


def resolve(kind: str, fingerprint: uuid.UUID | None, reason: str) -> GroupRow:
    """Mark a group of failures as resolved. A later failure opens the group again.

    Raises NOT_FOUND if no failure has the fingerprint, and BAD_USER_INPUT for an invalid reason.
    """
    check_text(reason, path=["reason"], most=MOST_REASON, least=0)
    with in_transaction():
        found = _group(kind, fingerprint)
        by = current_principal().name
        transitions.forget_empty(current_tenant().id)
        # The newest member is the one that began last; another one may have failed later.
        last_at = newest_failure(kind, found.fingerprint) or found.last_at
        transitions.write(transitions.Resolved(kind, found.fingerprint, reason, by, last_at))
        before = str(found.resolved_at) if found.resolved_at and not found.reopened else None
        changes: audit.Changes = {"resolved_up_to": (before, str(last_at)), "reason": (None, reason)}
        audit.record("failure_group.resolve", "failure_group", found.fingerprint, _label(found), changes)
        return _group(kind, found.fingerprint)


def reopen(kind: str, fingerprint: uuid.UUID | None) -> GroupRow:
    """Open a resolved group again. Raises NOT_FOUND if no failure has the fingerprint."""
    with in_transaction():
        found = _group(kind, fingerprint)
        if transitions.remove(kind, found.fingerprint):
            changes: audit.Changes = {"resolved_at": (str(found.resolved_at), None)}
            audit.record("failure_group.reopen", "failure_group", found.fingerprint, _label(found), changes)
        return _group(kind, found.fingerprint)


def _group(kind: str, fingerprint: uuid.UUID | None) -> GroupRow:
    found = group_by_fingerprint(kind, fingerprint) if fingerprint is not None else None
    if found is None:
        words = "No failure has this fingerprint. `failureGroups` lists the fingerprints."
        raise NormalizedError("NOT_FOUND", words, path=["fingerprint"])
    return found


def _label(group: GroupRow) -> str:
    return str(group.error["code"])
