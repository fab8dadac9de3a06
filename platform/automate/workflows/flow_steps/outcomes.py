"""The outcomes of an approval, and how earlier commits spelled them."""

from __future__ import annotations

from collections.abc import Mapping

APPROVED, REJECTED = "approved", "rejected"
OUTCOMES = (APPROVED, REJECTED)
APPROVE, REJECT = "approve", "reject"
FORMER: Mapping[str, str] = {APPROVE: APPROVED, REJECT: REJECTED}
"""Deprecated spellings. Stored definitions and approvals, and clients, can still have them. Nothing writes them."""


def outcome_named(word: str) -> str:
    """Return the outcome for a spelling of it. Return any other text unchanged."""
    return FORMER.get(word, word)
