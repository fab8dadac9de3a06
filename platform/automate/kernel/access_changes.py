"""A counter of this process's changes of permissions. Remembered callers are valid until the next change.

The audit record contains each such change, and increments the counter when the transaction commits.
"""

from __future__ import annotations

import itertools

from django.db import transaction

NOUNS = frozenset({"api_token", "platform_token", "tenant", "member", "person", "invitation"})
"""The nouns of actions that change permissions, such as ``api_token.revoke``."""

_numbers = itertools.count(1)
_last = 0


def mark() -> int:
    """A number that differs after each change of permissions by this process."""
    return _last


def changed() -> None:
    """Count a committed change."""
    global _last  # noqa: PLW0603 - one number for the process
    _last = next(_numbers)


def note(action: str) -> None:
    """Count a change after the transaction that records it has committed. action: ``noun.verb``."""
    if action.partition(".")[0] in NOUNS:
        transaction.on_commit(changed)
