"""How many examples a property is tested with: a fifth in `make test`, all of them in `make test-all`."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, settings

FAST = "fast"
"""Hypothesis's profile of `make test`."""
WHOLE = "whole"
USUAL = 100
"""Hypothesis's own number of examples."""

# A machine that is busy with several processes generates and runs slowly, which says nothing about a test.
_BUSY: dict[str, Any] = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile(FAST, max_examples=USUAL // 5, **_BUSY)
settings.register_profile(WHOLE, max_examples=USUAL, **_BUSY)
settings.load_profile(WHOLE)


def examples(whole: int) -> int:
    return max(1, whole * settings.default.max_examples // USUAL)
