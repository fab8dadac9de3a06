"""Applies a bulk operation to some of its items."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import as_integer
from automate.recovery import poison
from automate.recovery.bulk.queries import OperationRow
from automate.recovery.bulk.request import CANCEL, REDRIVE, REPLAY, RETRY, retry_of
from automate.recovery.controlling import cancel_all
from automate.recovery.queries import lines_of, successors
from automate.recovery.replaying import replay_all
from automate.recovery.retrying import retry_all
from automate.recovery.transitions import lock_lines
from automate.runs.states import ITEM_DONE, ITEM_REFUSED, ITEM_SKIPPED

REASON_CHARACTERS = 200
"""Maximum characters of the caller's reason in the reason of a run. A run's reason has at most 255 characters."""


@dataclass(frozen=True)
class ItemOutcome:
    item_id: uuid.UUID
    outcome: str
    runs: tuple[uuid.UUID, ...] = ()
    """The resulting new runs."""
    error: NormalizedError | None = None
    """The reason why the item was refused or skipped."""


Verb = Callable[[OperationRow, Sequence[uuid.UUID]], list[ItemOutcome]]


def perform(operation: OperationRow, items: Sequence[uuid.UUID]) -> list[ItemOutcome]:
    """Apply a bulk operation to some of its items, and return the outcome of each item.

    An item that does not allow the operation is refused or skipped. Requires a transaction.
    """
    return _VERBS[operation.kind](operation, items)


def refuse(item_id: uuid.UUID, error: NormalizedError) -> ItemOutcome:
    return ItemOutcome(item_id, ITEM_REFUSED, error=error)


def _reason(operation: OperationRow) -> str:
    said = f": {operation.reason[:REASON_CHARACTERS]}" if operation.reason else ""
    return f"bulk {operation.id}{said}"


def _retry(operation: OperationRow, items: Sequence[uuid.UUID]) -> list[ItemOutcome]:
    lock_lines(list(lines_of(items).values()))
    retried = successors(items)
    places = [(place, item) for place, item in enumerate(items) if item not in retried]
    made, errors = retry_all(places, retry_of(operation.options, _reason(operation)))
    refusals = {item: _retried_meanwhile(retry) for item, retry in retried.items()}
    refusals |= {items[int(error.path[1])]: error for error in errors}
    outcomes = []
    for item in items:
        if item in made:
            outcomes.append(ItemOutcome(item, ITEM_DONE, (made[item],)))
        else:
            error = refusals[item]
            outcomes.append(ItemOutcome(item, ITEM_SKIPPED if _is_needless(error) else ITEM_REFUSED, error=error))
    return outcomes


def _retried_meanwhile(retry: uuid.UUID) -> NormalizedError:
    return NormalizedError(
        "CONFLICT", f"The run was retried meanwhile. The new run is {retry}.", details={"run": str(retry)}
    )


def _is_needless(error: NormalizedError) -> bool:
    # Another retry of the same run has done the work, or is doing it.
    return "run" in error.details


def _cancel(operation: OperationRow, items: Sequence[uuid.UUID]) -> list[ItemOutcome]:
    done, late = cancel_all(items, _reason(operation))
    return [
        ItemOutcome(item, ITEM_DONE) if item in done else ItemOutcome(item, ITEM_SKIPPED, error=late.get(item))
        for item in items
    ]


def _replay(operation: OperationRow, items: Sequence[uuid.UUID]) -> list[ItemOutcome]:
    started, refused = replay_all(items, as_integer(operation.options["depth"]))
    return [
        ItemOutcome(item, ITEM_DONE, tuple(started[item])) if item in started else refuse(item, refused[item])
        for item in items
    ]


def _redrive(operation: OperationRow, items: Sequence[uuid.UUID]) -> list[ItemOutcome]:
    redriven = poison.revive(items, repeat_effects=bool(operation.options["repeatEffects"]))
    done, refusals = set(redriven.jobs), {items[int(error.path[1])]: error for error in redriven.errors}
    outcomes = []
    for item in items:
        if item in done:
            outcomes.append(ItemOutcome(item, ITEM_DONE, (redriven.runs[item],) if item in redriven.runs else ()))
        elif item in refusals and not _is_needless(refusals[item]):
            outcomes.append(refuse(item, refusals[item]))
        else:
            outcomes.append(ItemOutcome(item, ITEM_SKIPPED, error=refusals.get(item) or _done_meanwhile()))
    return outcomes


def _done_meanwhile() -> NormalizedError:
    return NormalizedError("CONFLICT", "The job is no longer dead, so it need not be redriven.")


_VERBS: Mapping[str, Verb] = {RETRY: _retry, CANCEL: _cancel, REPLAY: _replay, REDRIVE: _redrive}
