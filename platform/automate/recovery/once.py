"""Operations on runs by which people mend things: each in one transaction, and a repeated key brings the first outcome back."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from django.db import OperationalError

from automate.kernel.canonical import canonical_json
from automate.kernel.errors import Json, NormalizedError
from automate.kernel.limits import LIMITS
from automate.kernel.outages import TRIES, lost_a_race
from automate.kernel.tenancy import current_tenant
from automate.kernel.text import check_text
from automate.kernel.transactions import after_commit, in_transaction, is_shared
from automate.outbox.hints import wake_relay
from automate.recovery import transitions
from automate.runs import feed

T = TypeVar("T")


@dataclass
class Outcome:
    """run_ids: what the operation answers with. errors: why others were left alone, each with its path."""

    run_ids: list[uuid.UUID] = field(default_factory=list)
    errors: list[NormalizedError] = field(default_factory=list)

    def as_json(self) -> dict[str, Json]:
        return {
            "runs": [str(run_id) for run_id in self.run_ids],
            "errors": [{**error.as_json(), "path": error.path} for error in self.errors],
        }


def once(operation: str, key: str | None, content: Json, act: Callable[[], Outcome]) -> Outcome:
    """What act did, in its own transaction; for a key that came before, what it did then.

    content: the request, which the same key may not change. Raises NormalizedError CONFLICT where it does, BAD_USER_INPUT
    for a key that cannot be one, and whatever act raises, which leaves the key free.
    """
    if key is None:
        return transacted(lambda: _done(act))
    check_text(key, path=["idempotencyKey"], most=LIMITS.idempotency_key_characters)
    return transacted(lambda: _kept(operation, key, content, act))


def transacted(act: Callable[[], T], within: Callable[[], AbstractContextManager[None]] = in_transaction) -> T:
    """What act gave, in a transaction of its own, or in the one that within opens; again where a race was lost."""
    # Workers lock the jobs of a set in the order in which they hold them; a deadlock with one is lost by either side.
    for left in reversed(range(TRIES)):
        try:
            with within():
                return act()
        except OperationalError as error:
            if left == 0 or is_shared() or not lost_a_race(error):
                raise
    raise AssertionError("the last try returns or raises")


def _done(act: Callable[[], Outcome]) -> Outcome:
    outcome = act()
    after_commit(partial(feed.publish, current_tenant().id))
    after_commit(wake_relay)
    return outcome


def _kept(operation: str, key: str, content: Json, act: Callable[[], Outcome]) -> Outcome:
    digest = hashlib.sha256(canonical_json(content)).hexdigest()
    if transitions.take_key(operation, key, digest):
        outcome = _done(act)
        transitions.keep_outcome(operation, key, outcome.as_json())
        return outcome
    first_digest, stored = transitions.read_key(operation, key)
    if first_digest != digest:
        raise NormalizedError(
            "CONFLICT",
            "This idempotencyKey came before with another request. Send a new key for a new request.",
            path=["idempotencyKey"],
        )
    return Outcome(
        [uuid.UUID(run_id) for run_id in stored["runs"]],
        [NormalizedError(e["code"], e["message"], details=e["details"], path=e["path"]) for e in stored["errors"]],
    )


def distinct(named: Sequence[uuid.UUID | None]) -> list[tuple[int, uuid.UUID | None]]:
    """Ids with the place where each was named first. None: text that is no id of ours. Raises NormalizedError."""
    if not named:
        raise NormalizedError("BAD_USER_INPUT", "Name at least one run.", path=["runs"])
    if len(named) > LIMITS.page_size:
        raise NormalizedError(
            "LIMIT_EXCEEDED",
            f"Name at most {LIMITS.page_size} runs; these are {len(named)}. Send several requests.",
            details={"limit": "page_size", "maximum": LIMITS.page_size},
            path=["runs"],
        )
    found: list[tuple[int, uuid.UUID | None]] = []
    seen: set[uuid.UUID] = set()
    for place, run_id in enumerate(named):
        if run_id is None:
            found.append((place, None))
        elif run_id not in seen:
            seen.add(run_id)
            found.append((place, run_id))
    return found


def unknown(place: int) -> NormalizedError:
    """For whatever is not a run of this tenant, be it another tenant's, gone, or no id at all."""
    return NormalizedError("NOT_FOUND", "There is no run of this id.", path=["runs", place])
