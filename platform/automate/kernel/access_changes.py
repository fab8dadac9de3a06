"""How often this process has changed who may do what. What it remembers of callers counts until the next change.

Each such change is in the audit record, which counts it here when its transaction commits.
"""

from __future__ import annotations

import itertools

from django.db import transaction

NOUNS = frozenset({"api_token", "platform_token", "tenant", "member", "person", "invitation"})
"""Of actions that change who may do what: ``api_token.revoke``."""

_numbers = itertools.count(1)
_last = 0


def mark() -> int:
    """Another number after each change by this process."""
    return _last


def changed() -> None:
    """Count a change that is committed."""
    global _last  # noqa: PLW0603 - one number for the process
    _last = next(_numbers)


def note(action: str) -> None:
    """Count a change once the transaction that records it has committed. action: ``noun.verb``."""
    if action.partition(".")[0] in NOUNS:
        transaction.on_commit(changed)
