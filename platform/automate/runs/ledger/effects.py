"""An effect as the ledger has it. Pure."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from automate.kernel.errors import Json
from automate.runs import states
from automate.runs.ledger.tries import Try, may_have_arrived
from automate.runs.work import UNDO_ITEM


@dataclass(frozen=True)
class EffectRow:
    """id: of its key the first half. former: its tries but the last, oldest first. did_nothing: the last try was refused, never
    left or was answered with a fault, whatever an earlier one did. faults: how many of all tries were answered so.
    """

    id: uuid.UUID
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
    response_sha256: str
    external_id: str
    code: str
    lookups: int
    resolution: Json
    intended_at: datetime
    settled_at: datetime | None
    did_nothing: bool
    faults: int

    @property
    def compensates(self) -> bool:
        return self.item == UNDO_ITEM

    @property
    def most_sent(self) -> int:
        """How many of its tries may have reached who acts on them. Those that are known to have done nothing are none."""
        if self.state == states.EFFECT_FAILED:
            return self.faults
        return may_have_arrived(self.former) + (not self.did_nothing) + self.faults
