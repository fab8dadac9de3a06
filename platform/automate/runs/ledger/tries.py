"""What all the tries under one key came to: the last alone says nothing of those before it. Pure.

A try that did nothing proves nothing of an earlier one that may have arrived. Only a word about the key settles them all: an
answer, what a lookup finds, or what a person says.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import orjson

from automate.kernel.errors import Json
from automate.runs import states

NOTHING = ""
"""What tries came to none of which may have arrived. Else it is EFFECT_SENT, where one may have, or EFFECT_CONFIRMED."""


FAULT_CODE, NO_FAULT = "CONNECTOR_TRANSIENT", range(300, 500)
"""Of the error after a fault, and the statuses by which a healthy host refuses. A fault may come with 200, as GraphQL's do."""


UNBEGUN = 503


@dataclass(frozen=True)
class Try:
    """What became of a try before the last. resolution: what a person said of it. settles: the effect was known to have done
    nothing then, whatever the tries before this one were thought to be.
    """

    number: int
    run_id: uuid.UUID
    intended_at: datetime
    settled_at: datetime | None
    state: str
    code: str
    resolution: Json
    settles: bool


def came_to(earlier: str, state: str) -> str:
    """What all tries came to, after an effect is in this state. earlier: what those before the last came to."""
    if state == states.EFFECT_FAILED:
        return NOTHING
    if states.EFFECT_CONFIRMED in {earlier, state}:
        return states.EFFECT_CONFIRMED
    return states.EFFECT_SENT if state else earlier


def earlier_of(former: Iterable[Try]) -> str:
    """What these came to, oldest first."""
    earlier = NOTHING
    for one in former:
        if one.settles:
            earlier = NOTHING
        elif one.state != states.EFFECT_FAILED:
            earlier = came_to(earlier, one.state)
    return earlier


def may_have_arrived(former: Iterable[Try]) -> int:
    """How many of these may have reached who acts on them."""
    found = 0
    for one in former:
        found = 0 if one.settles else found + (one.state != states.EFFECT_FAILED)
    return found


def tries_of(text: str) -> tuple[Try, ...]:
    """From the ledger's column ``former``."""
    return tuple(_try(entry) for entry in orjson.loads(text))


def _try(entry: Mapping[str, Json]) -> Try:
    settled = entry["settled_at"]
    said = entry["resolution"]
    return Try(
        number=entry["try"],
        run_id=uuid.UUID(entry["run"]),
        intended_at=moment(entry["intended_at"]),
        settled_at=None if settled is None else moment(settled),
        state=entry["state"],
        code=entry["code"],
        resolution=said,
        # Workers of the release before did not write it.
        settles=entry.get("settles", said is not None and said["how"] == states.DID_NOT_HAPPEN),
    )


def is_fault(error: Json) -> bool:
    """Whether a call was answered with a fault of the other side's own. That is an outcome, and yet does not say that nothing
    was done: a gateway answers so for what stands behind it.
    """
    return (
        error is not None
        and error["code"] == FAULT_CODE
        and type(status := error["details"].get("status")) is int
        and status not in NO_FAULT
    )


def may_have_acted(error: Json) -> bool:
    """Whether whoever answered with a fault may have acted before. 503 says that it did not begin."""
    return is_fault(error) and error["details"]["status"] != UNBEGUN


def moment(text: str) -> datetime:
    """As PostgreSQL writes one into JSON, with as many digits as it needs, which Python 3.10 does not read."""
    head, _, rest = text.partition(".")
    if not rest:
        return datetime.fromisoformat(text)
    digits = rest[: next(place for place, mark in enumerate(rest) if mark in "+-Z")]
    return datetime.fromisoformat(f"{head}.{digits:0<6}{rest[len(digits) :].replace('Z', '+00:00')}")
