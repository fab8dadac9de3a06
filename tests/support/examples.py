"""How many examples a property is tested with: a fifth in `make test`, all of them in `make test-all`."""

from __future__ import annotations

from hypothesis import settings

FAST = "fast"
"""Hypothesis's profile of `make test`."""
USUAL = 100
"""Hypothesis's own number of examples."""

settings.register_profile(FAST, max_examples=USUAL // 5)


def examples(whole: int) -> int:
    return max(1, whole * settings.default.max_examples // USUAL)
