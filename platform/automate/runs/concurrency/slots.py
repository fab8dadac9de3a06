"""Slots of concurrency keys: how many runs of one workflow and key may run, in which order, and which is next.

A slot is a row. It exists from a run's first request for its key until its final state. When a run ends, its transaction
passes the slot to the earliest waiting run. So no later run can take it, and no waiting run is forgotten. Both
operations hold the key's lock.

Keys are locked before jobs, in one order, which prevents deadlocks. A worker learns only under the fence which keys it
needs. There it locks them without waiting. If one is taken, it starts again with that lock first: see ``KeysBusyError``.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from automate.kernel.large import turn_of
from automate.runs.concurrency import claims
from automate.runs.work import HeldRun
from automate.workflows.keys import key_text, shown_key


class KeysBusyError(Exception):
    """Another transaction holds a key's lock. Roll back, and start again with ``lock`` of these digests."""

    def __init__(self, digests: Collection[str]) -> None:
        super().__init__("a concurrency key is locked by another transaction")
        self.digests = frozenset(digests)


@dataclass(frozen=True)
class ConcurrencyKey:
    """A concurrency key."""

    digest: str
    """Checksum of tenant, workflow and key."""
    shown: str
    """The key as people may see it."""


def key_of(tenant_id: uuid.UUID, run: HeldRun) -> ConcurrencyKey | None:
    """The key of a run; None if its workflow has none. Raises NormalizedError if the key's template fails."""
    template, concurrency = run.version.key, run.version.definition.concurrency
    if template is None or concurrency is None:
        return None
    with turn_of(run):
        value = template.render(run.seen())["input"]
    text = key_text(concurrency.key, value, called="concurrency", path=("concurrency", "key"))
    digest = hashlib.sha256(f"{tenant_id}\n{run.version.workflow_id}\n{text}".encode()).hexdigest()
    shown = shown_key(concurrency.key, text)
    return ConcurrencyKey(digest, shown if run.hider is None else run.hider.scrub_text(shown))


def lock(digests: Collection[str], *, wait: bool) -> None:
    """Lock keys for this transaction. wait: True only while the transaction holds no job. Raises KeysBusyError if another
    transaction holds a lock.
    """
    if not digests:
        return
    locks = sorted(int.from_bytes(bytes.fromhex(digest)[:8], "big", signed=True) for digest in digests)
    if wait:
        claims.lock(locks)
    elif not claims.try_lock(locks):
        raise KeysBusyError(digests)


def lock_of(run_ids: Sequence[uuid.UUID], *, wait: bool) -> set[str]:
    """Lock the keys that runs hold or wait for. Returns these keys."""
    digests = claims.digests_of(run_ids) if run_ids else set()
    lock(digests, wait=wait)
    return digests


def release(run_ids: Sequence[uuid.UUID], *, wait: bool = False) -> bool:
    """Remove ended runs from their keys, and wake the next runs. Returns whether a run was woken."""
    digests = lock_of(run_ids, wait=wait)
    return bool(digests and claims.leave(run_ids) and hand_over(digests))


def hand_over(digests: Collection[str], *, in_hand: Collection[uuid.UUID] = ()) -> bool:
    """Give free slots of these locked keys to waiting runs. in_hand: runs that this worker holds, which need no wakeup. Returns
    whether a run was woken.
    """
    taken = [run_id for run_id in claims.hand_over(digests) if run_id not in in_hand]
    return bool(taken and claims.wake(taken))


def as_arrival(run: HeldRun, key: ConcurrencyKey) -> claims.Arrival:
    concurrency: Any = run.version.definition.concurrency
    event: Any = run.event
    return claims.Arrival(run.id, key.digest, event["id"], event["received_at"], key.shown, concurrency.limit)
