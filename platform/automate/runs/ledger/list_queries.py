"""The ledger of all runs, newest first: an operator finds what waits for a person without knowing of which run it is.

An effect that is tried again comes to the front. Those that are uncertain are few among millions and have an index of
their own; any other narrowing reads the ledger from its newest row on, or from ``until``, down to ``since``.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from automate.kernel.queries import Condition, Page, Slice, count_of, page_of
from automate.runs.ledger.effects import EffectRow
from automate.runs.ledger.queries import COLUMNS, effect_row
from automate.runs.states import EFFECT_UNCERTAIN

TABLE = "effect AS e"
SELECT = f"SELECT {COLUMNS} FROM {TABLE}"
# The index is by the moment alone, a fifth as large: the few of one moment are sorted as they are read.
ORDER = ("e.intended_at", "e.key")
# Written out and no parameter: the index is of this state alone, and a prepared statement's plan has to know that.
UNCERTAIN = Condition(f"e.state = '{EFFECT_UNCERTAIN}'", ())
UNSAID = Condition("e.resolution IS NULL", ())
NOT_UNRESOLVED = Condition(f"NOT (e.state = '{EFFECT_UNCERTAIN}' AND e.resolution IS NULL)", ())


@dataclass(frozen=True)
class EffectsFilter:
    """None means any. unresolved: of which a person has still to say what became of it, or all others. run_id: the run that
    tried last. since, until: of the last try's intent, until not included.
    """

    states: tuple[str, ...] | None = None
    unresolved: bool | None = None
    connector: str | None = None
    target: str | None = None
    step: str | None = None
    run_id: uuid.UUID | None = None
    since: datetime | None = None
    until: datetime | None = None


def effects_page(wanted: EffectsFilter, part: Slice) -> Page[EffectRow]:
    """part: its keys are ``(intended_at, key)``."""
    return page_of(SELECT, ORDER, part, conditions_of(wanted), effect_row)


def count_effects(wanted: EffectsFilter) -> int:
    return count_of(TABLE, conditions_of(wanted))


def conditions_of(wanted: EffectsFilter) -> list[Condition]:
    conditions = []
    if wanted.states is not None:
        only = set(wanted.states) == {EFFECT_UNCERTAIN}
        conditions.append(UNCERTAIN if only else Condition("e.state = ANY(%s)", (list(wanted.states),)))
    if wanted.unresolved is not None:
        conditions += [UNCERTAIN, UNSAID] if wanted.unresolved else [NOT_UNRESOLVED]
    for column, value in (
        ("connector", wanted.connector),
        ("target", wanted.target),
        ("step_key", wanted.step),
        ("run_id", wanted.run_id),
    ):
        if value is not None:
            conditions.append(Condition(f"e.{column} = %s", (value,)))
    if wanted.since is not None:
        conditions.append(Condition("e.intended_at >= %s", (wanted.since,)))
    if wanted.until is not None:
        conditions.append(Condition("e.intended_at < %s", (wanted.until,)))
    return conditions
