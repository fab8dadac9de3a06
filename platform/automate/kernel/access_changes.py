"""Counts the permission changes that this process has committed.

After each change, the process looks up every cached caller again.
"""

from __future__ import annotations

import itertools

from django.db import transaction

NOUNS = frozenset({"api_token", "platform_token", "tenant", "member", "person", "invitation"})
"""The nouns of actions that change permissions, such as ``api_token.revoke``."""

_numbers = itertools.count(1)
_last = 0


def mark() -> int:
    """Return the counter of permission changes."""
    return _last


def changed() -> None:
    """Increase the counter of permission changes."""
    global _last  # noqa: PLW0603 - one number for the process
    _last = next(_numbers)


def note(action: str) -> None:
    """Increase the counter of permission changes after the commit. Do nothing if the action changes no permissions."""
    if action.partition(".")[0] in NOUNS:
        transaction.on_commit(changed)
