"""Lists the calls of all runs, newest first. A call that is sent again moves to the top of the list."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from automate.effects.queries import COLUMNS, effect_row
from automate.effects.rows import EffectRow
from automate.effects.states import EFFECT_UNCERTAIN
from automate.kernel.queries import Condition, Page, Slice, count_of, page_of

TABLE = "effect AS e"
SELECT = f"SELECT {COLUMNS} FROM {TABLE}"
# The index holds only the time, which makes it a fifth as large. The few rows of one time are sorted as they are read.
ORDER = ("e.intended_at", "e.key")
# A literal, not a parameter: the index is partial on this state, and the plan of a prepared statement must know that.
UNCERTAIN = Condition(f"e.state = '{EFFECT_UNCERTAIN}'", ())
UNSAID = Condition("e.resolution IS NULL", ())
NOT_UNRESOLVED = Condition(f"NOT (e.state = '{EFFECT_UNCERTAIN}' AND e.resolution IS NULL)", ())


@dataclass(frozen=True)
class EffectsFilter:
    """Filters for the list of effects. A filter with the value None is not applied."""

    states: tuple[str, ...] | None = None
    unresolved: bool | None = None
    """True: uncertain effects that an operator has still to decide. False: all others."""
    connector: str | None = None
    target: str | None = None
    step: str | None = None
    run_id: uuid.UUID | None = None
    """The run that tried last."""
    since: datetime | None = None
    """The time of the last try's intent is at or after this time."""
    until: datetime | None = None
    """The time of the last try's intent is before this time."""


def effects_page(wanted: EffectsFilter, part: Slice) -> Page[EffectRow]:
    """List effects, newest first.

    ``part`` is the part of the list to return. Its start and its end are given as keys ``(intended_at, key)``.
    """
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
