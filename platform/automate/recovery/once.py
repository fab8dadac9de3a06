"""Executes recovery operations on runs. Each operation has its own transaction."""

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
from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonObject, JsonValue, as_list, as_object, as_text, as_texts
from automate.kernel.limits import LIMITS
from automate.kernel.outages import TRIES, lost_a_race
from automate.kernel.problems import no_such
from automate.kernel.tenancy import current_tenant
from automate.kernel.text import check_text
from automate.kernel.transactions import after_commit, in_transaction, is_shared
from automate.outbox.wakeups import wake_relay
from automate.recovery import transitions
from automate.runs import feed

T = TypeVar("T")


@dataclass
class OperationResult:
    """The outcome of an operation on runs."""

    run_ids: list[uuid.UUID] = field(default_factory=list)
    """The runs that the operation returns."""
    errors: list[NormalizedError] = field(default_factory=list)
    """Errors of the other runs, each with its path."""

    def as_json(self) -> dict[str, JsonValue]:
        return {
            "runs": [str(run_id) for run_id in self.run_ids],
            "errors": [{**error.as_json(), "path": [*error.path]} for error in self.errors],
        }


def once(operation: str, key: str | None, content: object, act: Callable[[], OperationResult]) -> OperationResult:
    """Execute ``act`` in a new transaction. If ``key`` was used before, return the outcome of the first execution.

    Raises CONFLICT if the key belongs to another request, and BAD_USER_INPUT if the key is invalid.
    """
    if key is None:
        return transacted(lambda: _done(act))
    check_text(key, path=["idempotencyKey"], most=LIMITS.idempotency_key_characters)
    return transacted(lambda: _kept(operation, key, content, act))


def transacted(act: Callable[[], T], within: Callable[[], AbstractContextManager[None]] = in_transaction) -> T:
    """Execute ``act`` in a transaction. After a deadlock, repeat the transaction."""
    # Workers lock the jobs of a set in the order in which they hold them, so a deadlock with a worker is possible.
    for left in reversed(range(TRIES)):
        try:
            with within():
                return act()
        except OperationalError as error:
            if left == 0 or is_shared() or not lost_a_race(error):
                raise
    raise AssertionError("the last try returns or raises")


def _error_of(stored: JsonObject) -> NormalizedError:
    return NormalizedError(
        as_text(stored["code"]),
        as_text(stored["message"]),
        details=as_object(stored["details"]),
        path=as_texts(stored["path"]),
    )


def _done(act: Callable[[], OperationResult]) -> OperationResult:
    outcome = act()
    after_commit(partial(feed.publish, current_tenant().id))
    after_commit(wake_relay)
    return outcome


def _kept(operation: str, key: str, content: object, act: Callable[[], OperationResult]) -> OperationResult:
    digest = hashlib.sha256(canonical_json(content)).hexdigest()
    if transitions.take_key(operation, key, digest):
        outcome = _done(act)
        transitions.keep_outcome(operation, key, outcome.as_json())
        return outcome
    first_digest, stored = transitions.read_key(operation, key)
    if first_digest != digest:
        raise NormalizedError(
            "CONFLICT",
            "This idempotencyKey was already used for another request. Use a new key for a new request.",
            path=["idempotencyKey"],
        )
    return OperationResult(
        [uuid.UUID(run_id) for run_id in as_texts(stored["runs"])],
        [_error_of(as_object(error)) for error in as_list(stored["errors"])],
    )


def check_count(named: Sequence[object], field: str, none: str, many: str) -> None:
    """Check the number of ids in a request.

    - ``none``: advice for a request without ids.
    - ``many``: advice for a request with too many ids.

    Raises BAD_USER_INPUT for no ids, and LIMIT_EXCEEDED for too many.
    """
    if not named:
        raise NormalizedError("BAD_USER_INPUT", none, path=[field])
    if len(named) > LIMITS.page_size:
        raise NormalizedError(
            "LIMIT_EXCEEDED",
            f"`{field}` has {len(named)} ids; the maximum is {LIMITS.page_size}. {many}",
            details={"limit": "page_size", "maximum": LIMITS.page_size},
            path=[field],
        )


def distinct(named: Sequence[uuid.UUID | None]) -> list[tuple[int, uuid.UUID | None]]:
    """Return each distinct id with its first position in the request.

    If a text of the request is not a valid id, ``named`` contains None in its place. Raises NormalizedError if the request has
    no ids or too many ids.
    """
    check_count(named, "runs", "Name at least one run.", "Send several requests.")
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
    """Return the error for an unknown run. A run of another tenant gets the same error."""
    return no_such("run", "id", "runs", "runs", place)
