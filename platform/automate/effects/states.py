"""The state machines of effects and circuit breakers. Each state machine is a table of legal moves."""

from __future__ import annotations

from collections.abc import Mapping

EFFECT_INTENT, EFFECT_SENT, EFFECT_CONFIRMED, EFFECT_FAILED, EFFECT_UNCERTAIN = (
    "intent",
    "sent",
    "confirmed",
    "failed",
    "uncertain",
)
EFFECT_MOVES: Mapping[str, frozenset[str]] = {
    EFFECT_INTENT: frozenset({EFFECT_INTENT, EFFECT_SENT, EFFECT_CONFIRMED, EFFECT_FAILED, EFFECT_UNCERTAIN}),
    EFFECT_SENT: frozenset({EFFECT_INTENT, EFFECT_SENT, EFFECT_CONFIRMED, EFFECT_FAILED, EFFECT_UNCERTAIN}),
    EFFECT_UNCERTAIN: frozenset({EFFECT_INTENT, EFFECT_CONFIRMED, EFFECT_FAILED}),
    EFFECT_FAILED: frozenset({EFFECT_INTENT}),
    EFFECT_CONFIRMED: frozenset({EFFECT_INTENT}),
}
"""The legal moves of an effect.

- ``sent``: the call may have arrived. It is looked up, or sent again under the same key, automatically.
- ``uncertain``: an operator must decide.
- ``failed``: each try never left, was refused, or was answered with a fault.
- Back to ``intent``: the call is tried again.
"""
HAPPENED, DID_NOT_HAPPEN, REPEAT = "happened", "did_not_happen", "repeat"
RESOLUTIONS = (HAPPENED, DID_NOT_HAPPEN, REPEAT)
"""An operator's decisions on an uncertain effect."""
UNKNOWN = "unknown"
"""The result of a lookup, besides HAPPENED and DID_NOT_HAPPEN."""
BREAKER_CLOSED, BREAKER_OPEN, BREAKER_HALF_OPEN = "closed", "open", "half_open"
BREAKER_MOVES: Mapping[str, frozenset[str]] = {
    BREAKER_CLOSED: frozenset({BREAKER_OPEN}),
    BREAKER_OPEN: frozenset({BREAKER_HALF_OPEN, BREAKER_CLOSED}),
    BREAKER_HALF_OPEN: frozenset({BREAKER_HALF_OPEN, BREAKER_OPEN, BREAKER_CLOSED}),
}
BREAKER_FORCED = (BREAKER_OPEN, BREAKER_CLOSED)
"""States that an operator may force. Otherwise only a successful probe closes a breaker."""
NO_ITEM = -1
COMPENSATION_ITEM = -2
"""The ``item`` of a StepRun that is its step's compensation."""
