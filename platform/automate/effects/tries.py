"""Derives one outcome from all tries of a call."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import orjson

from automate.effects import states as effect_states
from automate.kernel.json_values import JsonObject, JsonValue, as_integer, as_object, as_text
from automate.kernel.timestamps import parse_timestamp

NOTHING = ""
"""The outcome if no try may have arrived. Otherwise the outcome is EFFECT_SENT or EFFECT_CONFIRMED."""


FAULT_CODE, NO_FAULT = "CONNECTOR_TRANSIENT", range(300, 500)
"""The error code of a fault, and the statuses with which a healthy host refuses a call. A fault can have status 200,
as in GraphQL."""


UNBEGUN = 503


@dataclass(frozen=True)
class Try:
    """An earlier try of a call. At least one more try of the same call has followed."""

    number: int
    run_id: uuid.UUID
    intended_at: datetime
    settled_at: datetime | None
    state: str
    code: str
    resolution: JsonObject | None
    """The operator's decision."""
    settles: bool
    """Whether this try proved that neither this try nor any earlier try had an effect."""


def came_to(earlier: str, state: str) -> str:
    """Combine the outcome of the earlier tries with the state of the last try."""
    if state == effect_states.EFFECT_FAILED:
        return NOTHING
    if effect_states.EFFECT_CONFIRMED in {earlier, state}:
        return effect_states.EFFECT_CONFIRMED
    return effect_states.EFFECT_SENT if state else earlier


def earlier_of(former: Iterable[Try]) -> str:
    """Combine the outcomes of several tries of a call. Returns the outcome of the call."""
    earlier = NOTHING
    for one in former:
        if one.settles:
            earlier = NOTHING
        elif one.state != effect_states.EFFECT_FAILED:
            earlier = came_to(earlier, one.state)
    return earlier


def may_have_arrived(former: Iterable[Try]) -> int:
    """Return the number of tries that may have had an effect."""
    found = 0
    for one in former:
        found = 0 if one.settles else found + (one.state != effect_states.EFFECT_FAILED)
    return found


def tries_of(text: str) -> tuple[Try, ...]:
    """Parse the earlier tries of an effect. The ledger stores these tries in the column ``former``."""
    return tuple(_try(entry) for entry in orjson.loads(text))


def _try(entry: Mapping[str, JsonValue]) -> Try:
    settled = entry["settled_at"]
    resolution = entry["resolution"]
    said = None if resolution is None else as_object(resolution)
    return Try(
        number=as_integer(entry["try"]),
        run_id=uuid.UUID(as_text(entry["run"])),
        intended_at=parse_timestamp(as_text(entry["intended_at"])),
        settled_at=None if settled is None else parse_timestamp(as_text(settled)),
        state=as_text(entry["state"]),
        code=as_text(entry["code"]),
        resolution=said,
        # Workers of the release before did not write this field.
        settles=bool(entry.get("settles", said is not None and said["how"] == effect_states.DID_NOT_HAPPEN)),
    )


def is_fault(error: JsonValue) -> bool:
    """Return whether the receiver answered with a fault on its own side, such as HTTP status 500.

    The effect may still have happened.
    """
    status = _status_of(error)
    return status is not None and status not in NO_FAULT


def may_have_acted(error: JsonValue) -> bool:
    """Return whether the receiver may have acted before it failed."""
    return is_fault(error) and _status_of(error) != UNBEGUN


def _status_of(error: JsonValue) -> int | None:
    if error is None or (stored := as_object(error))["code"] != FAULT_CODE:
        return None
    status = as_object(stored["details"]).get("status")
    return status if type(status) is int else None
