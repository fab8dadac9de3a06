"""Explains why an effect cannot have happened twice."""

from __future__ import annotations

from automate.effects import states as effect_states
from automate.effects.rows import EffectRow


def proof(row: EffectRow) -> str:
    """Return a sentence about how many times the request of an effect can have been sent at most."""
    tries = "one try" if row.tries == 1 else f"{row.tries} tries"
    if row.most_sent == 0:
        return f"Known to have had no effect in {tries}: refused, or never sent."
    if row.state == effect_states.EFFECT_FAILED:
        return f"Answered with a fault in {row.faults} of {tries}, which does not prove that it had no effect."
    now = _NOW[row.state]
    if row.faults:
        now += f". {row.faults} of {tries} answered with a fault, which does not prove that it had no effect"
    harmless = row.tries - row.most_sent
    if row.most_sent == 1:
        others = "one other try is" if harmless == 1 else f"{harmless} other tries are"
        before = f", and {others} known to have had no effect" if harmless else ""
        return f"Sent at most once{before}; {now}."
    return f"Sent up to {row.most_sent} times under one Idempotency-Key, {_REPEATS[row.effect]}; {now}."


_NOW = {
    effect_states.EFFECT_INTENT: "it is being sent",
    effect_states.EFFECT_SENT: "it may have arrived, and the outcome is being looked up",
    effect_states.EFFECT_CONFIRMED: "it is confirmed",
    effect_states.EFFECT_UNCERTAIN: "its outcome is unknown",
}
_REPEATS = {
    "idempotent": "and a repeat changes nothing",
    "keyed": "by which the receiver recognizes a repeat",
    "unsafe": "but the receiver does not recognize a repeat",
}
