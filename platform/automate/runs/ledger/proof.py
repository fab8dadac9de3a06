"""Why an effect cannot have happened twice, in words. Pure."""

from __future__ import annotations

from automate.runs import states
from automate.runs.ledger.effects import EffectRow


def proof(row: EffectRow) -> str:
    """What the ledger knows of how often it was sent."""
    tries = "one try" if row.tries == 1 else f"{row.tries} tries"
    if row.most_sent == 0:
        return f"Known to have done nothing, in {tries}: refused, or never sent."
    if row.state == states.EFFECT_FAILED:
        return f"Answered with a fault in {row.faults} of {tries}, which does not say that nothing was done."
    now = _NOW[row.state]
    if row.faults:
        now += f". {row.faults} of {tries} answered with a fault, which does not say that nothing was done"
    harmless = row.tries - row.most_sent
    if row.most_sent == 1:
        others = "one other try is" if harmless == 1 else f"{harmless} other tries are"
        before = f", and {others} known to have done nothing" if harmless else ""
        return f"Sent at most once{before}; {now}."
    return f"Sent up to {row.most_sent} times under one Idempotency-Key, {_REPEATS[row.effect]}; {now}."


_NOW = {
    states.EFFECT_INTENT: "it is being sent",
    states.EFFECT_SENT: "whether it arrived is being found out",
    states.EFFECT_CONFIRMED: "it is confirmed",
    states.EFFECT_UNCERTAIN: "nobody knows whether it arrived",
}
_REPEATS = {
    "idempotent": "and a repeat of it does nothing new",
    "keyed": "by which the receiver knows a repeat",
    "unsafe": "and its receiver does not know a repeat",
}
