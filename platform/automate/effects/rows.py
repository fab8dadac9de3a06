"""The class that represents an effect as a row of the ledger."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from automate.effects import states as effect_states
from automate.effects.states import COMPENSATION_ITEM
from automate.effects.tries import Try, may_have_arrived
from automate.kernel.json_values import JsonObject


@dataclass(frozen=True)
class EffectRow:
    """One effect."""

    id: uuid.UUID
    """The first half of the key, as a UUID."""
    key: str
    run_id: uuid.UUID
    step_key: str
    item: int
    connector: str
    effect: str
    state: str
    target: str
    tries: int
    former: tuple[Try, ...]
    """All tries except the last, oldest first."""
    response_sha256: str
    external_id: str
    code: str
    lookups: int
    resolution: JsonObject | None
    intended_at: datetime
    settled_at: datetime | None
    did_nothing: bool
    """Whether the last try was refused, never left, or was answered with a fault. Earlier tries can differ."""
    faults: int
    """Number of tries that were answered with a fault."""

    @property
    def compensates(self) -> bool:
        return self.item == COMPENSATION_ITEM

    @property
    def most_sent(self) -> int:
        """The maximum number of tries, among all tries of the call, that may have caused an effect."""
        if self.state == effect_states.EFFECT_FAILED:
            return self.faults
        return may_have_arrived(self.former) + (not self.did_nothing) + self.faults
