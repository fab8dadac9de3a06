"""How many examples a property is tested with: a fifth in `make test`, all of them in `make test-all`."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

FAST = "fast"
"""Hypothesis's profile of `make test`."""
USUAL = 100
"""Hypothesis's own number of examples."""

# A machine that is busy with three processes generates slowly, which says nothing about a test.
settings.register_profile(FAST, max_examples=USUAL // 5, suppress_health_check=[HealthCheck.too_slow])


def examples(whole: int) -> int:
    return max(1, whole * settings.default.max_examples // USUAL)
